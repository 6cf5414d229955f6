// One look at a box for `isthmus top`, and what changed between two: rates of links, accounts and clients.

import type { Box } from "./box.ts";

/** How many clients are compared. */
const CLIENTS_MAX = 512;

/** Counts since it began, in both directions as the box sees them. */
interface Counts {
  readonly inMsgs: number;
  readonly outMsgs: number;
  readonly inBytes: number;
  readonly outBytes: number;
}

export interface Line extends Counts {
  /** Unique among lines of its kind. */
  readonly key: string;
  readonly name: string;
  readonly kind: "gateway" | "hub" | "leaf" | "account" | "client";
  readonly state: string;
  readonly rtt: string;
  readonly pendingBytes: number;
  /** Interest modes of a gateway's accounts; role and account of a leaf. */
  readonly mode: string;
}

export interface Sample {
  readonly atMillis: number;
  readonly server: { readonly name: string; readonly version: string; readonly uptime: string };
  readonly cpuPercent: number;
  readonly memBytes: number;
  readonly connections: number;
  readonly subscriptions: number;
  readonly slowConsumers: number;
  readonly isLame: boolean;
  readonly links: readonly Line[];
  readonly accounts: readonly Line[];
  readonly clients: readonly Line[];
}

/** The same with what a second brings. */
export type Rated = Line & { readonly rate: Counts };

interface Connection {
  readonly cid?: number;
  readonly name?: string;
  readonly ip?: string;
  readonly port?: number;
  readonly rtt?: string;
  readonly pending_bytes?: number;
  readonly in_msgs: number;
  readonly out_msgs: number;
  readonly in_bytes: number;
  readonly out_bytes: number;
}

interface GatewayLink {
  readonly state?: string;
  readonly connection: Connection;
  readonly accounts?: readonly { readonly interest_mode: string }[];
}

interface Leaf extends Connection {
  readonly id: number;
  readonly name: string;
  readonly account: string;
  readonly is_spoke: boolean;
}

/** Throws ToolError. */
export async function sample(box: Box): Promise<Sample> {
  const [varz, gatewayz, leafz, accstatz, connz] = (await Promise.all([
    box.get("/varz"),
    box.get("/gatewayz?accs=1"),
    box.get("/leafz"),
    box.get("/accstatz"),
    box.get(`/connz?sort=bytes_to&limit=${CLIENTS_MAX}`),
  ])) as [Varz, Gatewayz, Leafz, Accstatz, { readonly connections: readonly Connection[] }];
  return {
    atMillis: performance.now(),
    server: { name: varz.server_name, version: varz.metadata.product_version, uptime: varz.uptime },
    cpuPercent: varz.cpu,
    memBytes: varz.mem,
    connections: varz.connections,
    subscriptions: varz.subscriptions,
    slowConsumers: varz.slow_consumers,
    isLame: varz.lame_duck_mode === true,
    links: [...gatewayLines(gatewayz), ...leafLines(leafz)],
    accounts: accstatz.account_statz.map(accountLine),
    clients: connz.connections.map(clientLine),
  };
}

interface Varz {
  readonly server_name: string;
  readonly uptime: string;
  readonly cpu: number;
  readonly mem: number;
  readonly connections: number;
  readonly subscriptions: number;
  readonly slow_consumers: number;
  readonly lame_duck_mode?: boolean;
  readonly metadata: { readonly product_version: string };
}

interface Gatewayz {
  readonly outbound_gateways: Readonly<Record<string, GatewayLink>>;
  readonly inbound_gateways: Readonly<Record<string, readonly GatewayLink[]>>;
}

interface Leafz {
  readonly leafs: readonly Leaf[];
  readonly remotes?: readonly { readonly name: string; readonly state: string; readonly account: string }[];
}

interface Accstatz {
  readonly account_statz: readonly Account[];
}

interface Account {
  readonly acc: string;
  readonly conns: number;
  readonly leafnodes: number;
  readonly sent: { readonly msgs: number; readonly bytes: number };
  readonly received: { readonly msgs: number; readonly bytes: number };
}

/** What leaves goes by the outbound connection, and what comes by the inbound ones. */
function gatewayLines({ outbound_gateways: outbound, inbound_gateways: inbound }: Gatewayz): Line[] {
  const names = new Set([...Object.keys(outbound), ...Object.keys(inbound)]);
  return [...names].map((name) => {
    const out = outbound[name];
    const into = inbound[name] ?? [];
    const sum = (count: (one: Connection) => number) =>
      into.reduce((total, { connection }) => total + count(connection), 0);
    return {
      key: name,
      name,
      kind: "gateway",
      state: out?.state ?? "inbound only",
      rtt: out?.connection.rtt ?? "",
      pendingBytes: out?.connection.pending_bytes ?? 0,
      mode: modesOf(out?.accounts ?? []),
      inMsgs: sum((one) => one.in_msgs),
      inBytes: sum((one) => one.in_bytes),
      outMsgs: out?.connection.out_msgs ?? 0,
      outBytes: out?.connection.out_bytes ?? 0,
    };
  });
}

/** `3 Interest-Only, 1 Optimistic`. */
function modesOf(accounts: NonNullable<GatewayLink["accounts"]>): string {
  const counts = new Map<string, number>();
  for (const { interest_mode: mode } of accounts) counts.set(mode, (counts.get(mode) ?? 0) + 1);
  return [...counts].map(([mode, count]) => `${count} ${mode}`).join(", ");
}

function leafLines({ leafs, remotes = [] }: Leafz): Line[] {
  const up: Line[] = leafs.map((leaf) => ({
    ...connectionLine(leaf),
    key: `leaf ${leaf.id}`,
    name: leaf.name,
    kind: leaf.is_spoke ? "hub" : "leaf",
    state: "connected",
    mode: `account ${leaf.account}`,
  }));
  const down: Line[] = remotes
    .filter(({ state }) => state !== "connected")
    .map(({ name, state, account }) => ({
      ...NOTHING,
      key: `remote ${name} ${account}`,
      name,
      kind: "hub",
      state,
      mode: `account ${account}`,
    }));
  return [...up, ...down];
}

const NOTHING = { rtt: "", pendingBytes: 0, inMsgs: 0, inBytes: 0, outMsgs: 0, outBytes: 0 };

function connectionLine(one: Connection): typeof NOTHING {
  return {
    rtt: one.rtt ?? "",
    pendingBytes: one.pending_bytes ?? 0,
    inMsgs: one.in_msgs,
    inBytes: one.in_bytes,
    outMsgs: one.out_msgs,
    outBytes: one.out_bytes,
  };
}

function accountLine({ acc, conns, leafnodes, sent, received }: Account): Line {
  return {
    ...NOTHING,
    key: acc,
    name: acc,
    kind: "account",
    state: "",
    mode: `${conns} clients, ${leafnodes} leafs`,
    inMsgs: received.msgs,
    inBytes: received.bytes,
    outMsgs: sent.msgs,
    outBytes: sent.bytes,
  };
}

function clientLine(one: Connection): Line {
  return {
    ...connectionLine(one),
    key: String(one.cid),
    name: one.name ?? "",
    kind: "client",
    state: `${one.ip}:${one.port}`,
    mode: `cid:${one.cid}`,
  };
}

/** Those of `now` with the rate since `before`, most bytes first; none of what has just come is guessed. */
export function rated(before: readonly Line[], now: readonly Line[], seconds: number): Rated[] {
  const known = new Map(before.map((line) => [line.key, line]));
  const lines = now.map((line) => {
    const past = known.get(line.key) ?? line;
    const per = (key: keyof Counts) => Math.max(0, line[key] - past[key]) / seconds;
    const rate = {
      inMsgs: per("inMsgs"),
      outMsgs: per("outMsgs"),
      inBytes: per("inBytes"),
      outBytes: per("outBytes"),
    };
    return { ...line, rate };
  });
  const weight = ({ rate }: Rated) => rate.inBytes + rate.outBytes;
  return lines.sort((a, b) => weight(b) - weight(a));
}
