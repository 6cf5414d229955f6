// How a resolver reaches those of other servers: over the system account.

import { base62, type Random } from "../base/random.ts";
import type { OwnMessage } from "../forward/own.ts";
import type { ResolverPeers } from "./resolver.ts";
import type { System } from "./system.ts";

type OnReply = (payload: Uint8Array) => void;

/** Questions whose answers are still heard; the oldest is given up. */
const OPEN_MAX = 1_024;
const INBOX_CHARACTERS = 22;

export class SystemPeers implements ResolverPeers {
  readonly #inbox: string;
  readonly #open = new Map<string, OnReply>();
  #asked = 0;

  constructor(
    private readonly system: System,
    random: Random,
  ) {
    this.#inbox = `_INBOX.${base62(random, INBOX_CHARACTERS)}`;
    system.subscribe(`${this.#inbox}.*`, (message) => this.#heard(message));
  }

  reaches(subject: string): boolean {
    return this.system.isWanted(subject);
  }

  request(subject: string, payload: Uint8Array, onReply: OnReply): void {
    const reply = `${this.#inbox}.${++this.#asked}`;
    this.#open.set(reply, onReply);
    const [oldest] = this.#open.keys();
    if (this.#open.size > OPEN_MAX && oldest !== undefined) this.#open.delete(oldest);
    this.system.publish(subject, payload, reply);
  }

  #heard({ subject, payload }: OwnMessage): void {
    this.#open.get(subject)?.(payload);
  }
}
