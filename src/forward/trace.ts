// One message that is traced: who sent it, to whom it went and to whom it did not, told to the subject that
// it names in `Nats-Trace-Dest`. Source: ADR-41; nats-server 2.15, msgtrace.go.

import { LF } from "../base/ascii.ts";
import { bytesOf, textOf } from "../base/bytes.ts";
import type { Millis } from "../base/clock.ts";
import { Kind } from "../peer/kind.ts";
import type { Session } from "../peer/session.ts";
import { mappedPrefixBytes } from "../subject/reserved.ts";
import { isLiteral, isValidSubject } from "../subject/subject.ts";
import { Frame } from "../wire/frame.ts";

const DESTINATION = "Nats-Trace-Dest";
const DESTINATION_BYTES = bytesOf(`${DESTINATION}:`);
const ONLY = "Nats-Trace-Only";
const HOP = "Nats-Trace-Hop";
/** No subject, so nobody traces it any more. */
const DISABLED = "trace disabled";
const FIRST_LINE = "NATS/1.0\r\n";

/** Kinds as nats-server numbers them. */
const KINDS = {
  [Kind.Client]: 0,
  [Kind.GatewayInbound]: 2,
  [Kind.GatewayOutbound]: 2,
  [Kind.Leaf]: 4,
} as const;

/** From this protocol on, a peer understands what is traced, and sends nothing on that is only traced. */
export const TRACE_PROTO = 3;

export const NOT_SENT = "Not delivered because remote does not support message tracing";
export const NOT_TOLD =
  "Message delivered but remote does not support message tracing so no trace event generated from there";

/** @hot Does the frame's header name a subject for traces? Few headers do, and their lines are few. */
export function isTraced({ buf, payloadFrom, headerBytes }: Frame): boolean {
  const end = payloadFrom + headerBytes - DESTINATION_BYTES.length;
  let at = payloadFrom + FIRST_LINE.length;
  while (at < end) {
    let i = 0;
    while (i < DESTINATION_BYTES.length && buf[at + i] === DESTINATION_BYTES[i]) i++;
    if (i === DESTINATION_BYTES.length) return true;
    const next = buf.indexOf(LF, at);
    if (next < 0) return false;
    at = next + 1;
  }
  return false;
}

/** Where a message left, or would have. */
export interface Egress {
  readonly session: Session;
  readonly name: string;
  /** "" but for servers that tell more themselves. */
  readonly hop: string;
  /** The account that it left in, where that is not the one in which it came. */
  readonly account: string;
  /** Of a client. */
  readonly subject: string;
  readonly queue: string;
  /** Why it did not leave; "" when it did. */
  readonly error: string;
}

export class Trace {
  readonly destination: string;
  /** Nobody is to get it. */
  readonly only: boolean;
  readonly account: number;
  readonly #headers: Readonly<Record<string, string[]>>;
  readonly #hop: string;
  /** Without the time, which is the same for all of them. */
  readonly #events: object[] = [];
  readonly #bytes: number;
  #hops = 0;

  constructor(
    frame: Frame,
    from: Session,
    account: string,
    private readonly now: Millis,
  ) {
    this.#headers = headersOf(frame);
    this.#bytes = frame.size;
    this.account = frame.account;
    this.destination = this.#first(DESTINATION);
    this.only = ["1", "true", "on"].includes(this.#first(ONLY).toLowerCase());
    this.#hop = from.kind === Kind.Client ? "" : this.#first(HOP);
    const name = nameOf(from);
    this.#events.push({
      type: "in",
      kind: KINDS[from.kind],
      cid: from.id,
      ...(name === "" ? {} : { name }),
      acc: account,
      subj: textOf(frame.buf, frame.subjectFrom, frame.subjectTo),
    });
  }

  /** Can it be told to anybody? */
  get isValid(): boolean {
    const bytes = bytesOf(this.destination);
    const { length } = bytes;
    const isMapped = mappedPrefixBytes(bytes, 0, length) > 0;
    return !isMapped && isValidSubject(bytes, 0, length) && isLiteral(bytes, 0, length);
  }

  /** Somebody switched it off on the way. */
  get isOff(): boolean {
    return this.destination === DISABLED;
  }

  /** The name of the next hop: that server tells the rest under it. */
  nextHop(): string {
    this.#hops++;
    return this.#hop === "" ? `${this.#hops}` : `${this.#hop}.${this.#hops}`;
  }

  left({ session, name, hop, account, subject, queue, error }: Egress): void {
    this.#events.push({
      type: "eg",
      kind: KINDS[session.kind],
      cid: session.id,
      ...(name === "" ? {} : { name }),
      ...(hop === "" ? {} : { hop }),
      ...(account === "" ? {} : { acc: account }),
      ...(subject === "" ? {} : { sub: subject }),
      ...(queue === "" ? {} : { queue }),
      ...(error === "" ? {} : { error }),
    });
  }

  /** `server`: who tells it; `time`: how times are written. */
  document(server: object, time: (at: Millis) => string): object {
    const ts = time(this.now);
    return {
      server,
      request: { header: this.#headers, msgsize: this.#bytes },
      ...(this.#hops === 0 ? {} : { hops: this.#hops }),
      events: this.#events.map((event) => ({ ...event, ts })),
    };
  }

  #first(name: string): string {
    return this.#headers[name]?.[0] ?? "";
  }
}

/** The frame as it is sent to a server that tells the rest of its trace. */
export function withHop(frame: Frame, hop: string): Frame {
  return withHeader(frame, HOP, hop);
}

/** The frame as it goes to where its sender is not to look. */
export function withoutTrace(frame: Frame): Frame {
  return withHeader(frame, DESTINATION, DISABLED);
}

function headersOf({ buf, payloadFrom, headerBytes }: Frame): Record<string, string[]> {
  const headers: Record<string, string[]> = Object.create(null);
  const text = Buffer.from(buf.subarray(payloadFrom, payloadFrom + headerBytes)).toString("latin1");
  for (const line of text.split("\r\n").slice(1)) {
    const at = line.indexOf(":");
    const value = line.slice(at + 1).trim();
    if (at <= 0 || value === "") continue;
    headers[line.slice(0, at)] ??= [];
    headers[line.slice(0, at)]!.push(value);
  }
  return headers;
}

/** A copy whose header has this value and no other one under the name. */
function withHeader(frame: Frame, name: string, value: string): Frame {
  const { buf, payloadFrom, headerBytes, size } = frame;
  const text = Buffer.from(buf.subarray(payloadFrom, payloadFrom + headerBytes)).toString("latin1");
  const kept = text.split("\r\n").filter((line) => line !== "" && !line.startsWith(`${name}:`));
  const header = Buffer.from(`${[...kept, `${name}: ${value}`].join("\r\n")}\r\n\r\n`, "latin1");
  const body = buf.subarray(payloadFrom + headerBytes, frame.end);
  const made = Object.assign(new Frame(), frame);
  made.buf = Buffer.concat([buf.subarray(0, payloadFrom), header, body]);
  made.headerBytes = header.length;
  made.size = size - headerBytes + header.length;
  made.end = payloadFrom + header.length + body.length;
  made.canonical = made.tailCanonical = false;
  return made;
}

/** Who stands at the other end. */
export function nameOf(session: Session): string {
  const named = session as Session & { clientName?: string; serverName?: string; remoteName?: string };
  return named.clientName ?? named.serverName ?? named.remoteName ?? "";
}
