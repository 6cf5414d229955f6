// What a user of NATS does, whichever server it is at: subscribe, publish, ask, answer. The ledger is told of
// all.

import { below, type Random } from "../base/random.ts";
import type { VirtualClock } from "./clock.ts";
import type { Ledger, Letter, Life, Party, Role, Who } from "./ledger.ts";

/** What is to be subscribed, and what for. */
export interface Wish {
  readonly sid: string;
  readonly subject: string;
  readonly queue: string | null;
  readonly max: number;
  /** Answers what it gets. */
  readonly answers: boolean;
  /** The request whose answers it waits for; such a wish dies with its connection. */
  readonly inbox: boolean;
}

const ANSWER_MILLIS = 400;
const HEADER = "NATS/1.0\r\nX-Sim: yes\r\n\r\n";

export abstract class Actor {
  readonly party: Party;
  readonly wishes = new Map<string, Wish>();
  protected readonly lives = new Map<string, Life>();
  #lastSid = 0;

  constructor(
    protected readonly clock: VirtualClock,
    protected readonly random: Random,
    protected readonly ledger: Ledger,
    who: Who,
  ) {
    this.party = { ...who, drops: [], deaf: [] };
  }

  /** It can speak now. */
  abstract get ready(): boolean;
  protected abstract sendSubscribe(wish: Wish): void;
  protected abstract sendUnsubscribe(sid: string): void;
  protected abstract sendMessage(subject: string, reply: string, header: string, body: string): void;

  /** `max`: deliveries after which it ends; 0 for never. */
  subscribe(subject: string, queue: string | null, answers = false, max = 0): void {
    this.#wish({ subject, queue, answers, max, inbox: false });
  }

  unsubscribe(sid: string): void {
    this.wishes.delete(sid);
    const life = this.lives.get(sid);
    if (life === undefined) return;
    this.lives.delete(sid);
    this.ledger.closed(life);
    this.sendUnsubscribe(sid);
  }

  publish(subject: string, size: number, withHeader = false): void {
    if (this.ready) this.#send(subject, "plain", size, withHeader && this.party.headers, {});
  }

  /** Subscribes an inbox for one answer and asks at once. */
  request(subject: string): void {
    if (!this.ready) return;
    const sid = this.#wish({ subject: "", queue: null, answers: false, max: 1, inbox: true });
    const inbox = this.lives.get(sid)!;
    this.#send(subject, "request", 10, false, { inbox });
  }

  /** A message came for the subscription. */
  protected arrived(sid: string, subject: string, reply: string, header: string, body: string): void {
    const life = this.lives.get(sid);
    if (life === undefined) return; // Unsubscribed while it was on its way.
    const isStatus = body === "" && header.startsWith("NATS/1.0 503");
    const letter = isStatus ? null : this.ledger.delivered(life, subject, header, body, reply);
    if (life.max > 0 && (isStatus || life.got >= life.max)) {
      this.wishes.delete(sid);
      this.lives.delete(sid);
      this.ledger.closed(life);
    }
    const wish = this.wishes.get(sid);
    if (letter === null || wish?.answers !== true || reply === "") return;
    this.clock.after(below(this.random, ANSWER_MILLIS), () => {
      if (this.ready) this.#send(reply, "reply", 10, false, { answers: letter });
    });
  }

  protected openLife(wish: Wish): void {
    const { sid, subject, queue, max } = wish;
    this.lives.set(sid, this.ledger.opened(this.party, sid, subject, queue, max));
    this.sendSubscribe(wish);
  }

  /** Its connection is gone, and all lives with it. */
  protected dropped(): void {
    const now = this.clock.now();
    const { drops, deaf } = this.party;
    drops.push(now);
    for (const span of deaf) span[1] = Math.min(span[1], now);
    for (const life of this.lives.values()) this.ledger.closed(life);
    this.lives.clear();
    for (const [sid, { inbox }] of this.wishes) if (inbox) this.wishes.delete(sid);
  }

  #wish(what: Omit<Wish, "sid">): string {
    const sid = `${++this.#lastSid}`;
    const subject = what.inbox ? `_INBOX.${this.party.name}.${sid}` : what.subject;
    const wish = { ...what, sid, subject };
    this.wishes.set(sid, wish);
    if (this.ready) this.openLife(wish);
    return sid;
  }

  #send(
    subject: string,
    role: Role,
    size: number,
    header: boolean,
    more: { inbox?: Life; answers?: Letter },
  ): void {
    const letter = this.ledger.published(this.party, subject, role, size, header ? HEADER : "", more);
    this.sendMessage(subject, letter.inbox?.subject ?? "", letter.header, letter.body);
  }
}
