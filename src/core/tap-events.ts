// What crosses a link as events for people and tools: frames that were read, and lines that were written.

import { bytesOf, textOf } from "../base/bytes.ts";
import { Kind } from "../peer/kind.ts";
import type { Session } from "../peer/session.ts";
import type { Frame } from "../wire/frame.ts";
import { OP_VERBS, Op } from "../wire/op.ts";

export interface TapEvent {
  readonly dir: "in" | "out";
  readonly verb: string;
  /** Of a message or of interest; "" where there is none. */
  readonly account: string;
  readonly subject: string;
  /** Control lines as they are; those with credentials are left out. */
  readonly args?: string;
  readonly reply?: string;
  readonly queues?: readonly string[];
  /** Bytes of header block and payload together, and of the header block. */
  readonly size?: number;
  readonly header_bytes?: number;
  /** Header block and payload; good until the event was told. */
  readonly payload?: Uint8Array;
}

const MESSAGES: Record<Kind, readonly [plain: string, headers: string]> = {
  [Kind.Client]: ["PUB", "HPUB"],
  [Kind.GatewayInbound]: ["RMSG", "HMSG"],
  [Kind.GatewayOutbound]: ["RMSG", "HMSG"],
  [Kind.Leaf]: ["LMSG", "HMSG"],
};

const INTEREST: Record<Kind, readonly [wanted: string, unwanted: string]> = {
  [Kind.Client]: ["SUB", "UNSUB"],
  [Kind.GatewayInbound]: ["RS+", "RS-"],
  [Kind.GatewayOutbound]: ["RS+", "RS-"],
  [Kind.Leaf]: ["LS+", "LS-"],
};

const HIDDEN = "…";

/** null for what is no line of its own. */
export function readEvent(session: Session, op: Op, frame: Frame, own: string): TapEvent | null {
  if (op === Op.Message) return readMessage(session, frame, own);
  if (op === Op.Starved || op === Op.Broken) return null;
  const { buf, lineFrom, lineTo } = frame;
  const [wanted, unwanted] = INTEREST[session.kind];
  const verb = op === Op.Subscribe ? wanted : op === Op.Unsubscribe ? unwanted : OP_VERBS[op];
  return control("in", verb, textOf(buf, lineFrom, lineTo), own);
}

function readMessage({ kind }: Session, frame: Frame, own: string): TapEvent {
  const { buf, accountFrom, accountTo, subjectFrom, subjectTo, replyFrom, replyTo } = frame;
  const { queuesFrom, queuesTo, headerBytes, size, payloadFrom } = frame;
  const isGateway = kind === Kind.GatewayInbound;
  return {
    dir: "in",
    verb: MESSAGES[kind][headerBytes >= 0 ? 1 : 0],
    account: isGateway ? textOf(buf, accountFrom, accountTo) : own,
    subject: textOf(buf, subjectFrom, subjectTo),
    ...(replyTo > replyFrom ? { reply: textOf(buf, replyFrom, replyTo) } : {}),
    ...(queuesTo > queuesFrom ? { queues: textOf(buf, queuesFrom, queuesTo).split(" ") } : {}),
    size,
    ...(headerBytes > 0 ? { header_bytes: headerBytes } : {}),
    payload: buf.subarray(payloadFrom, payloadFrom + size),
  };
}

const LINE_END = bytesOf("\r\n");

/** A piece has whole lines, one or many. */
export function* writtenEvents({ kind }: Session, piece: Uint8Array, own: string): Generator<TapEvent> {
  const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(LINE_END, at);
    if (end < 0) return;
    const words = textOf(bytes, at, end).trimEnd().split(" ");
    const verb = words[0]!;
    at = end + LINE_END.length;
    if (!/^[RLH]?MSG$/.test(verb)) {
      yield control("out", verb, words.slice(1).join(" "), own);
      continue;
    }
    const hasHeaders = verb === "HMSG";
    const size = Number(words.at(-1));
    const rest = words.slice(1, hasHeaders ? -2 : -1);
    const account = kind === Kind.GatewayOutbound ? rest.shift()! : own;
    yield {
      dir: "out",
      verb,
      account,
      subject: rest[0]!,
      ...receivers(kind, rest.slice(1)),
      size,
      ...(hasHeaders ? { header_bytes: Number(words.at(-2)) } : {}),
      payload: bytes.subarray(at, at + size),
    };
    at += size + LINE_END.length;
  }
}

/** What stands between subject and sizes: `[sid] [reply]` to a client, `[reply]`, `+ reply queues` or
 *  `| queues` to servers. */
function receivers(kind: Kind, words: readonly string[]): Partial<TapEvent> {
  if (kind === Kind.Client) return words.length > 1 ? { reply: words[1]! } : {};
  if (words[0] === "|") return { queues: words.slice(1) };
  if (words[0] === "+") return { reply: words[1]!, queues: words.slice(2) };
  return words.length > 0 ? { reply: words[0]! } : {};
}

function control(dir: "in" | "out", verb: string, args: string, own: string): TapEvent {
  const words = args.split(" ");
  const isInterest = /^(?:SUB|[RL]S[+-])$/.test(verb);
  const named = verb.startsWith("RS") || verb.startsWith("A");
  return {
    dir,
    verb,
    account: named ? words[0]! : own,
    subject: isInterest ? (words[named ? 1 : 0] ?? "") : "",
    args: verb === "CONNECT" ? HIDDEN : args,
  };
}
