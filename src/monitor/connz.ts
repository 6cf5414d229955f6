// /connz: the clients, open and over. Source: monitoring.md.

import { bytesOf } from "../base/bytes.ts";
import type { Millis } from "../base/clock.ts";
import type { ClientSession } from "../client/session.ts";
import type { Core } from "../core/core.ts";
import { GLOBAL_ACCOUNT } from "../core/directory.ts";
import { Kind } from "../peer/kind.ts";
import type { Session } from "../peer/session.ts";
import { collides } from "../subject/match.ts";
import { isValidSubject } from "../subject/subject.ts";
import { identityFields, nameTag } from "./account-jwt.ts";
import { connectionFields, tlsFields } from "./connection.ts";
import { isSortName, type Listed, type SortName, sorted } from "./connz-sort.ts";
import { Budget, type Document, head, omitEmpty, page } from "./document.ts";
import { timeText } from "./format.ts";
import { type Query, QueryError, type Subs } from "./query.ts";
import type { MonitorSource } from "./source.ts";
import { subscriptionLists } from "./subscription.ts";

export interface ConnzOptions {
  readonly sort: SortName;
  readonly auth: boolean;
  readonly subs: Subs;
  readonly offset: number;
  readonly limit: number;
  /** 0: all. */
  readonly cid: number;
  readonly state: "open" | "closed" | "all";
  /** "" for each of these: all. */
  readonly user: string;
  readonly account: string;
  readonly mqttClient: string;
  readonly filterSubject: string;
}

export function connzOptions(query: Query): ConnzOptions {
  const sort = query.text("sort");
  const options = {
    auth: query.flag("auth"),
    subs: query.subs(),
    offset: query.int("offset"),
    limit: query.int("limit"),
    cid: query.uint("cid"),
    state: query.state(),
    user: query.text("user"),
    account: query.text("acc"),
    mqttClient: query.text("mqtt_client"),
    filterSubject: query.text("filter_subject"),
  };
  const name = sort === "" ? "cid" : sort;
  if (!isSortName(name)) throw new QueryError(`invalid sorting option: ${sort}`);
  if ((name === "stop" || name === "reason") && options.state !== "closed") {
    throw new QueryError(`sort by ${name} only valid on closed connections`);
  }
  const filtered = options.filterSubject !== "" && options.filterSubject !== ">";
  if (filtered && options.account === "") {
    throw new QueryError("filter by subject only valid with account filtering");
  }
  return { ...options, sort: name, filterSubject: filtered ? options.filterSubject : "" };
}

export function connz(source: MonitorSource, options: ConnzOptions): Document {
  const { core } = source;
  const now = core.world.clock.now();
  const { offset, limit } = page(options.offset, options.cid > 0 ? 1 : options.limit);
  const ofAccount = inAccount(core, options.account);
  const open = options.state === "closed" ? [] : [...core.clients].filter(ofAccount).map(openEntry);
  const over =
    options.state === "open" ? [] : closedEntries(core).filter(({ session }) => ofAccount(session));
  const chosen = selected(options, open, over);
  const shown = sorted(chosen, options.sort, now).slice(offset, offset + limit);
  const budget = new Budget();
  return {
    ...head(source),
    num_connections: shown.length,
    total: open.length + over.length,
    offset,
    limit,
    connections: shown.map((entry) => entryFields(source, entry, options, budget, now)),
  };
}

function selected(options: ConnzOptions, open: readonly Listed[], over: readonly Listed[]): Listed[] {
  const { cid, user, mqttClient, filterSubject } = options;
  if (mqttClient !== "") return []; // There is no MQTT listener, so nobody has such a name.
  const wanted = ({ session }: Listed): boolean =>
    (cid === 0 || session.id === cid) && (user === "" || session.user === user);
  const opened = open.filter(wanted);
  // As in nats-server, the subject chooses among open connections and leaves closed ones as they are.
  return [
    ...(filterSubject === "" ? opened : opened.filter(interestedIn(filterSubject))),
    ...over.filter(wanted),
  ];
}

function interestedIn(filter: string): (entry: Listed) => boolean {
  const bytes = bytesOf(filter);
  const { length } = bytes;
  if (!isValidSubject(bytes, 0, length)) return () => false;
  return ({ session }) => {
    for (const { subject } of session.subscriptions.values()) {
      if (collides(bytes, 0, length, subject, 0, subject.length)) return true;
    }
    return false;
  };
}

function entryFields(
  source: MonitorSource,
  entry: Listed,
  options: ConnzOptions,
  budget: Budget,
  now: Millis,
): Document {
  const { core } = source;
  const { session, stop, reason } = entry;
  const account = core.accountName(session.account);
  return {
    ...connectionFields(session, session.subscriptions.size, stop ?? now),
    ...(stop === null ? {} : { stop: timeText(stop), reason }),
    ...omitEmpty({ name: session.clientName, lang: session.lang, version: session.version }),
    ...(stop === null ? tlsFields(source, session, options.auth) : {}),
    ...(options.auth
      ? omitEmpty({
          authorized_user: session.user,
          account: account === GLOBAL_ACCOUNT ? "" : account,
          name_tag: nameTag(core, account),
          ...identityFields(session.identity),
        })
      : {}),
    ...subscriptionLists(core, session.subscriptions.values(), options.subs, budget),
  };
}

function inAccount(core: Core, name: string): (session: ClientSession) => boolean {
  if (name === "") return () => true;
  const account = core.accounts.idOf(name);
  return (session) => account !== 0 && session.account === account;
}

function openEntry(session: ClientSession): Listed {
  return { session, stop: null, reason: "" };
}

function closedEntries(core: Core): Listed[] {
  const entries: Listed[] = [];
  for (const { session, reason, at } of core.closed.toArray()) {
    if (isClient(session)) entries.push({ session, stop: at, reason });
  }
  return entries;
}

function isClient(session: Session): session is ClientSession {
  return session.kind === Kind.Client;
}
