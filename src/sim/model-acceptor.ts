// The accepting end of a modelled nats-server: says what its cluster wants, at once (2.9 and later) or when a
// message comes that nobody wants (before). Source: gateway.md §3.4–§3.7.

import type { VirtualClock } from "./clock.ts";
import { type Line, LineReader, Outlet } from "./frames.ts";
import { covers } from "./ledger.ts";
import type { End } from "./network.ts";

/** refused: A- sent. A set: optimistic, with the subjects refused. only: start sent. No entry: nothing told
 *  yet. */
type Told = "refused" | "only" | Set<string>;

/** The event by which servers before 2.9 learn that an account has leafs. */
const LEAF_JOINED = /^\$SYS\.ACCOUNT\.([^.]+)\.LEAFNODE\.CONNECT$/;

export interface AcceptorHost {
  readonly clock: VirtualClock;
  readonly region: string;
  readonly accounts: readonly string[];
  readonly isNew: boolean;
  /** Refused subjects of an account before the whole interest is sent. */
  readonly threshold: number;
  greeting(): string;
  fail(what: string): void;
  /** The other end said -ERR. */
  told(by: string, text: string): void;
  /** Distinct `subject` and `subject queue` of an account. */
  wanted(account: string): Iterable<string>;
  /** Gives the message out; true when there is plain interest. */
  arrived(account: string, subject: string, reply: string, queues: readonly string[], line: Line): boolean;
  isMapped(subject: string): boolean;
}

export class ModelAcceptor {
  ready = false;
  /** How many accounts were switched because of what was refused. */
  switches = 0;
  readonly #told = new Map<string, Told>();
  readonly #outlet: Outlet;
  #connected = false;

  constructor(
    private readonly host: AcceptorHost,
    readonly from: string,
    end: End,
    gone: (self: ModelAcceptor) => void,
  ) {
    const reader = new LineReader();
    const outlet = new Outlet(host.clock, end);
    this.#outlet = outlet;
    end.ears = {
      data: (chunk) => {
        for (const line of reader.feed(chunk)) this.#line(line);
      },
      drain: () => outlet.flush(),
      gone: () => gone(this),
    };
    outlet.put(host.greeting());
  }

  /** A first or last subscription of `subject` or `subject queue`. */
  changed(added: boolean, account: string, key: string): void {
    if (!this.ready) return;
    const told = this.#told.get(account);
    const isQueue = key.includes(" ");
    if (isQueue || told === "only") {
      this.#say(added, account, key);
      if (isQueue && added && told === "refused") this.#told.delete(account);
    } else if (told === "refused") {
      if (!added) return;
      this.#told.delete(account);
      this.#outlet.put(`A+ ${account}\r\n`);
    } else if (told !== undefined && added) this.#unmute(told, account, key);
  }

  #unmute(muted: Set<string>, account: string, key: string): void {
    const hit = [...muted].filter((name) => covers(key, name));
    for (const name of hit) muted.delete(name);
    if (hit.length > 0) this.#say(true, account, key);
  }

  #say(added: boolean, account: string, key: string): void {
    const weight = added && key.includes(" ") ? " 1" : "";
    this.#outlet.put(`${added ? "RS+" : "RS-"} ${account} ${key}${weight}\r\n`);
  }

  #line(line: Line): void {
    const { verb, rest } = line;
    if (verb === "PING") this.#outlet.put("PONG\r\n");
    else if (verb === "CONNECT") this.#connected = true;
    else if (!this.#connected) this.host.fail(`${this.from} began with ${verb}`);
    else if (verb === "INFO") this.#info();
    else if (verb === "RMSG" || verb === "HMSG") this.#message(line);
    else if (verb === "-ERR") this.host.told(this.from, rest);
    else if (verb !== "PONG") this.host.fail(`${this.from} sent ${verb} as the dialer: ${rest}`);
  }

  #info(): void {
    if (this.ready) return;
    this.ready = true;
    for (const account of this.host.accounts) {
      for (const key of this.host.wanted(account)) if (key.includes(" ")) this.#say(true, account, key);
    }
    if (this.host.isNew) for (const account of this.host.accounts) this.#switch(account);
  }

  #switch(account: string): void {
    const command = (number: 2 | 3): void => {
      const payload = Buffer.from(account).toString("base64");
      const info = { gateway: this.host.region, gateway_cmd: number, gateway_cmd_payload: payload };
      this.#outlet.put(`INFO ${JSON.stringify(info)}\r\n`);
    };
    this.#told.set(account, "only");
    command(2);
    for (const key of this.host.wanted(account)) if (!key.includes(" ")) this.#say(true, account, key);
    command(3);
  }

  #message(line: Line): void {
    const words = line.args.slice(0, line.verb === "RMSG" ? -1 : -2);
    const [account = "", subject = "", third, ...more] = words;
    const hasQueues = more.length > 0;
    const reply = hasQueues ? (third === "+" ? more.shift()! : "") : (third ?? "");
    if (!this.ready) return this.host.fail(`${this.from} sent a message before INFO`);
    const joined = account === "$SYS" ? LEAF_JOINED.exec(subject)?.[1] : undefined;
    if (joined !== undefined) return this.#leafJoined(joined);
    const isKnown = this.host.accounts.includes(account);
    if (!isKnown) return this.#refuse(account);
    const plain = this.host.arrived(account, subject, reply, hasQueues ? more : [], line);
    if (!plain && !this.host.isMapped(subject)) this.#missed(account, subject);
  }

  /** An account with leafs somewhere tells all that it wants. Source: gateway.md §3.6. */
  #leafJoined(account: string): void {
    if (this.host.accounts.includes(account) && this.#told.get(account) !== "only") this.#switch(account);
  }

  #missed(account: string, subject: string): void {
    const told = this.#told.get(account);
    if (told === "only") return;
    if ([...this.host.wanted(account)].length === 0) return this.#refuse(account);
    const muted = told === undefined || told === "refused" ? new Set<string>() : told;
    if (muted.has(subject)) return;
    if (muted.size >= this.host.threshold) {
      this.switches++;
      return this.#switch(account);
    }
    muted.add(subject);
    this.#told.set(account, muted);
    this.#say(false, account, subject);
  }

  #refuse(account: string): void {
    const told = this.#told.get(account);
    if (told === "refused" || told === "only") return;
    this.#told.set(account, "refused");
    this.#outlet.put(`A- ${account}\r\n`);
  }
}
