// What is asked in the system account about the JWTs of accounts: `nats auth account push` and the like. What
// is taken is kept in memory. Source: client-and-auth.md §4.1.

import {
  RESOLVER_PACK,
  RESOLVER_SUBJECTS,
  type ResolverRequest,
  resolverRequest,
} from "../auth/resolver-messages.ts";
import type { OwnMessage } from "../forward/own.ts";
import type { System } from "./system.ts";

/** `answer` does what is asked, and says what is answered. */
export function answerClaims(
  system: System,
  answer: (request: ResolverRequest, payload: Uint8Array) => readonly string[],
): void {
  const asked = ({ subject, reply, payload }: OwnMessage): void => {
    const request = resolverRequest(subject);
    if (request === null) return;
    const replies = answer(request, payload);
    if (reply.length > 0) for (const text of replies) system.publish(reply, text);
  };
  for (const subject of RESOLVER_SUBJECTS) system.subscribe(subject, asked);
  // One of all resolvers answers it, and each of them knows the same: ours serves those who are here.
  system.subscribeHere(RESOLVER_PACK.subject, asked);
}
