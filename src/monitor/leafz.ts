// /leafz: nats-server's picture of the leaf nodes; beside it what went over each link, and what happened to
// each hub that we dial. Source: monitoring.md.

import type { Core } from "../core/core.ts";
import { LeafAccepted } from "../leaf/accepted.ts";
import type { LeafRemote } from "../leaf/remotes.ts";
import type { LeafSession } from "../leaf/session.ts";
import { LeafSolicited } from "../leaf/solicited.ts";
import { Count } from "../peer/counters.ts";
import { Kind } from "../peer/kind.ts";
import type { Session } from "../peer/session.ts";
import { pendingFields, tlsFields } from "./connection.ts";
import { Budget, type Document, head, omitEmpty } from "./document.ts";
import { endedLately } from "./ended-lately.ts";
import { rttText, timeText, uptimeText } from "./format.ts";
import { linkedLeafs } from "./leafs.ts";
import { leafRemoteDocument, leafUrlText } from "./leafz-remote.ts";
import { type LeafSubjects, leafSubjects } from "./leafz-subjects.ts";
import { wireFields } from "./leafz-wire.ts";
import { isPaged, type Listing, listingOptions, type Orders, pageOf, WHOLE } from "./listing.ts";
import type { Query } from "./query.ts";
import { remoteState } from "./remote.ts";
import type { MonitorSource } from "./source.ts";
import { EVERY_SUBJECT, type SubjectOptions, subjectOptions } from "./subject-page.ts";

export interface LeafzOptions {
  /** Subjects only: nats-server has no detail here either. */
  readonly subs: boolean;
  /** The local one; "": all. */
  readonly account: string;
  readonly history: boolean;
  /** 0 or absent: all. */
  readonly id?: number;
  /** Only links that we dialled, or only others; null or absent: all. */
  readonly solicited?: boolean | null;
  /** Absent: all. */
  readonly listing?: Listing<LeafOrder>;
  /** Which subjects of each link; absent: all. */
  readonly subjects?: SubjectOptions;
}

/** Of a page as many remotes as this are shown in any case. */
const REMOTES_SHOWN = 100;

/** As /connz sorts, where both have the figure. */
const ORDERS = {
  name: ({ link }) => link.remoteName,
  account: ({ account }) => account,
  rtt: ({ link }) => link.heartbeat.rttMillis,
  subs: ({ link }) => link.rows.count,
  pending: ({ link }) => link.egress.pendingBytes,
  msgs_to: ({ link }) => link.counters[Count.OutMessages]!,
  msgs_from: ({ link }) => link.counters[Count.InMessages]!,
  bytes_to: ({ link }) => link.counters[Count.OutBytes]!,
  bytes_from: ({ link }) => link.counters[Count.InBytes]!,
} as const satisfies Orders<Named, string>;

type LeafOrder = keyof typeof ORDERS;

interface Named {
  readonly link: LeafSession;
  readonly account: string;
}

export function leafzOptions(query: Query): LeafzOptions {
  return {
    subs: query.flag("subs"),
    account: query.text("acc"),
    history: query.flag("history"),
    id: query.uint("id"),
    solicited: query.text("solicited") === "" ? null : query.flag("solicited"),
    listing: listingOptions(query, Object.keys(ORDERS) as LeafOrder[]),
    subjects: subjectOptions(query),
  };
}

export function leafz(source: MonitorSource, options: LeafzOptions): Document {
  const { core } = source;
  const { account, listing = WHOLE, subjects = EVERY_SUBJECT } = options;
  const links = chosenLinks(core, options);
  const page = pageOf(links, listing, ORDERS, ({ link, account: name }) => [link.remoteName, name]);
  const shown = page.items.map(({ link }) => link);
  const lists = options.subs ? leafSubjects(core, shown, subjects, new Budget()) : null;
  const loops = loopsByPeer(core);
  const remotes = (core.leafs?.remotes.all ?? []).filter(
    (one) => account === "" || one.options.account === account,
  );
  const paged = isPaged(listing);
  return {
    ...head(source),
    leafnodes: links.length,
    ...(paged ? { total: page.total, remotes_total: remotes.length } : {}),
    leafs: shown.map((link) => ({
      ...standardFields(core, link, lists?.get(link.id) ?? null),
      ...linkFields(source, link, loops.get(peerKey(link)) ?? 0),
    })),
    remotes: (paged ? worstFirst(remotes).slice(0, Math.max(listing.limit, REMOTES_SHOWN)) : remotes).map(
      (remote) => leafRemoteDocument(remote, options.history),
    ),
    ...(options.history ? omitEmpty({ ended_lately: endedLately(source, "leaf") }) : {}),
  };
}

function chosenLinks(core: Core, { account, id = 0, solicited = null }: LeafzOptions): Named[] {
  return linkedLeafs(core)
    .map((link) => ({ link, account: nameOf(core, link) }))
    .filter((one) => (account === "" || one.account === account) && (id === 0 || one.link.id === id))
    .filter(({ link }) => solicited === null || link.solicited === solicited);
}

/** What is not up is looked for; else in the order of the configuration. */
function worstFirst(remotes: readonly LeafRemote[]): LeafRemote[] {
  const isUp = (remote: LeafRemote): number => (remoteState(remote) === "connected" ? 1 : 0);
  return remotes.toSorted((a, b) => isUp(a) - isUp(b));
}

function nameOf(core: Core, { account }: LeafSession): string {
  return core.accounts.text(account);
}

/** Under nats-server's names and in its order; all that tools read. */
function standardFields(core: Core, link: LeafSession, subjects: LeafSubjects | null): Document {
  const { counters, remote, rows } = link;
  return {
    id: link.id,
    name: link.remoteName,
    is_spoke: !link.isHub,
    ...omitEmpty({ is_isolated: link.isolated }),
    account: nameOf(core, link),
    ip: remote.ip,
    port: remote.port,
    rtt: rttText(link.heartbeat.rttMillis),
    in_msgs: counters[Count.InMessages],
    out_msgs: counters[Count.OutMessages],
    in_bytes: counters[Count.InBytes],
    out_bytes: counters[Count.OutBytes],
    subscriptions: rows.count,
    ...(subjects === null || rows.count === 0 ? {} : subjects.fields(rows.count)),
    ...omitEmpty({ compression: link.compression, websocket: link.transport.webSocket }),
  };
}

function linkFields(source: MonitorSource, link: LeafSession, loops: number): Document {
  const now = source.core.world.clock.now();
  return {
    ...peerFields(source.core, link),
    ...tlsFields(source, link),
    start: timeText(link.startedAt),
    last_activity: timeText(link.lastActivity),
    uptime: uptimeText(now - link.startedAt),
    idle: uptimeText(now - link.lastActivity),
    ...pendingFields(link, now),
    dropped: link.counters[Count.Dropped],
    dropped_too_large: link.counters[Count.TooLarge],
    refused: link.counters[Count.Refused],
    loops,
    ...wireFields(link),
    ...omitEmpty({ last_error: link.lastError }),
  };
}

/** Who is at the other end, and how the two came together. */
function peerFields(core: Core, link: LeafSession): Document {
  const remote = core.leafs?.remotes.all.find(({ session }) => session === link);
  return {
    solicited: link.solicited,
    ...(remote === undefined ? {} : { remote: remote.options.index }),
    ...(link instanceof LeafSolicited ? { url: leafUrlText(link.url) } : {}),
    ...omitEmpty({
      remote_id: link.remoteServerId,
      version: link.remoteVersion,
      remote_cluster: link.cluster,
      remote_account: link.remoteAccount,
      authorized_user: link instanceof LeafAccepted ? link.user : "",
    }),
  };
}

/** How many links to the same peer and account ended by a loop, as far as ended connections are kept. */
function loopsByPeer(core: Core): Map<string, number> {
  const loops = new Map<string, number>();
  for (const { session, reason } of core.closed.toArray()) {
    if (reason !== "Loop Detected" || !isLeaf(session)) continue;
    const key = peerKey(session);
    loops.set(key, (loops.get(key) ?? 0) + 1);
  }
  return loops;
}

function peerKey({ account, remoteName }: LeafSession): string {
  return `${account} ${remoteName}`;
}

function isLeaf(session: Session): session is LeafSession {
  return session.kind === Kind.Leaf;
}
