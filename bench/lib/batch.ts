// The bytes that a connection sends over and over, and where in them a message ends: the load may stop and
// speak of other things only there. With S2 that is the end of a chunk, which holds many messages.

/** Turns the bytes of whole messages into what goes over the wire, all of it readable at once. */
export type Encode = (plain: Uint8Array) => Uint8Array;

/** Plain bytes that are encoded as one: what nats-server has at most when it has read once and flushes. */
const FLUSH_BYTES = 64 << 10;

export class Batch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Messages in all of it. */
  readonly messages: number;
  /** Where a pause is allowed, ascending, and the messages up to there. */
  readonly #ends: readonly number[];
  readonly #messagesTo: readonly number[];

  private constructor(
    bytes: Uint8Array<ArrayBuffer>,
    ends: readonly number[],
    messagesTo: readonly number[],
  ) {
    this.bytes = bytes;
    this.#ends = ends;
    this.#messagesTo = messagesTo;
    this.messages = messagesTo.at(-1) ?? 0;
  }

  /** Messages of `frameBytes` each, as they are. */
  static plain(bytes: Uint8Array<ArrayBuffer>, frameBytes: number): Batch {
    const counts = Array.from({ length: bytes.length / frameBytes }, (_, at) => at + 1);
    return new Batch(
      bytes,
      counts.map((count) => count * frameBytes),
      counts,
    );
  }

  /** The same messages encoded, as many at once as a server flushes at once. */
  static encoded(plain: Uint8Array, frameBytes: number, encode: Encode): Batch {
    const step = Math.max(1, Math.floor(FLUSH_BYTES / frameBytes)) * frameBytes;
    const pieces: Uint8Array[] = [];
    const ends: number[] = [];
    const messagesTo: number[] = [];
    for (let from = 0; from < plain.length; from += step) {
      const to = Math.min(from + step, plain.length);
      const piece = encode(plain.subarray(from, to));
      pieces.push(piece);
      ends.push((ends.at(-1) ?? 0) + piece.length);
      messagesTo.push(to / frameBytes);
    }
    return new Batch(new Uint8Array(Buffer.concat(pieces)), ends, messagesTo);
  }

  /** Mean bytes of a message on the wire. */
  get messageBytes(): number {
    return this.bytes.length / this.messages;
  }

  /** Messages wholly within the first `bytes` bytes when the batch is sent over and over. */
  messagesWithin(bytes: number): number {
    const turns = Math.floor(bytes / this.bytes.length);
    const inTurn = this.#endsWithin(bytes - turns * this.bytes.length);
    return turns * this.messages + (inTurn === 0 ? 0 : this.#messagesTo[inTurn - 1]!);
  }

  /** How many bytes behind `bytes` the next pause is allowed; 0 when one is allowed right there. */
  bytesToPause(bytes: number): number {
    const inTurn = bytes % this.bytes.length;
    const ended = this.#endsWithin(inTurn);
    const lastEnd = ended === 0 ? 0 : this.#ends[ended - 1]!;
    return inTurn === lastEnd ? 0 : this.#ends[ended]! - inTurn;
  }

  /** Bytes from the start to the first pause behind at least `messages` messages. */
  bytesFor(messages: number): number {
    const turns = Math.floor(messages / this.messages);
    const inTurn = messages - turns * this.messages;
    const end = inTurn === 0 ? 0 : this.#ends[this.#messagesTo.findIndex((count) => count >= inTurn)]!;
    return turns * this.bytes.length + end;
  }

  /** How many of the ends lie within the first `bytes` bytes. */
  #endsWithin(bytes: number): number {
    let low = 0;
    let high = this.#ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ends[middle]! <= bytes) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
