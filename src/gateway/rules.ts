// What may cross to a remote cluster and what may come from it, account by account: nats-server has no such
// rules. Messages that a rule refuses are counted with its name; interest that it refuses is never told.

import { type Permission, SubjectFilter } from "../auth/permission.ts";
import { bytesOf } from "../base/bytes.ts";
import { isLoopSubject, isMappedSpace, isServiceReply } from "../subject/reserved.ts";

/** One word of a configuration: lists of subjects, and where they stand. */
export interface RuleOptions {
  /** As people find it: `gateway.gateways[us].accounts.EU.export`. */
  readonly name: string;
  readonly permission: Permission;
}

/** Rules of both directions; all of them must let a message pass. */
export interface CrossingOptions {
  /** What leaves for the remote. */
  readonly out: readonly RuleOptions[];
  /** What comes from it. */
  readonly in: readonly RuleOptions[];
}

/** Of one remote, or of all that have none of their own. */
export interface RemoteRuleOptions extends CrossingOptions {
  /** Rules of single accounts, which come on top; null: of every account alike. With a map, accounts that are
   *  not in it do not cross. */
  readonly accounts: ReadonlyMap<string, CrossingOptions> | null;
  /** Where the map stands, as people find it. */
  readonly accountsName: string;
}

export interface GatewayRuleOptions {
  /** For remotes that have no rules of their own, learned ones too; null: everything crosses. */
  readonly others: RemoteRuleOptions | null;
  readonly remotes: ReadonlyMap<string, RemoteRuleOptions>;
}

interface Rule {
  readonly name: string;
  readonly filter: SubjectFilter;
}

const INBOXES = bytesOf("_INBOX.");

/** One direction of one account. */
export class Crossing {
  /** Nothing is refused: callers skip the check. */
  readonly isOpen: boolean;
  /** Of what may refuse a message, by their places. */
  readonly names: readonly string[];

  /** Nothing of the account crosses. */
  get isClosed(): boolean {
    return this.closed !== null;
  }

  /** `closed`: the name of what keeps the whole account in; null when nothing does. */
  constructor(
    private readonly rules: readonly Rule[],
    private readonly closed: string | null,
  ) {
    this.isOpen = closed === null && rules.every(({ filter }) => filter.isOpen);
    this.names = closed === null ? rules.map(({ name }) => name) : [closed];
  }

  /** @hot May a message with this literal subject cross? */
  passes(buf: Uint8Array, from: number, to: number): boolean {
    if (this.isOpen) return true;
    if (this.closed !== null) return false;
    for (const { filter } of this.rules) if (!passes(filter, buf, from, to)) return false;
    return true;
  }

  /** May interest in this be told? As soon as a message that it names might cross. */
  tells(buf: Uint8Array, from: number, to: number): boolean {
    if (this.isOpen || isLoopSubject(buf, from, to)) return true;
    if (this.closed !== null) return false;
    return this.rules.every(({ filter }) => isAnswer(buf, from, to) || filter.tells(buf, from, to));
  }

  /** The place of the rule that refuses it; -1 when none does. */
  refusing(buf: Uint8Array, from: number, to: number): number {
    if (this.closed !== null) return 0;
    return this.rules.findIndex(({ filter }) => !passes(filter, buf, from, to));
  }
}

/** Answers cross where their requests do, so inboxes need no entry in allow; deny counts for them too. */
function passes(filter: SubjectFilter, buf: Uint8Array, from: number, to: number): boolean {
  if (filter.passes(buf, from, to)) return true;
  return isAnswer(buf, from, to) && !filter.denies(buf, from, to);
}

function isAnswer(buf: Uint8Array, from: number, to: number): boolean {
  if (isServiceReply(buf, from, to) || isMappedSpace(buf, from, to)) return true;
  return to - from > INBOXES.length && INBOXES.every((byte, i) => buf[from + i] === byte);
}

const OPEN = new Crossing([], null);

/** The rules of one remote, compiled for each account when it is first asked for. */
export class RemoteRules {
  readonly #out = new Map<string, Crossing>();
  readonly #in = new Map<string, Crossing>();

  constructor(private readonly options: RemoteRuleOptions | null) {}

  /** For messages that leave. */
  out(account: string): Crossing {
    return this.#crossing(this.#out, account, "out");
  }

  /** For messages that come. */
  in(account: string): Crossing {
    return this.#crossing(this.#in, account, "in");
  }

  #crossing(known: Map<string, Crossing>, account: string, way: "in" | "out"): Crossing {
    const { options } = this;
    if (options === null) return OPEN;
    let crossing = known.get(account);
    if (crossing === undefined) {
      const own = options.accounts === null ? { in: [], out: [] } : options.accounts.get(account);
      const rules = [...options[way], ...(own?.[way] ?? [])].map(({ name, permission }) => ({
        name,
        filter: new SubjectFilter(permission),
      }));
      crossing = new Crossing(rules, own === undefined ? options.accountsName : null);
      known.set(account, crossing);
    }
    return crossing;
  }
}

/** The rules of the remote with this name. */
export function rulesOf({ others, remotes }: GatewayRuleOptions, gateway: string): RemoteRules {
  return new RemoteRules(remotes.get(gateway) ?? others);
}
