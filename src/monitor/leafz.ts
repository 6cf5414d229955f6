// /leafz: nats-server's picture of the leaf nodes; beside it what went over each link, and what happened to
// each hub that we dial. Source: monitoring.md.

import type { Core } from "../core/core.ts";
import { LeafAccepted } from "../leaf/accepted.ts";
import type { LeafSession } from "../leaf/session.ts";
import { LeafSolicited } from "../leaf/solicited.ts";
import { Count } from "../peer/counters.ts";
import { Kind } from "../peer/kind.ts";
import type { Session } from "../peer/session.ts";
import { pendingFields, tlsFields } from "./connection.ts";
import { Budget, type Document, head, omitEmpty } from "./document.ts";
import { rttText, timeText, uptimeText } from "./format.ts";
import { linkedLeafs } from "./leafs.ts";
import { leafRemoteDocument, leafUrlText } from "./leafz-remote.ts";
import { leafSubjects } from "./leafz-subjects.ts";
import { wireFields } from "./leafz-wire.ts";
import type { Query } from "./query.ts";
import type { MonitorSource } from "./source.ts";
import { listFields } from "./subscription.ts";

export interface LeafzOptions {
  /** Subjects only: nats-server has no detail here either. */
  readonly subs: boolean;
  /** The local one; "": all. */
  readonly account: string;
  readonly history: boolean;
}

export function leafzOptions(query: Query): LeafzOptions {
  const subs = query.flag("subs");
  return { subs, account: query.text("acc"), history: query.flag("history") };
}

export function leafz(source: MonitorSource, { subs, account, history }: LeafzOptions): Document {
  const { core } = source;
  const links = linkedLeafs(core).filter((link) => account === "" || nameOf(core, link) === account);
  const remotes = core.leafs?.remotes.all ?? [];
  const lists = subs ? leafSubjects(core, links, new Budget()) : null;
  const loops = loopsByPeer(core);
  return {
    ...head(source),
    leafnodes: links.length,
    leafs: links.map((link) => ({
      ...standardFields(core, link, lists?.get(link.id) ?? null),
      ...linkFields(source, link, loops.get(peerKey(link)) ?? 0),
    })),
    remotes: remotes
      .filter(({ options }) => account === "" || options.account === account)
      .map((remote) => leafRemoteDocument(remote, history)),
  };
}

function nameOf(core: Core, { account }: LeafSession): string {
  return core.accounts.text(account);
}

/** Under nats-server's names and in its order; all that tools read. */
function standardFields(core: Core, link: LeafSession, subjects: readonly string[] | null): Document {
  const { counters, remote, rows } = link;
  const cut = subjects !== null && subjects.length < rows.count;
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
    ...(subjects === null || rows.count === 0 ? {} : listFields(subjects, "list", cut)),
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
