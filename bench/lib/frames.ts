// What the generator sends and what must arrive for it. All messages of a case have one size, so the sink
// counts by size; every message is built before the clock starts, so the generator only writes.

import { type Content, payloadOf, variantsOf } from "./payloads.ts";

/** What a connection of the load plays. */
export type Peer = "client" | "gateway" | "leaf";

/** Which way the messages go through the system under test. */
export type Direction =
  | "client-to-gateway"
  | "gateway-to-client"
  | "leaf-to-gateway"
  | "gateway-to-leaf"
  | "leaf-to-leaf"
  | "leaf-to-client"
  | "client-to-leaf";

/** Of the leaf connections; the level is the sender's, and both ends are configured with it. */
export type Compression = "off" | "s2_uncompressed" | "s2_fast" | "s2_better" | "s2_best";

/** One load: how many connections send or receive `size` bytes of payload over how many subjects. */
export interface LoadSpec {
  readonly direction: Direction;
  /** Payload bytes. */
  readonly size: number;
  /** Literal subjects; at most 90,000. */
  readonly subjects: number;
  /** Client or leaf connections, sending and receiving; the gateway connection is always one. */
  readonly connections: number;
  /** Queue groups that want the messages, and are named with each of them; none means plain interest. Not for
   *  clients, who get a message for each group. */
  readonly queues?: readonly string[];
  /** "text" when not said: the same payload in every message. */
  readonly content?: Content;
  /** "off" when not said. */
  readonly compression?: Compression;
}

export const ACCOUNT = "$G";

const BATCH_BYTES_MIN = 1 << 20;
const CRLF = "\r\n";

/** Subjects and subscription ids start here, so all of them have as many digits. */
const FIRST_NUMBER = 10_000;

export function peersOf(direction: Direction): { from: Peer; to: Peer } {
  const [from, to] = direction.split("-to-") as [Peer, Peer];
  return { from, to };
}

export function subjectOf(index: number): string {
  return `bench.orders.${FIRST_NUMBER + index}`;
}

export function sidOf(index: number): string {
  return String(FIRST_NUMBER + index);
}

/** What a gateway or a leaf is told of and tells: "subject", or "subject queue" for each queue group. */
export function interestOf(spec: LoadSpec, indexes: readonly number[]): string[] {
  const queues = spec.queues ?? [];
  return indexes.flatMap((index) => {
    const subject = subjectOf(index);
    return queues.length === 0 ? [subject] : queues.map((queue) => `${subject} ${queue}`);
  });
}

/** The message `at` places behind the first of its connection, as the generator sends it. */
export function sentText(spec: LoadSpec, index: number, at: number): string {
  const { from } = peersOf(spec.direction);
  const subject = subjectOf(index);
  if (from === "client") return textOf(`PUB ${subject}`, spec, at);
  return textOf(relayed(from, subject, spec), spec, at);
}

/** The same message as it must arrive at the sink. */
export function arrivingText(spec: LoadSpec, index: number, at: number): string {
  const { to } = peersOf(spec.direction);
  const subject = subjectOf(index);
  if (to === "client") return textOf(`MSG ${subject} ${sidOf(index)}`, spec, at);
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
export function markOf(to: Peer): string {
  return { client: "M", gateway: "R", leaf: "LM" }[to];
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

/** Whole turns through `share`, at least a mebibyte of them, ready to be written over and over. */
export function messagesOf(spec: LoadSpec, share: readonly number[]): Uint8Array<ArrayBuffer> {
  const count = periodOf(spec, share);
  const period = Array.from({ length: count }, (_, at) => sentText(spec, share[at % share.length]!, at));
  const bytes = Buffer.from(period.join(""), "latin1");
  const times = Math.ceil(BATCH_BYTES_MIN / bytes.length);
  const batch = new Uint8Array(bytes.length * times);
  for (let at = 0; at < times; at++) batch.set(bytes, at * bytes.length);
  return batch;
}

/** After so many messages of a connection the same come again. */
export function periodOf(spec: LoadSpec, share: readonly number[]): number {
  const variants = variantsOf(spec.content ?? "text", spec.size);
  return share.length * Math.ceil(variants / share.length);
}

function relayed(peer: "gateway" | "leaf", subject: string, spec: LoadSpec): string {
  const head = peer === "gateway" ? `RMSG ${ACCOUNT} ${subject}` : `LMSG ${subject}`;
  const queues = spec.queues ?? [];
  return queues.length === 0 ? head : `${head} | ${queues.join(" ")}`;
}

function textOf(head: string, spec: LoadSpec, at: number): string {
  return `${head} ${spec.size}${CRLF}${payloadOf(spec.content ?? "text", spec.size, at)}${CRLF}`;
}
