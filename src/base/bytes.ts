// Byte helpers for the control plane, and the copy that the data plane is made of.

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: false });

/** Twice as fast as a decoder, and right for ASCII. */
const latin1Of = (Buffer.prototype as unknown as { latin1Slice: (from: number, to: number) => string })
  .latin1Slice;

/** UTF-8 bytes of a string. */
export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The text of a byte range; bytes that are not UTF-8 become U+FFFD. Control plane only. */
export function textOf(buf: Uint8Array, from = 0, to = buf.length): string {
  for (let i = from; i < to; i++) if (buf[i]! >= 0x80) return decoder.decode(buf.subarray(from, to));
  return latin1Of.call(buf, from, to);
}

/** True when the range holds exactly `expected`. */
export function rangeEquals(buf: Uint8Array, from: number, to: number, expected: Uint8Array): boolean {
  const length = expected.length;
  if (to - from !== length) return false;
  for (let i = 0; i < length; i++) if (buf[from + i] !== expected[i]) return false;
  return true;
}

/** Below this many bytes a loop is cheaper than a call into the engine. Measured: bench/wire/copy.ts. */
const LOOP_BYTES = 24;

/** @hot Copies source[from, to) to target[at, …); answers the new end. Ranges may be of one buffer. */
export function copyBytes(
  source: Uint8Array,
  from: number,
  to: number,
  target: Uint8Array,
  at: number,
): number {
  const length = to - from;
  if (length <= LOOP_BYTES) {
    for (let i = 0; i < length; i++) target[at + i] = source[from + i]!;
  } else if (source === target) {
    target.copyWithin(at, from, to);
  } else {
    target.set(source.subarray(from, to), at);
  }
  return at + length;
}
