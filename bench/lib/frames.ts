// What the generator sends and what must arrive for it. All messages of a case have one size, so the sink
// counts by size; every message is built before the clock starts, so the generator only writes.

import { type Content, payloadOf, variantsOf } from "./payloads.ts";

/** What a connection of the load plays. */
export type Peer = "client" | "gateway" | "leaf" | "raw";

/** Which way the messages go through the system under test. */
export type Direction =
  | "client-to-gateway"
  | "gateway-to-client"
  | "leaf-to-gateway"
  | "gateway-to-leaf"
  | "leaf-to-leaf"
  | "leaf-to-client"
  | "client-to-leaf"
  /** Through a relay that knows no protocol: the frames of a gateway, without a handshake. */
  | "raw-to-raw";

/** Of the leaf connections; the level is the sender's, and both ends are configured with it. */
export type Compression = "off" | "s2_uncompressed" | "s2_fast" | "s2_better" | "s2_best";

/** One load: how many connections send or receive `size` bytes of payload over how many subjects. */
export interface LoadSpec {
  readonly direction: Direction;
  /** Payload bytes. */
  readonly size: number;
  /** Literal subjects that are published to; at most a million. */
  readonly subjects: number;
  /** The receivers want all of them by one wildcard instead of one by one. */
  readonly wildcard?: boolean;
  /** Client or leaf connections, sending and receiving; the gateway connection is always one. */
  readonly connections: number;
  /** Queue groups that want the messages, and are named with each of them; none means plain interest. Not for
   *  clients, who get a message for each group. */
  readonly queues?: readonly string[];
  /** So many processes of the system dial the load's gateway; 1 when not said. */
  readonly processes?: number;
  /** So many clients want every message; 1 when not said. To clients alone, and `connections` is as many. */
  readonly fanout?: number;
  /** Each message asks for a reply, to a subject that nobody has just subscribed to. */
  readonly reply?: boolean;
  /** Each message has a header of a line. */
  readonly headers?: boolean;
  /** Whose connections are TLS from the first byte: those of the clients, or those of the gateway. */
  readonly tls?: "client" | "gateway";
  /** "text" when not said: the same payload in every message. */
  readonly content?: Content;
  /** "off" when not said. */
  readonly compression?: Compression;
}

export const ACCOUNT = "$G";

/** Of all connections together, and of one. */
const BATCHES_BYTES_MIN = 32 << 20;
const BATCH_BYTES_MIN = 1 << 20;
const CRLF = "\r\n";

/** Subjects and subscription ids start here, so all of them have as many digits. */
const FIRST_NUMBER = 10_000;
const FIRST_NUMBER_OF_MANY = 1_000_000;
const MANY = 90_000;
const WILDCARD = "bench.orders.*";
const REPLY = "_INBOX.bench.reply";
const HEADER = `NATS/1.0${CRLF}Bench: a header${CRLF}${CRLF}`;

/** The processes that dial the gateway of the load. */
export function processesOf(spec: LoadSpec): number {
  return spec.processes ?? 1;
}

export function peersOf(direction: Direction): { from: Peer; to: Peer } {
  const [from, to] = direction.split("-to-") as [Peer, Peer];
  return { from, to };
}

/** Clients that get each message. */
export function copiesOf(spec: LoadSpec): number {
  return spec.fanout ?? 1;
}

function subjectOf(spec: LoadSpec, index: number): string {
  return `bench.orders.${(spec.subjects > MANY ? FIRST_NUMBER_OF_MANY : FIRST_NUMBER) + index}`;
}

function sidOf(spec: LoadSpec, index: number): string {
  return String(FIRST_NUMBER + (spec.wildcard === true ? 0 : index));
}

/** What a client subscribes to for these subjects: subject and subscription id. */
export function subscriptionsOf(spec: LoadSpec, indexes: readonly number[]): [string, string][] {
  if (spec.wildcard === true) return [[WILDCARD, sidOf(spec, 0)]];
  return indexes.map((index) => [subjectOf(spec, index), sidOf(spec, index)]);
}

/** What a gateway or a leaf is told of and tells: "subject", or "subject queue" for each queue group. */
export function interestOf(spec: LoadSpec, indexes: readonly number[]): string[] {
  if (spec.wildcard === true) return [WILDCARD];
  const queues = spec.queues ?? [];
  return indexes.flatMap((index) => {
    const subject = subjectOf(spec, index);
    return queues.length === 0 ? [subject] : queues.map((queue) => `${subject} ${queue}`);
  });
}

/** The message `at` places behind the first of its connection, as the generator sends it. */
export function sentText(spec: LoadSpec, index: number, at: number): string {
  const { from } = peersOf(spec.direction);
  const subject = subjectOf(spec, index);
  if (from === "client") return textOf(`${spec.headers === true ? "HPUB" : "PUB"} ${subject}`, spec, at);
  return textOf(relayed(from, subject, spec), spec, at);
}

/** The same message as it must arrive at the sink. */
export function arrivingText(spec: LoadSpec, index: number, at: number): string {
  const { to } = peersOf(spec.direction);
  const subject = subjectOf(spec, index);
  if (to === "client") {
    const verb = spec.headers === true ? "HMSG" : "MSG";
    return textOf(`${verb} ${subject} ${sidOf(spec, index)}`, spec, at);
  }
  return textOf(relayed(to, subject, spec), spec, at);
}

/** The message with its queue groups in order: in which order a system names them is left to it. */
export function canonical(spec: LoadSpec, text: string): string {
  if (spec.queues === undefined) return text;
  return text.replace(/^([^\r]*) \| ([^\r]*) (\d+)\r/, (_, head: string, queues: string, size: string) => {
    const ordered = queues.split(" ").sort().join(" ");
    return `${head} | ${ordered} ${size}\r`;
  });
}

/** What a message begins with at each kind of sink, and no control line that such a sink may get. */
export function markOf({ direction, headers }: LoadSpec): string {
  if (headers === true) return "H";
  return { client: "M", gateway: "R", leaf: "LM", raw: "R" }[peersOf(direction).to];
}

/**
 * The subjects of one connection out of `spec.connections`: its own share, or the only subject there is.
 * They are shuffled with a fixed seed: an order that no cache can guess, and the same in every run.
 */
export function shareOf(spec: LoadSpec, connection: number, connections: number): number[] {
  if (spec.subjects < connections) return [connection % spec.subjects];
  const share: number[] = [];
  for (let index = connection; index < spec.subjects; index += connections) share.push(index);
  let seed = 0x2545f491;
  for (let at = share.length - 1; at > 0; at--) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    const other = seed % (at + 1);
    [share[at], share[other]] = [share[other]!, share[at]!];
  }
  return share;
}

/** Whole turns through `share`, a mebibyte of them or, of many connections, less: to write over and over. */
export function messagesOf(spec: LoadSpec, share: readonly number[]): Uint8Array<ArrayBuffer> {
  const count = periodOf(spec, share);
  const period = Array.from({ length: count }, (_, at) => sentText(spec, share[at % share.length]!, at));
  const bytes = Buffer.from(period.join(""), "latin1");
  const least = Math.min(BATCH_BYTES_MIN, BATCHES_BYTES_MIN / spec.connections);
  const times = Math.ceil(least / bytes.length);
  const batch = new Uint8Array(bytes.length * times);
  for (let at = 0; at < times; at++) batch.set(bytes, at * bytes.length);
  return batch;
}

/** After so many messages of a connection the same come again. */
export function periodOf(spec: LoadSpec, share: readonly number[]): number {
  const variants = variantsOf(spec.content ?? "text", spec.size);
  return share.length * Math.ceil(variants / share.length);
}

function relayed(peer: Peer, subject: string, spec: LoadSpec): string {
  const plain = peer === "leaf" ? "LMSG" : "RMSG";
  const verb = spec.headers === true ? "HMSG" : plain;
  const head = peer === "leaf" ? `${verb} ${subject}` : `${verb} ${ACCOUNT} ${subject}`;
  const queues = spec.queues ?? [];
  return queues.length === 0 ? head : `${head} | ${queues.join(" ")}`;
}

/** The size that is named is that of the payload; a header comes on top of it. */
function textOf(head: string, spec: LoadSpec, at: number): string {
  const reply = spec.reply === true ? ` ${REPLY}` : "";
  const payload = payloadOf(spec.content ?? "text", spec.size, at);
  if (spec.headers !== true) return `${head}${reply} ${spec.size}${CRLF}${payload}${CRLF}`;
  const sizes = `${HEADER.length} ${HEADER.length + spec.size}`;
  return `${head}${reply} ${sizes}${CRLF}${HEADER}${payload}${CRLF}`;
}
