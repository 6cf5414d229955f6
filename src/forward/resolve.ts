// Account and subject to a target set, for one kind of source: the slow path, run once and remembered. It is
// the only place that says who may pass messages to whom: a message that came by a gateway never leaves by
// one.

import { bytesOf, textOf } from "../base/bytes.ts";
import type { NameTable } from "../base/intern.ts";
import type { ClientSession } from "../client/session.ts";
import type { Subscription, SubscriptionTable } from "../client/subscriptions.ts";
import type { GatewayOutbound } from "../gateway/outbound.ts";
import { MatchList } from "../interest/match-list.ts";
import type { InterestStore } from "../interest/store.ts";
import { Holder, Source } from "../peer/kind.ts";
import { TargetSet } from "./targets.ts";

export interface ResolveHost {
  readonly accounts: NameTable;
  readonly queues: NameTable;
  readonly store: InterestStore;
  readonly subscriptions: SubscriptionTable;
  /** Dialled gateways, nearest first. */
  readonly outbounds: readonly GatewayOutbound[];
  isKeptIn(account: number): boolean;
}

export class Resolver {
  readonly #matched = new MatchList();

  constructor(private readonly host: ResolveHost) {}

  /** `except` is no member of any queue group. */
  resolve(
    account: number,
    source: Source,
    buf: Uint8Array,
    from: number,
    to: number,
    except: ClientSession | null = null,
  ): TargetSet {
    const set = new TargetSet();
    const local = new Map<number, Subscription[]>();
    const wanted = new Set<number>();
    const remote = new Map<number, Set<number>>();
    this.host.store.match(account, buf, from, to, this.#matched);
    for (let i = 0; i < this.#matched.length; i++)
      this.#sort(this.#matched.ids[i]!, set, local, wanted, remote, except);
    for (const [queue, members] of local) set.queues.push({ name: this.host.queues.bytes(queue), members });
    if (source !== Source.Gateway && !this.host.isKeptIn(account)) {
      const served = new Set(local.keys());
      const subject = (): string => textOf(buf, from, to);
      for (const session of this.host.outbounds) {
        const groups = [...(remote.get(session.id) ?? [])].filter((queue) => !served.has(queue));
        const wants = session.wants(account, subject, wanted.has(session.id));
        if (wants || groups.length > 0) this.#line(set, session, account, groups);
        else set.suppressed.push(session.state(account));
        for (const queue of groups) served.add(queue);
      }
    }
    return set;
  }

  /** Puts the rows of one group where they belong. */
  #sort(
    group: number,
    set: TargetSet,
    local: Map<number, Subscription[]>,
    wanted: Set<number>,
    remote: Map<number, Set<number>>,
    except: ClientSession | null,
  ): void {
    const { store, subscriptions } = this.host;
    const queue = store.groupQueue(group);
    const isLocal = store.groupClass(group) === Holder.Client;
    for (let row = store.groupFirstRow(group); row !== 0; row = store.nextRow(row)) {
      if (isLocal) {
        const subscription = subscriptions.get(store.rowTag(row));
        if (subscription === undefined) continue;
        if (queue === 0) set.plain.push(subscription);
        else if (subscription.session !== except) upsert(local, queue, () => []).push(subscription);
      } else if (queue === 0) wanted.add(store.rowOwner(row));
      else upsert(remote, store.rowOwner(row), () => new Set()).add(queue);
    }
  }

  #line(set: TargetSet, session: GatewayOutbound, account: number, groups: number[]): void {
    const names = groups.map((queue) => this.host.queues.text(queue)).join(" ");
    set.gateways.push({
      session,
      state: session.state(account),
      account: bytesOf(`${this.host.accounts.text(account)} `),
      queues: groups.length === 0 ? null : bytesOf(names),
    });
  }
}

function upsert<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
