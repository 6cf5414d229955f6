// The tests' own reading of NATS lines: written apart from the product's readers, so that they cannot share
// a mistake.

const PAYLOAD_KEPT = 256;
const WITH_PAYLOAD = new Set(["RMSG", "LMSG", "HMSG", "MSG", "PUB", "HPUB"]);

/** One protocol line and, where the line has a size, the payload after it. */
export interface Frame {
  readonly verb: string;
  readonly args: readonly string[];
  /** The line as it came, without its CRLF. */
  readonly line: string;
  /** Bytes of headers and body; 0 for lines without payload. */
  readonly size: number;
  /** The first 256 bytes of the payload, one character a byte. */
  readonly payload: string;
}

/**
 * Cuts a byte stream into frames, however it is chunked. Never throws: what cannot be read becomes a frame
 * as it is.
 */
export class FrameReader {
  readonly frames: Frame[] = [];
  #rest: Buffer = Buffer.alloc(0);

  feed(chunk: Uint8Array): void {
    this.#rest = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (;;) {
      const next = this.#one(at);
      if (next === undefined) break;
      at = next;
    }
    this.#rest = this.#rest.subarray(at);
  }

  #one(at: number): number | undefined {
    const feed = this.#rest.indexOf(10, at);
    if (feed < 0) return undefined;
    const line = this.#rest.toString("latin1", at, feed).replace(/\r$/, "");
    const [verb = "", ...args] = line.split(/[ \t]+/);
    if (!WITH_PAYLOAD.has(verb)) {
      this.frames.push({ verb, args, line, size: 0, payload: "" });
      return feed + 1;
    }
    const size = Number(args.at(-1));
    // Compressed bytes may look like the line of a message; what follows them has no length then.
    if (!Number.isSafeInteger(size) || size < 0) {
      this.frames.push({ verb, args, line, size: 0, payload: "" });
      return feed + 1;
    }
    const end = feed + 1 + size;
    if (this.#rest.length < end + 2) return undefined;
    const payload = this.#rest.toString("latin1", feed + 1, Math.min(end, feed + 1 + PAYLOAD_KEPT));
    this.frames.push({ verb, args, line, size, payload });
    return end + 2;
  }
}

/** Account and subject of a message or interest frame, as the two words after its verb. */
export function isAbout(frame: Frame, account: string, subject: string): boolean {
  return frame.args[0] === account && frame.args[1] === subject;
}

/** The messages among `frames` for a subject of any account. */
export function messagesOn(frames: readonly Frame[], subject: string): Frame[] {
  return frames.filter((f) => (f.verb === "RMSG" || f.verb === "HMSG") && f.args[1] === subject);
}

/** The reply subject of an RMSG or HMSG line; undefined if it has none. */
export function replyOf(frame: Frame): string | undefined {
  const words = frame.args.slice(2, frame.verb === "HMSG" ? -2 : -1);
  if (words[0] === "+") return words[1];
  return words[0] === "|" ? undefined : words[0];
}

/** The queue groups named by an RMSG or HMSG line. */
export function groupsOf(frame: Frame): string[] {
  const words = frame.args.slice(2, frame.verb === "HMSG" ? -2 : -1);
  if (words[0] === "+") return words.slice(2);
  return words[0] === "|" ? words.slice(1) : [];
}

/** The document of an INFO or CONNECT frame. */
export function documentOf(frame: Frame): Record<string, unknown> {
  return JSON.parse(frame.line.slice(frame.line.indexOf("{"))) as Record<string, unknown>;
}
