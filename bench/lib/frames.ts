// What the generator sends and what must arrive for it. All messages of a case have one wire size, so the
// sink counts by size; every message is built before the clock starts, so the generator only writes.

/** Which way the messages go through the system under test. */
export type Direction = "client-to-gateway" | "gateway-to-client";

/** One load: how many connections send or receive `size` bytes of payload over how many subjects. */
export interface LoadSpec {
  readonly direction: Direction;
  /** Payload bytes. */
  readonly size: number;
  /** Literal subjects; at most 90,000. */
  readonly subjects: number;
  /** Client connections, publishing or subscribed; the gateway connection is always one. */
  readonly connections: number;
}

export const ACCOUNT = "$G";

const BATCH_BYTES_MIN = 1 << 20;
const CRLF = "\r\n";
const encoder = new TextEncoder();

/** Subjects and subscription ids start here, so all of them have as many digits. */
const FIRST_NUMBER = 10_000;

export function subjectOf(index: number): string {
  return `bench.orders.${FIRST_NUMBER + index}`;
}

export function sidOf(index: number): string {
  return String(FIRST_NUMBER + index);
}

/** Printable, and different at each place, so that a shifted or truncated payload is seen. */
export function payloadOf(size: number): string {
  return Array.from({ length: size }, (_, at) => String.fromCharCode(33 + (at % 89))).join("");
}

/** A message as the generator sends it. */
export function sentText(spec: LoadSpec, index: number): string {
  const head =
    spec.direction === "client-to-gateway"
      ? `PUB ${subjectOf(index)} ${spec.size}`
      : `RMSG ${ACCOUNT} ${subjectOf(index)} ${spec.size}`;
  return head + CRLF + payloadOf(spec.size) + CRLF;
}

/** The same message as it must arrive at the sink. */
export function arrivingText(spec: LoadSpec, index: number): string {
  const head =
    spec.direction === "client-to-gateway"
      ? `RMSG ${ACCOUNT} ${subjectOf(index)} ${spec.size}`
      : `MSG ${subjectOf(index)} ${sidOf(index)} ${spec.size}`;
  return head + CRLF + payloadOf(spec.size) + CRLF;
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
export function batchOf(spec: LoadSpec, share: readonly number[]): Uint8Array<ArrayBuffer> {
  const turn = encoder.encode(share.map((index) => sentText(spec, index)).join(""));
  const turns = Math.ceil(BATCH_BYTES_MIN / turn.length);
  const batch = new Uint8Array(turn.length * turns);
  for (let at = 0; at < turns; at++) batch.set(turn, at * turn.length);
  return batch;
}
