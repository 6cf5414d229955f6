// What is asked in the system account about the JWTs of accounts: `nats auth account push` and the like, and
// what other resolvers want to compare. Source: client-and-auth.md §4.1.

import { RESOLVER_PACK, RESOLVER_SUBJECTS } from "../auth/resolver-messages.ts";
import type { Log } from "../base/log.ts";
import type { OwnMessage } from "../forward/own.ts";
import type { Resolver } from "./resolver.ts";
import type { System } from "./system.ts";

/** From now on the resolver answers what is asked there. */
export function answerClaims(system: System, resolver: Resolver, log: Log): void {
  const asked = ({ subject, reply, payload }: OwnMessage): void => {
    const answered = resolver.asked(subject, payload);
    if (answered === null) return;
    if (answered.refusal !== null) log.warn(`Account JWT refused: ${answered.refusal.text}`);
    if (reply.length > 0) for (const text of answered.replies) system.publish(reply, text);
  };
  for (const subject of RESOLVER_SUBJECTS) system.subscribe(subject, asked);
  // One of all resolvers is to answer it, but whoever asks takes what several say. What is in memory alone
  // serves those who are here.
  if (resolver.isFull) system.subscribe(RESOLVER_PACK.subject, asked);
  else system.subscribeHere(RESOLVER_PACK.subject, asked);
}
