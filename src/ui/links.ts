// One picture of every link, whatever it is: gateways are two connections in two documents, hubs and spokes
// are one each.

import type { Gatewayz, Inbound, Leaf, LeafRemote, Leafz, Outbound, RemoteFields } from "./documents.ts";
import { millisOf, timeOf } from "./format.ts";

/** oneway: a gateway of which only one of the two directions is there. down: it was there, or was tried in
 *  vain. off: nobody wants it to be there. */
export type LinkState = "up" | "oneway" | "connecting" | "down" | "off";

export type LinkKind = "gateway" | "hub" | "spoke";

export interface Flow {
  readonly messages: number;
  readonly bytes: number;
}

export interface Link {
  /** A part of addresses. Of leafs that dialled us another one after each reconnect. */
  readonly key: string;
  readonly kind: LinkKind;
  /** Of a leaf link that is up: by which number /leafz knows it. */
  readonly id?: number;
  /** As the other end calls itself. */
  readonly name: string;
  /** Of a leaf link; "" for gateways, which carry all. */
  readonly account: string;
  readonly state: LinkState;
  /** In words, when it is not up. */
  readonly why: string;
  /** When it came up, or went down; null when that is not known. */
  readonly since: number | null;
  readonly nextAttempt: number | null;
  readonly rttMillis: number | null;
  /** Since the connections began, towards the other end and from it. */
  readonly out: Flow;
  readonly in: Flow;
  readonly pendingBytes: number;
  readonly suppressed: number;
  readonly dropped: number;
  readonly reconnects: number;
  /** Labels and texts for whoever wants to know more. */
  readonly facts: readonly (readonly [label: string, text: string])[];
}

export const LINK_KINDS: Readonly<Record<LinkKind, string>> = {
  gateway: "Gateway",
  hub: "Leaf hub",
  spoke: "Leaf node",
};

export const LINK_STATES: Readonly<Record<LinkState, string>> = {
  up: "Connected",
  oneway: "One way",
  connecting: "Connecting",
  down: "Down",
  off: "Disabled",
};

/** It is up, and beyond what was asked for. */
const UNSEEN = { state: "up", why: "", since: null, nextAttempt: null } as const;

/** What the box says of a remote of which nothing is known yet. */
const NEVER_TRIED = "Not Connected Yet";

const NO_FLOW: Flow = { messages: 0, bytes: 0 };

/** Gateways by name, then what we dial, then who dialled us. */
export function linksOf(gatewayz: Gatewayz, leafz: Leafz): Link[] {
  const outbounds = gatewayz.outbound_gateways ?? {};
  const names = new Set([...Object.keys(outbounds), ...Object.keys(gatewayz.inbound_gateways)]);
  const gateways = [...names].sort().map((name) => {
    return gatewayLink(name, outbounds[name], gatewayz.inbound_gateways[name] ?? []);
  });
  const dialled = leafz.remotes.map((remote) => {
    return remoteLink(
      remote,
      leafz.leafs.find((leaf) => leaf.remote === remote.remote),
    );
  });
  return [...gateways, ...dialled, ...leafz.leafs.filter(({ remote }) => remote === undefined).map(leafLink)];
}

function gatewayLink(name: string, outbound: Outbound | undefined, inbounds: readonly Inbound[]): Link {
  const out = outbound !== undefined && outbound.connection.cid !== 0 ? outbound : undefined;
  const peer = out ?? inbounds[0];
  const came = inbounds.map(({ connection }) => connection);
  return {
    key: `gateway:${name}`,
    kind: "gateway",
    name,
    account: "",
    ...gatewayState(outbound, out !== undefined, inbounds),
    rttMillis: millisOf((out?.connection ?? came[0])?.rtt),
    out: out === undefined ? NO_FLOW : { messages: out.connection.out_msgs, bytes: out.connection.out_bytes },
    in: {
      messages: came.reduce((sum, { in_msgs }) => sum + in_msgs, 0),
      bytes: came.reduce((sum, { in_bytes }) => sum + in_bytes, 0),
    },
    pendingBytes:
      (out?.connection.pending_bytes ?? 0) + came.reduce((sum, one) => sum + one.pending_bytes, 0),
    suppressed: outbound?.connection.suppressed ?? 0,
    dropped: out?.connection.dropped ?? 0,
    reconnects: outbound?.reconnects ?? 0,
    facts: facts({
      Server: peer?.server_name,
      Version: peer?.version,
      Connections: `${out === undefined ? 0 : 1} out, ${came.length} in`,
      Learned: outbound?.configured === true ? "from the configuration" : "by gossip",
      TLS: peer === undefined ? undefined : (peer.connection.tls_version ?? "none"),
      URLs: outbound?.urls.join(" "),
    }),
  };
}

function gatewayState(
  outbound: Outbound | undefined,
  isOut: boolean,
  inbounds: readonly Inbound[],
): Pick<Link, "state" | "why" | "since" | "nextAttempt"> {
  const start = timeOf((isOut ? outbound?.connection : inbounds[0]?.connection)?.start);
  if (isOut && inbounds.length > 0) return { state: "up", why: "", since: start, nextAttempt: null };
  if (isOut) return { state: "oneway", why: "it has not connected to us", since: start, nextAttempt: null };
  if (outbound === undefined) {
    return {
      state: "oneway",
      why: "it connected to us, and we do not know where it is",
      since: start,
      nextAttempt: null,
    };
  }
  const dialling = dialState(outbound);
  if (inbounds.length === 0) return dialling;
  return { ...dialling, state: "oneway", why: `we cannot reach it: ${dialling.why}` };
}

/** Of a remote that we dial and that is not there. */
function dialState(remote: RemoteFields): Pick<Link, "state" | "why" | "since" | "nextAttempt"> {
  const { last_close, last_error, reason, state } = remote;
  const since = timeOf(last_close?.at);
  const nextAttempt = timeOf(remote.next_attempt);
  if (state === "disabled")
    return { state: "off", why: "switched off in the configuration", since, nextAttempt };
  const texts = [reason === NEVER_TRIED ? "" : reason, last_error];
  const reasons = texts.filter((text) => text !== undefined && text !== "");
  const why = [...new Set(reasons)].join("; ");
  const isDown = reasons.length > 0;
  return { state: isDown ? "down" : "connecting", why: why || "no answer yet", since, nextAttempt };
}

export function remoteLink(remote: LeafRemote, leaf: Leaf | undefined): Link {
  const kind = remote.is_spoke ? "hub" : "spoke";
  const base = leaf === undefined ? null : leafLink(leaf);
  const more = facts({
    URLs: remote.urls.join(" "),
    Loops: remote.loops === 0 ? undefined : String(remote.loops),
  });
  if (base !== null) {
    return {
      ...base,
      key: `remote:${remote.remote}`,
      kind,
      reconnects: remote.reconnects,
      facts: [...base.facts, ...more],
    };
  }
  return {
    key: `remote:${remote.remote}`,
    kind,
    name: remote.name,
    account: remote.account,
    ...(remote.state === "connected" ? UNSEEN : dialState(remote)),
    rttMillis: null,
    out: NO_FLOW,
    in: NO_FLOW,
    pendingBytes: 0,
    suppressed: 0,
    dropped: 0,
    reconnects: remote.reconnects,
    facts: more,
  };
}

function leafLink(leaf: Leaf): Link {
  return {
    key: `leaf:${leaf.id}`,
    id: leaf.id,
    // The field tells what we are: nats-server says so of its own end.
    kind: leaf.is_spoke ? "hub" : "spoke",
    name: leaf.name,
    account: leaf.account,
    state: "up",
    why: "",
    since: timeOf(leaf.start),
    nextAttempt: null,
    rttMillis: millisOf(leaf.rtt),
    out: { messages: leaf.out_msgs, bytes: leaf.out_bytes },
    in: { messages: leaf.in_msgs, bytes: leaf.in_bytes },
    pendingBytes: leaf.pending_bytes,
    suppressed: 0,
    dropped: leaf.dropped,
    reconnects: 0,
    facts: facts({
      Account: leaf.account,
      Version: leaf.version,
      Cluster: leaf.remote_cluster,
      Address: `${leaf.ip}:${leaf.port}`,
      TLS: leaf.tls_version ?? "none",
      Transport: leaf.websocket === true ? "WebSocket" : "TCP",
      Compression: compressionText(leaf),
      Interest: `${leaf.subscriptions} subjects`,
      Refused: leaf.refused === 0 ? undefined : `${leaf.refused} messages`,
      "Last error": leaf.last_error,
    }),
  };
}

export function compressionText(leaf: Leaf): string {
  if (leaf.compression === undefined) return "none";
  const ratio = leaf.out_compression_ratio;
  return ratio === undefined ? leaf.compression : `${leaf.compression}, ${ratio.toFixed(1)} : 1`;
}

function facts(all: Readonly<Record<string, string | undefined>>): [string, string][] {
  return Object.entries(all).filter((entry): entry is [string, string] => {
    return entry[1] !== undefined && entry[1] !== "";
  });
}
