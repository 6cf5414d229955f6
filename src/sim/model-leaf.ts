// A small model of a cluster of one nats-server with leaf links, hub on some and spoke on others, written
// from leafnode.md alone.

import { below, type Random } from "../base/random.ts";
import type { Wish } from "./actor.ts";
import type { VirtualClock } from "./clock.ts";
import type { Line } from "./frames.ts";
import { covers, type Ledger } from "./ledger.ts";
import { type LeafDial, type LeafLinkHost, ModelLeafLink } from "./model-leaf-link.ts";
import { isMapped, keyOf, type ModelUser, type Sub, type UserServer } from "./model-user.ts";
import type { Network } from "./network.ts";
import { serverName } from "./plan.ts";

const REDIAL_MILLIS = 1_000;
/** Services that each account of a server has, and its JetStream: announced, and not for others to use. */
const SERVICES = ["$SYS.REQ.USER.INFO", "$SYS.REQ.ACCOUNT.PING.CONNZ", "$JS.API.>"] as const;

export interface ModelLeafOptions {
  readonly place: string;
  readonly cluster: string;
  readonly accounts: readonly string[];
  readonly answersConnect: boolean;
  readonly port: number;
  /** A loop is what this world is about. */
  readonly mayLoop: boolean;
}

type Body = Pick<Line, "header" | "body">;

export class ModelLeafServer implements LeafLinkHost, UserServer {
  readonly name: string;
  readonly cluster: string;
  readonly accounts: readonly string[];
  readonly answersConnect: boolean;
  readonly url: string;
  readonly links = new Set<ModelLeafLink>();
  /** Links that were up and are over. */
  losses = 0;
  loops = 0;
  readonly #subs = new Map<string, Sub[]>();

  constructor(
    readonly clock: VirtualClock,
    readonly random: Random,
    private readonly network: Network,
    private readonly ledger: Ledger,
    private readonly options: ModelLeafOptions,
  ) {
    const { place, port } = options;
    this.name = serverName(place);
    this.url = `${place}:${port}`;
    ({ cluster: this.cluster, accounts: this.accounts, answersConnect: this.answersConnect } = options);
  }

  start(dials: readonly LeafDial[]): void {
    const { place, port } = this.options;
    this.network.listen(place, port, (end) => {
      this.links.add(new ModelLeafLink(this, end, null, (self) => this.links.delete(self)));
    });
    for (const dial of dials) this.#dial(dial);
  }

  #dial(dial: LeafDial): void {
    const { place, port } = this.options;
    this.network.dial({
      from: place,
      to: dial.to,
      port,
      failed: () => this.#redial(dial, REDIAL_MILLIS + below(this.random, REDIAL_MILLIS)),
      opened: (end) => {
        const link = new ModelLeafLink(this, end, dial, (self) => {
          this.links.delete(self);
          this.#redial(dial, REDIAL_MILLIS + self.delayMillis);
        });
        this.links.add(link);
      },
    });
  }

  #redial(dial: LeafDial, millis: number): void {
    this.clock.after(millis, () => this.#dial(dial));
  }

  loopSubject(account: string): string {
    return `$LDS.${this.name}${account}`.padEnd(27, "0");
  }

  /** What it says for itself on each link. */
  ownInterest(account: string): string[] {
    return [this.loopSubject(account), ...SERVICES];
  }

  fail(what: string): void {
    this.ledger.fail(what);
  }

  /** Only a transport that stalls earns a complaint: of lateness. */
  told(by: string, text: string): void {
    const isLate = /Authentication Timeout|Stale|Duplicate Remote/.test(text);
    const isLoop = this.options.mayLoop && text.includes("Loop detected");
    if (!isLate && !isLoop) this.ledger.fail(`${by} told ${this.name}: -ERR ${text}`);
  }

  looped(link: ModelLeafLink): void {
    this.loops++;
    if (!this.options.mayLoop) this.ledger.fail(`${this.name} found a loop with ${link.peer}`);
  }

  /** Source: leafnode.md §7. */
  joined(link: ModelLeafLink): void {
    for (const other of this.links) {
      if (other === link || !other.ready || other.dial !== null || link.dial !== null) continue;
      if (other.peer === link.peer && other.account === link.account)
        other.close("Duplicate Remote LeafNode Connection");
    }
  }

  changed(link: ModelLeafLink): void {
    this.#updateOthers(link.account, link);
  }

  left(link: ModelLeafLink): void {
    if (link.account === "") return;
    this.losses++;
    link.rows.clear();
    this.#updateOthers(link.account, link);
  }

  #updateOthers(account: string, link: ModelLeafLink | null): void {
    for (const other of this.#linksOf(account)) if (other !== link) other.update();
  }

  #linksOf(account: string): ModelLeafLink[] {
    return [...this.links].filter((link) => link.ready && link.account === account);
  }

  add(user: ModelUser, wish: Wish): void {
    const { account } = user.party;
    const subs = this.#subs.get(account) ?? [];
    this.#subs.set(account, subs);
    subs.push({ user, wish });
    this.#updateOthers(account, null);
  }

  remove(user: ModelUser, sid: string): void {
    const { account } = user.party;
    const subs = this.#subs.get(account) ?? [];
    const at = subs.findIndex((sub) => sub.user === user && sub.wish.sid === sid);
    if (at < 0) return;
    subs.splice(at, 1);
    this.#updateOthers(account, null);
  }

  /** Source: leafnode.md §3.1, §3.2. */
  interestFor(link: ModelLeafLink): Map<string, number> {
    const interest = new Map<string, number>();
    const add = (key: string, weight: number): void => {
      interest.set(key, key.includes(" ") ? (interest.get(key) ?? 0) + weight : 1);
    };
    for (const key of this.ownInterest(link.account)) add(key, 1);
    for (const { wish } of this.#subs.get(link.account) ?? []) add(keyOf(wish), 1);
    for (const other of this.#linksOf(link.account)) {
      if (other === link || isOneCluster(other, link)) continue;
      for (const [key, weight] of other.rows) if (isTold(other, link, key)) add(key, weight);
    }
    return interest;
  }

  /** A user's message. An answer to a mapped reply goes up and nowhere else, so a server without a hub loses
   *  it. Source: leafnode.md §18, gateway.md §4.4. */
  publish(user: ModelUser, subject: string, reply: string, header: string, body: string): void {
    const { account } = user.party;
    const mapped = user.wayHome(subject);
    const line = { header, body };
    if (mapped === null) return this.#spread(account, subject, reply, line, user, null, null);
    for (const link of this.#linksOf(account)) {
      if (!link.isHub) link.send(mapped, reply, [], header, body);
    }
  }

  /** Source: leafnode.md §4, §18. */
  message(link: ModelLeafLink, subject: string, reply: string, queues: readonly string[], line: Line): void {
    const { account } = link;
    if (!isMapped(subject)) return this.#spread(account, subject, reply, line, null, link, queues);
    for (const other of this.#linksOf(account)) {
      if (other !== link && other.wants(subject).plain)
        other.send(subject, reply, [], line.header, line.body);
    }
  }

  /** To own users and to links; of each group that is listed (null: each) to one member, own ones first. */
  #spread(
    account: string,
    subject: string,
    reply: string,
    { header, body }: Body,
    from: ModelUser | null,
    source: ModelLeafLink | null,
    listed: readonly string[] | null,
  ): void {
    const links = this.#linksOf(account)
      .filter((link) => link !== source && !(source !== null && isOneCluster(link, source)))
      .map((link) => ({ link, chosen: [] as string[], ...link.wants(subject) }));
    const subs = (this.#subs.get(account) ?? []).filter(
      ({ user, wish }) => covers(wish.subject, subject) && (user !== from || from.party.echo),
    );
    const groups = new Set<string>();
    for (const { wish } of subs) if (wish.queue !== null) groups.add(wish.queue);
    for (const { queues } of links) for (const queue of queues.keys()) groups.add(queue);
    const served: Sub[] = subs.filter(({ wish }) => wish.queue === null);
    for (const queue of groups) {
      if (listed !== null && !listed.includes(queue)) continue;
      const members = subs.filter(({ wish }) => wish.queue === queue);
      if (members.length > 0) served.push(members[below(this.random, members.length)]!);
      else this.#choose(queue, links)?.chosen.push(queue);
    }
    for (const { user, wish } of served) user.give(wish, subject, reply, header, body);
    for (const { link, plain, chosen } of links)
      if (plain || chosen.length > 0) link.send(subject, reply, chosen, header, body);
  }

  /** By weight. */
  #choose<T extends { readonly queues: ReadonlyMap<string, number> }>(
    queue: string,
    links: readonly T[],
  ): T | undefined {
    const sum = links.reduce((total, { queues }) => total + (queues.get(queue) ?? 0), 0);
    let left = below(this.random, Math.max(1, sum));
    return links.find(({ queues }) => {
      left -= queues.get(queue) ?? 0;
      return left < 0;
    });
  }
}

function isOneCluster(a: ModelLeafLink, b: ModelLeafLink): boolean {
  return a.cluster !== "" && a.cluster === b.cluster;
}

/** Is what one link's peer wants told to the other's? */
function isTold(from: ModelLeafLink, to: ModelLeafLink, key: string): boolean {
  if (from.isHub) return !to.isolated;
  return to.isHub || (key.startsWith("$LDS.") && !to.isolated);
}
