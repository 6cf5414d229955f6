// A small model of a cluster of one nats-server, as far as gateways see it, written from gateway.md alone.

import type { Millis } from "../base/clock.ts";
import { hash6 } from "../base/hash6.ts";
import { below, type Random } from "../base/random.ts";
import type { Wish } from "./actor.ts";
import type { VirtualClock } from "./clock.ts";
import type { Line } from "./frames.ts";
import { covers, type Ledger } from "./ledger.ts";
import { type AcceptorHost, ModelAcceptor } from "./model-acceptor.ts";
import { type DialerHost, ModelDialer } from "./model-dialer.ts";
import { isMapped, keyOf, MAPPED_LENGTH, type ModelUser, type Sub, type UserServer } from "./model-user.ts";
import type { Network } from "./network.ts";

const RECENT_MILLIS = 2_000;

export interface ModelOptions {
  readonly region: string;
  readonly accounts: readonly string[];
  /** 2.9 and later: announces gateway_iom and all its interest. */
  readonly isNew: boolean;
  readonly threshold: number;
  readonly port: number;
}

interface RecentSub extends Sub {
  readonly since: Millis;
}

export class ModelServer implements AcceptorHost, DialerHost, UserServer {
  readonly region: string;
  readonly accounts: readonly string[];
  readonly isNew: boolean;
  readonly threshold: number;
  readonly dialers = new Map<string, ModelDialer>();
  readonly acceptors = new Set<ModelAcceptor>();
  /** Of connections that are over and of those that are open. */
  switches = 0;
  readonly #subs = new Map<string, RecentSub[]>();
  /** Account to key to the number of subscriptions. */
  readonly #tally = new Map<string, Map<string, number>>();
  readonly #serverId: string;

  constructor(
    readonly clock: VirtualClock,
    readonly random: Random,
    readonly network: Network,
    private readonly ledger: Ledger,
    private readonly options: ModelOptions,
  ) {
    ({
      region: this.region,
      accounts: this.accounts,
      isNew: this.isNew,
      threshold: this.threshold,
    } = options);
    this.#serverId = `MODEL${options.region}`;
  }

  start(remotes: readonly string[]): void {
    this.network.listen(this.region, this.options.port, (end, from) => {
      this.acceptors.add(new ModelAcceptor(this, from, end, (self) => this.#ended(self)));
    });
    for (const name of remotes) {
      const dialer = new ModelDialer(this, name, this.options.port);
      this.dialers.set(name, dialer);
      dialer.start();
    }
  }

  #ended(acceptor: ModelAcceptor): void {
    this.acceptors.delete(acceptor);
    this.switches += acceptor.switches;
  }

  greeting(): string {
    const { region, isNew } = this;
    const url = `${region}:${this.options.port}`;
    const info = {
      server_id: this.#serverId,
      server_name: `${region}1`,
      version: isNew ? "2.15.2" : "2.8.4",
    };
    const more = { headers: true, gateway: region, gateway_urls: [url], gateway_url: url, gateway_nrp: true };
    return `INFO ${JSON.stringify({ ...info, ...more, ...(isNew ? { gateway_iom: true } : {}) })}\r\n`;
  }

  fail(what: string): void {
    this.ledger.fail(what);
  }

  /** Only a transport that stalls earns a complaint: of lateness. */
  told(by: string, text: string): void {
    const isLate = text.includes("Authentication Timeout") || text.includes("Stale Connection");
    if (!isLate) this.ledger.fail(`${by} told ${this.region}: -ERR ${text}`);
  }

  wanted(account: string): Iterable<string> {
    return this.#tally.get(account)?.keys() ?? [];
  }

  add(user: ModelUser, wish: Wish): void {
    const { account } = user.party;
    const subs = this.#subs.get(account) ?? [];
    this.#subs.set(account, subs);
    subs.push({ user, wish, since: this.clock.now() });
    this.#count(account, keyOf(wish), 1);
  }

  remove(user: ModelUser, sid: string): void {
    const { account } = user.party;
    const subs = this.#subs.get(account) ?? [];
    const at = subs.findIndex((sub) => sub.user === user && sub.wish.sid === sid);
    if (at < 0) return;
    const [gone] = subs.splice(at, 1);
    this.#count(account, keyOf(gone!.wish), -1);
  }

  /** Tells of the first that came and of the last that went. */
  #count(account: string, key: string, change: 1 | -1): void {
    const tally = this.#tally.get(account) ?? new Map<string, number>();
    this.#tally.set(account, tally);
    const count = (tally.get(key) ?? 0) + change;
    if (count > 0) tally.set(key, count);
    else tally.delete(key);
    const isChange = change === 1 ? count === 1 : count === 0;
    if (isChange) for (const acceptor of this.acceptors) acceptor.changed(change === 1, account, key);
  }

  /** A user's message: local ones first, then gateways. Source: gateway.md §7.1, §7.2. */
  publish(user: ModelUser, subject: string, reply: string, header: string, body: string): void {
    const { account } = user.party;
    const now = this.clock.now();
    const mapped = user.wayHome(subject);
    const maps = reply !== "" && this.#isRecent(account, reply, now);
    const seenReply = maps ? `_GR_.${hash6(this.region)}.${hash6(this.#serverId)}.${reply}` : reply;
    if (mapped !== null) {
      const cluster = mapped.slice(5, 11);
      const dialer = [...this.dialers.values()].find(({ gateway }) => hash6(gateway) === cluster);
      return dialer?.send(account, mapped, seenReply, [], header, body);
    }
    const line = { header, body };
    this.#plain(account, subject, reply, line, user);
    const served = this.#queues(account, subject, reply, line, null, user);
    this.#toGateways(account, subject, seenReply, served, line);
  }

  /** Source: gateway.md §4.5, §7.3. */
  arrived(account: string, subject: string, reply: string, queues: readonly string[], line: Line): boolean {
    if (this.isMapped(subject)) {
      if (subject.slice(5, 11) !== hash6(this.region)) return false;
      const own = subject.slice(MAPPED_LENGTH);
      this.#plain(account, own, reply, line, null);
      const served = this.#queues(account, own, reply, line, null, null);
      this.#toGateways(account, own, reply, served, line);
      return true;
    }
    this.#queues(account, subject, reply, line, queues, null);
    return this.#plain(account, subject, reply, line, null);
  }

  isMapped(subject: string): boolean {
    return isMapped(subject);
  }

  #matching(account: string, subject: string, queued: boolean): Sub[] {
    const subs = this.#subs.get(account) ?? [];
    return subs.filter(({ wish }) => (wish.queue !== null) === queued && covers(wish.subject, subject));
  }

  #plain(account: string, subject: string, reply: string, line: Body, from: ModelUser | null): boolean {
    const all = this.#matching(account, subject, false);
    for (const sub of all) if (sub.user !== from || from.party.echo) this.#give(sub, subject, reply, line);
    return all.length > 0;
  }

  /** Serves each group that is listed (null: each) by one member; answers those that were served. */
  #queues(
    account: string,
    subject: string,
    reply: string,
    line: Body,
    listed: readonly string[] | null,
    from: ModelUser | null,
  ): Set<string> {
    const served = new Set<string>();
    const all = this.#matching(account, subject, true).filter(({ user }) => user !== from || from.party.echo);
    for (const queue of new Set(all.map(({ wish }) => wish.queue!))) {
      if (listed !== null && !listed.includes(queue)) continue;
      const members = all.filter(({ wish }) => wish.queue === queue);
      this.#give(members[below(this.random, members.length)]!, subject, reply, line);
      served.add(queue);
    }
    return served;
  }

  #give({ user, wish }: Sub, subject: string, reply: string, { header, body }: Body): void {
    user.give(wish, subject, reply, header, body);
  }

  #toGateways(account: string, subject: string, reply: string, served: Set<string>, line: Body): void {
    for (const dialer of this.dialers.values()) {
      const { plain, queues } = dialer.wants(account, subject);
      const open = queues.filter((queue) => !served.has(queue));
      for (const queue of open) served.add(queue);
      if (plain || open.length > 0) dialer.send(account, subject, reply, open, line.header, line.body);
    }
  }

  #isRecent(account: string, reply: string, now: Millis): boolean {
    const subs = this.#subs.get(account) ?? [];
    return subs.some(({ wish, since }) => now - since < RECENT_MILLIS && covers(wish.subject, reply));
  }
}

type Body = Pick<Line, "header" | "body">;
