// What is told of connections in the system account, and only when somebody wants to hear it: who came, who
// went, who was not let in, and how many an account has. Source: nats-server 2.15, events.go.

import type { Millis } from "../base/clock.ts";
import { ClientSession } from "../client/session.ts";
import { GLOBAL_ACCOUNT } from "../core/directory.ts";
import { LeafAccepted } from "../leaf/accepted.ts";
import { LeafSession } from "../leaf/session.ts";
import type { CloseReason } from "../peer/close.ts";
import { Count } from "../peer/counters.ts";
import type { Session } from "../peer/session.ts";
import { identityFields, nameTag } from "./account-jwt.ts";
import { accstatz } from "./accstatz.ts";
import { type Document, omitEmpty } from "./document.ts";
import { nanosOf, timeText } from "./format.ts";
import type { MonitorSource } from "./source.ts";
import type { SystemServer } from "./system-server.ts";

/** How often at most the connections of accounts are counted, however many come and go. */
const COUNT_MILLIS = 1_000;
/** How often they are told although nothing has changed. */
const BEAT_MILLIS = 30_000;

/** Somebody was not let in. */
const REFUSALS: readonly CloseReason[] = [
  "Authentication Failure",
  "Authentication Expired",
  "Credentials Revoked",
];

type Member = ClientSession | LeafSession;

interface End {
  readonly reason: CloseReason;
  /** Who was refused said that he was this. */
  readonly asked: string;
  readonly at: Millis;
}

export class ConnectionEvents {
  /** Accounts whose connections were told to others, and when next. */
  readonly #beats = new Map<string, Millis>();
  #countsAt: Millis = 0;

  constructor(
    private readonly source: MonitorSource,
    private readonly server: SystemServer,
  ) {}

  joined(session: Session, now: Millis): void {
    if (!isMember(session) || session.account === 0) return;
    const account = this.#accountOf(session);
    this.#beats.set(account, 0);
    if (session instanceof LeafSession) this.#tellLeaf(account);
    const subject = `$SYS.ACCOUNT.${account}.CONNECT`;
    if (!this.source.core.system.isWanted(subject)) return;
    this.#tell(subject, { ...this.server.event("client_connect", now), client: this.#client(session, null) });
  }

  ended(session: Session, reason: CloseReason, asked: string, at: Millis): void {
    if (!isMember(session)) return;
    const end = { reason, asked, at };
    if (REFUSALS.includes(reason))
      this.#tellEnd(`$SYS.SERVER.${this.server.id}.CLIENT.AUTH.ERR`, session, end);
    const account = this.#accountOf(session);
    if (session.account !== 0) this.#beats.set(account, 0);
    this.#tellEnd(`$SYS.ACCOUNT.${account}.DISCONNECT`, session, end);
  }

  tick(now: Millis): void {
    if (now < this.#countsAt) return;
    const due = [...this.#beats].filter(([, at]) => at <= now).map(([account]) => account);
    if (due.length === 0) return;
    this.#countsAt = now + COUNT_MILLIS;
    let counts: ReadonlyMap<string, Document> | null = null;
    for (const account of due) {
      this.#beats.set(account, now + BEAT_MILLIS);
      // nats-server does not tell of the global account.
      const subjects = account === GLOBAL_ACCOUNT ? [] : this.#wantedCounts(account);
      if (subjects.length === 0) continue;
      counts ??= this.#counts();
      const count = counts.get(account);
      if (count === undefined) continue;
      if (count["total_conns"] === 0) this.#beats.delete(account);
      const event = { ...this.server.event("account_connections", now), ...count };
      for (const subject of subjects) this.#tell(subject, event);
    }
  }

  /** Answers how many connections the account has, if it has any. */
  tellConnections(account: string, reply: Uint8Array): void {
    const count = this.#counts().get(account);
    if (reply.length === 0 || count === undefined || count["total_conns"] === 0) return;
    this.source.core.system.publish(
      reply,
      JSON.stringify({ ...this.server.event("account_connections"), ...count }),
    );
  }

  /** All servers are told of the accounts that have leafs here. */
  tellLeafs(): void {
    const { core } = this.source;
    for (const account of core.leafs?.accountsInUse() ?? []) this.#tellLeaf(core.accountName(account));
  }

  /** Others must send us all interest of an account that has leafs here (leafnode.md §18). */
  #tellLeaf(account: string): void {
    const { core } = this.source;
    const subject = `$SYS.ACCOUNT.${account}.LEAFNODE.CONNECT`;
    if (!core.hasGateways || !core.system.isWanted(subject)) return;
    this.#tell(subject, { server: this.server.head(), acc: account });
  }

  #wantedCounts(account: string): string[] {
    const subjects = [`$SYS.SERVER.ACCOUNT.${account}.CONNS`, `$SYS.ACCOUNT.${account}.SERVER.CONNS`];
    return subjects.filter((subject) => this.source.core.system.isWanted(subject));
  }

  #counts(): ReadonlyMap<string, Document> {
    const shown = accstatz(this.source, { unused: true })["account_statz"] as (Document & { acc: string })[];
    return new Map(shown.map((each) => [each.acc, each]));
  }

  #tellEnd(subject: string, session: Member, end: End): void {
    if (!this.source.core.system.isWanted(subject)) return;
    const { counters } = session;
    this.#tell(subject, {
      ...this.server.event("client_disconnect", end.at),
      client: this.#client(session, end),
      sent: { msgs: counters[Count.InMessages], bytes: counters[Count.InBytes] },
      received: { msgs: counters[Count.OutMessages], bytes: counters[Count.OutBytes] },
      reason: end.reason,
    });
  }

  #tell(subject: string, event: Document): void {
    this.source.core.system.publish(subject, JSON.stringify(event));
  }

  /** Who has not logged in counts as one of the global account. */
  #accountOf({ account }: Member): string {
    return account === 0 ? GLOBAL_ACCOUNT : this.source.core.accountName(account);
  }

  /** `end`: null while the connection is there. */
  #client(session: Member, end: End | null): Document {
    const { core } = this.source;
    const account = this.#accountOf(session);
    return {
      start: timeText(session.startedAt),
      host: session.remote.ip,
      id: session.id,
      acc: account,
      ...omitEmpty({ user: end?.asked }),
      ...omitEmpty(whoOf(session)),
      ...(end === null
        ? {}
        : omitEmpty({ rtt: nanosOf(session.heartbeat.rttMillis), stop: timeText(end.at) })),
      name_tag: nameTag(core, account),
      ...kindOf(session),
    };
  }
}

function whoOf(session: Member): Document {
  if (session instanceof ClientSession) {
    const { user, clientName: name, lang, version: ver, identity } = session;
    return { user, name, lang, ver, ...identityFields(identity) };
  }
  const accepted = session instanceof LeafAccepted ? session : null;
  return { user: accepted?.user, name: session.remoteName, ...identityFields(accepted?.identity ?? null) };
}

function kindOf(session: Member): Document {
  if (session instanceof LeafSession) return { kind: "Leafnode" };
  return { kind: "Client", client_type: session.webSocket ? "websocket" : "nats" };
}

function isMember(session: Session): session is Member {
  return session instanceof ClientSession || session instanceof LeafSession;
}
