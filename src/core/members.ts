// Who is connected to which account, and how many of them there may be: configured accounts and those that
// are JWTs alike. Source: client-and-auth.md §4, nats-server 2.15.

import { ACCOUNT_FULL, type AccountBounds, type ConnectionLimits, type Identity } from "../auth/login.ts";
import type { EffectivePermissions } from "../auth/rights.ts";
import type { ConnectionType } from "../auth/user-login.ts";
import type { Log } from "../base/log.ts";
import type { Arrival } from "../peer/arrival.ts";
import type { CloseReason } from "../peer/close.ts";
import { Kind } from "../peer/kind.ts";

/** A connection that logs in, or did. */
export interface Member extends Arrival {
  readonly id: number;
  readonly kind: Kind;
  /** null until it is let in by a JWT. */
  readonly identity: Identity | null;
  close(reason: CloseReason, answer: string | null): void;
  /** Its account grants something else now. Permissions are null when they are as they were. */
  regrant(limits: ConnectionLimits, permissions: EffectivePermissions | null): void;
}

/** Those of one account, oldest first. */
interface Group {
  readonly clients: Set<Member>;
  readonly leafs: Set<Member>;
}

const NOBODY: Group = { clients: new Set(), leafs: new Set() };

export class Members {
  readonly #groups = new Map<string, Group>();
  readonly #whose = new Map<Member, Group>();

  constructor(private readonly log: Log) {}

  /** false: the account has as many connections of this kind as it may have. */
  admit(member: Member, account: string, bounds: AccountBounds): boolean {
    const group = this.#groupOf(account);
    if (isFull(group, member.kind, bounds)) {
      this.log.error(`${member.name} - ${ACCOUNT_FULL} - Account: "${account}"`);
      return false;
    }
    group[member.kind === Kind.Leaf ? "leafs" : "clients"].add(member);
    this.#whose.set(member, group);
    return true;
  }

  /** The connection is over. */
  left(member: Member): void {
    const group = this.#whose.get(member);
    group?.clients.delete(member);
    group?.leafs.delete(member);
    this.#whose.delete(member);
  }

  /**
   * Other bounds hold for the account: the oldest stay when there are too many. `stays` looks at each in
   * turn, and closes those who may not; `kept` is told of each that stays.
   */
  review(
    account: string,
    { connections, leafs: leafsMax }: AccountBounds,
    stays: (member: Member) => boolean,
    kept: (member: Member) => void,
  ): void {
    const group = this.#groups.get(account);
    if (group === undefined) return;
    let [clients, leafs] = [0, 0];
    for (const member of [...group.leafs, ...group.clients]) {
      if (!stays(member)) continue;
      const isLeaf = member.kind === Kind.Leaf;
      if (isLeaf) leafs++;
      else clients++;
      const isOver = isLeaf
        ? leafsMax >= 0 && leafs > leafsMax
        : connections >= 0 && clients + leafs > connections;
      if (isOver) member.close("Maximum Account Connections Exceeded", ACCOUNT_FULL);
      else kept(member);
    }
  }

  /** The account is no more. */
  closeAll(account: string, reason: CloseReason, answer: string): void {
    const { clients, leafs } = this.#groups.get(account) ?? NOBODY;
    for (const member of [...leafs, ...clients]) member.close(reason, answer);
  }

  #groupOf(account: string): Group {
    let group = this.#groups.get(account);
    if (group === undefined) {
      group = { clients: new Set(), leafs: new Set() };
      this.#groups.set(account, group);
    }
    return group;
  }
}

/** As users are told apart by how they may come. */
export function connectionTypeOf({ kind, webSocket }: Pick<Member, "kind" | "webSocket">): ConnectionType {
  if (kind === Kind.Leaf) return webSocket ? "LEAFNODE_WS" : "LEAFNODE";
  return webSocket ? "WEBSOCKET" : "STANDARD";
}

/** Leafs are bounded on their own; among all connections they count with the clients. */
function isFull({ clients, leafs }: Group, kind: Kind, bounds: AccountBounds): boolean {
  if (kind === Kind.Leaf) return bounds.leafs >= 0 && leafs.size >= bounds.leafs;
  return bounds.connections >= 0 && clients.size + leafs.size >= bounds.connections;
}
