// /connz: clients and leafs, open and over; gateways have a view of their own. Source: monitoring.md,
// nats-server 2.15.

import type { Identity } from "../auth/login.ts";
import { bytesOf } from "../base/bytes.ts";
import type { Millis } from "../base/clock.ts";
import { ClientSession } from "../client/session.ts";
import type { Core } from "../core/core.ts";
import { GLOBAL_ACCOUNT } from "../core/directory.ts";
import { LeafAccepted } from "../leaf/accepted.ts";
import { LeafSession } from "../leaf/session.ts";
import { collides } from "../subject/match.ts";
import { isValidSubject } from "../subject/subject.ts";
import { identityFields, nameTag } from "./account-jwt.ts";
import { connectionFields, tlsFields } from "./connection.ts";
import { isSortName, type Listed, type SortName, sorted, subscriptionCount } from "./connz-sort.ts";
import { Budget, type Document, head, omitEmpty, page } from "./document.ts";
import { timeText } from "./format.ts";
import { linkedLeafs } from "./leafs.ts";
import { leafSubjects } from "./leafz-subjects.ts";
import { type Query, QueryError, type Subs } from "./query.ts";
import type { MonitorSource } from "./source.ts";
import { EVERY_SUBJECT } from "./subject-page.ts";
import { listFields, subscriptionLists } from "./subscription.ts";

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
  const all = [...core.clients, ...linkedLeafs(core)];
  const open = options.state === "closed" ? [] : all.filter(ofAccount).map(openEntry);
  const over =
    options.state === "open" ? [] : closedEntries(core).filter(({ session }) => ofAccount(session));
  const chosen = selected(options, open, over);
  const shown = sorted(chosen, options.sort, now).slice(offset, offset + limit);
  const budget = new Budget();
  const leafs = shown.map(({ session }) => session).filter((session) => session instanceof LeafSession);
  const lists = options.subs === "none" ? null : leafSubjects(core, leafs, EVERY_SUBJECT, budget);
  const subjectsOf = ({ session }: Listed): Document => {
    if (session instanceof LeafSession)
      return leafLists(session, lists?.get(session.id)?.subjects ?? [], options.subs);
    return subscriptionLists(core, session.subscriptions.values(), options.subs, budget);
  };
  return {
    ...head(source),
    num_connections: shown.length,
    total: open.length + over.length,
    offset,
    limit,
    connections: shown.map((entry) => ({
      ...entryFields(source, entry, options, now),
      ...subjectsOf(entry),
    })),
  };
}

function selected(options: ConnzOptions, open: readonly Listed[], over: readonly Listed[]): Listed[] {
  const { cid, user, mqttClient, filterSubject } = options;
  if (mqttClient !== "") return []; // There is no MQTT listener, so nobody has such a name.
  const wanted = ({ session }: Listed): boolean =>
    (cid === 0 || session.id === cid) && (user === "" || userOf(session) === user);
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
    if (session instanceof LeafSession) return false;
    for (const { subject } of session.subscriptions.values()) {
      if (collides(bytes, 0, length, subject, 0, subject.length)) return true;
    }
    return false;
  };
}

function entryFields(source: MonitorSource, entry: Listed, options: ConnzOptions, now: Millis): Document {
  const { core } = source;
  const { session, stop, reason } = entry;
  const account = core.accountName(session.account);
  return {
    ...connectionFields(session, subscriptionCount(session), stop ?? now),
    ...(stop === null ? {} : { stop: timeText(stop), reason }),
    ...omitEmpty(softwareOf(session)),
    ...(stop === null ? tlsFields(source, session, options.auth) : {}),
    ...(options.auth
      ? omitEmpty({
          authorized_user: userOf(session),
          account: account === GLOBAL_ACCOUNT ? "" : account,
          name_tag: nameTag(core, account),
          ...identityFields(identityOf(session)),
        })
      : {}),
  };
}

/** Of a leaf, what nats-server knows of one: it has no language. */
function softwareOf(session: Listed["session"]): Document {
  if (session instanceof LeafSession) return { name: session.remoteName, version: session.remoteVersion };
  return { name: session.clientName, lang: session.lang, version: session.version };
}

function userOf(session: Listed["session"]): string {
  return session instanceof ClientSession || session instanceof LeafAccepted ? session.user : "";
}

function identityOf(session: Listed["session"]): Identity | null {
  return session instanceof ClientSession || session instanceof LeafAccepted ? session.identity : null;
}

/** Subjects alone, or in the shape of a client's subscriptions. */
function leafLists({ id, rows }: LeafSession, subjects: readonly string[], subs: Subs): Document {
  if (subs === "none" || rows.count === 0) return {};
  const lines =
    subs === "list" ? subjects : subjects.map((subject) => ({ subject, sid: subject, msgs: 0, cid: id }));
  return listFields(lines, subs, subjects.length < rows.count);
}

function inAccount(core: Core, name: string): (session: Listed["session"]) => boolean {
  if (name === "") return () => true;
  const account = core.accounts.idOf(name);
  return (session) => account !== 0 && session.account === account;
}

function openEntry(session: Listed["session"]): Listed {
  return { session, stop: null, reason: "" };
}

function closedEntries(core: Core): Listed[] {
  const entries: Listed[] = [];
  for (const { session, reason, at } of core.closed.toArray()) {
    const isListed = session instanceof ClientSession || (session instanceof LeafSession && session.ready);
    if (isListed) entries.push({ session, stop: at, reason });
  }
  return entries;
}
