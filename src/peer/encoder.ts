// What may stand between an egress and its transport: bytes are written as ever, and leave in another shape.

export interface Encoder {
  /** The most bytes that `length` bytes can become. */
  maxBytes(length: number): number;
  /** Writes what buf[from, to) becomes at `at` of target, with room for maxBytes; answers the new end. The
   *  far end can read all of it at once. */
  encode(buf: Uint8Array, from: number, to: number, target: Uint8Array, at: number): number;
}
