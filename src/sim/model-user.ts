// A client of a modelled server, without a connection between them.

import type { Random } from "../base/random.ts";
import { Actor, type Wish } from "./actor.ts";
import type { VirtualClock } from "./clock.ts";
import type { Ledger, Who } from "./ledger.ts";

export interface UserServer {
  readonly clock: VirtualClock;
  readonly random: Random;
  add(user: ModelUser, wish: Wish): void;
  remove(user: ModelUser, sid: string): void;
  publish(user: ModelUser, subject: string, reply: string, header: string, body: string): void;
}

/** A subscription as a modelled server holds it. */
export interface Sub {
  readonly user: ModelUser;
  readonly wish: Wish;
}

const MAPPED_MILLIS = 2_000;
/** `_GR_.<6>.<6>.` */
export const MAPPED_LENGTH = 19;

export function isMapped(subject: string): boolean {
  return subject.startsWith("_GR_.") && subject.length > MAPPED_LENGTH;
}

/** As interest is written in lines: `subject` or `subject queue`. */
export const keyOf = ({ subject, queue }: Wish): string => (queue === null ? subject : `${subject} ${queue}`);

export class ModelUser extends Actor {
  /** By the reply as it was shown: the mapped subject that leads home. */
  readonly replies = new Map<string, { mapped: string; until: number }>();
  readonly ready = true;

  constructor(
    private readonly server: UserServer,
    ledger: Ledger,
    who: Who,
  ) {
    super(server.clock, server.random, ledger, who);
  }

  /** Shows a message to the user, with the reply that he is to see. Source: gateway.md §4.4. */
  give(wish: Wish, subject: string, reply: string, header: string, body: string): void {
    let seen = reply;
    if (isMapped(reply)) {
      seen = reply.slice(MAPPED_LENGTH);
      this.replies.set(seen, { mapped: reply, until: this.clock.now() + MAPPED_MILLIS });
    }
    this.arrived(wish.sid, subject, seen, header, body);
    if (!this.wishes.has(wish.sid)) this.server.remove(this, wish.sid);
  }

  /** The subject that an answer goes to instead; null when it was not mapped, or too long ago. */
  wayHome(subject: string): string | null {
    const mapping = this.replies.get(subject);
    return mapping !== undefined && mapping.until >= this.clock.now() ? mapping.mapped : null;
  }

  protected sendSubscribe(wish: Wish): void {
    this.server.add(this, wish);
  }

  protected sendUnsubscribe(sid: string): void {
    this.server.remove(this, sid);
  }

  protected sendMessage(subject: string, reply: string, header: string, body: string): void {
    this.server.publish(this, subject, reply, header, body);
  }
}
