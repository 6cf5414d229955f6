// What a reader found, as plain values that can be compared: taken out of the frame before the next one is
// read.

import { Arena } from "../../src/base/arena.ts";
import { NameTable } from "../../src/base/intern.ts";
import { ClientReader } from "../../src/wire/client-reader.ts";
import type { FaultName } from "../../src/wire/fault.ts";
import { Frame } from "../../src/wire/frame.ts";
import { GatewayReader } from "../../src/wire/gateway-reader.ts";
import { Op } from "../../src/wire/op.ts";
import type { Scanner } from "../../src/wire/scanner.ts";
import { latin } from "./bytes.ts";

export const SEED = 0x5eed;
const POOL_BYTES = 1024 * 1024;
/** One for all tests of a file: a reader must not mind what others leave in it. */
const arena = new Arena(POOL_BYTES);

/** What all readers of one appliance share. */
export class Desk {
  readonly frame = new Frame();
  readonly accounts = new NameTable(SEED, 1_000);

  constructor(accounts: readonly string[] = ["ACC", "$G", "$SYS"]) {
    for (const name of accounts) this.accounts.intern(name);
  }

  gateway(payloadMax = 64 * 1024 * 1024): GatewayReader {
    const reader = new GatewayReader(this.frame, arena, this.accounts, SEED);
    reader.payloadMax = payloadMax;
    return reader;
  }

  client(account = 1, accountHash = 77, payloadMax = 1024 * 1024): ClientReader {
    const reader = new ClientReader(this.frame, arena);
    reader.payloadMax = payloadMax;
    reader.lineMax = 4096;
    reader.account = account;
    reader.accountHash = accountHash;
    return reader;
  }
}

const NAMES = new Map<number, string>(Object.entries(Op).map(([name, op]) => [op, name]));

export interface Message {
  op: "Message";
  account: number;
  accountText: string;
  subject: string;
  reply: string;
  queues: string;
  headerBytes: number;
  payload: string;
  hash: number;
  canonical: boolean;
  /** [subjectFrom, end): what may be sent on as it is when the frame is canonical. */
  onward: string;
}

export interface Interest {
  op: "Subscribe" | "Unsubscribe";
  accountText: string;
  subject: string;
  queue: string;
}

export interface Line {
  op: string;
  args: string;
}

export interface Fault {
  op: "Broken";
  fault: FaultName;
  offset: number;
}

export type Reading = Message | Interest | Line | Fault;

export type Take = (op: Op, reader: Scanner) => Reading;

function takeMessage({ frame }: Scanner): Message {
  const { buf } = frame;
  return {
    op: "Message",
    account: frame.account,
    accountText: latin(buf, frame.accountFrom, frame.accountTo),
    subject: latin(buf, frame.subjectFrom, frame.subjectTo),
    reply: latin(buf, frame.replyFrom, frame.replyTo),
    queues: latin(buf, frame.queuesFrom, frame.queuesTo),
    headerBytes: frame.headerBytes,
    payload: latin(buf, frame.payloadFrom, frame.payloadFrom + frame.size),
    hash: frame.hash,
    canonical: frame.canonical,
    onward: latin(buf, frame.subjectFrom, frame.end),
  };
}

function takeLine(op: Op, { frame }: Scanner): Line {
  return { op: NAMES.get(op)!, args: latin(frame.buf, frame.lineFrom, frame.lineTo) };
}

function takeFault(reader: Scanner): Fault {
  return { op: "Broken", fault: reader.fault, offset: reader.where("peer").offset };
}

/** Reads gateway lines: RS+ and RS- by their slots. */
export const takeGateway: Take = (op, reader) => {
  if (op === Op.Broken) return takeFault(reader);
  if (op === Op.Message) return takeMessage(reader);
  if (op !== Op.Subscribe && op !== Op.Unsubscribe) return takeLine(op, reader);
  const { frame } = reader;
  return {
    op: op === Op.Subscribe ? "Subscribe" : "Unsubscribe",
    accountText: latin(frame.buf, frame.accountFrom, frame.accountTo),
    subject: latin(frame.buf, frame.subjectFrom, frame.subjectTo),
    queue: latin(frame.buf, frame.queuesFrom, frame.queuesTo),
  };
};

/** Reads client lines: arguments of SUB and UNSUB word by word. A client names no account. */
export const takeClient: Take = (op, reader) => {
  if (op === Op.Broken) return takeFault(reader);
  if (op === Op.Message) return { ...takeMessage(reader), accountText: "" };
  if (op !== Op.Subscribe && op !== Op.Unsubscribe) return takeLine(op, reader);
  const { tokens, tokenCount, buf } = reader.frame;
  const words: string[] = [];
  for (let i = 0; i < tokenCount; i++) words.push(latin(buf, tokens[i * 2]!, tokens[i * 2 + 1]!));
  return { op: NAMES.get(op)!, args: words.join(" ") };
};

/** Feeds one chunk and reads until more is needed or the stream is broken. The chunk is scribbled over. */
export function readChunk(reader: Scanner, take: Take, chunk: Uint8Array): Reading[] {
  const out: Reading[] = [];
  reader.feed(chunk);
  for (let op = reader.next(); op !== Op.Starved; op = reader.next()) {
    out.push(take(op, reader));
    if (op === Op.Broken) break;
  }
  chunk.fill(0x21);
  return out;
}

/** All readings of a stream that comes in these chunks; ends with the first fault. */
export function readAll(reader: Scanner, take: Take, chunks: readonly Uint8Array[]): Reading[] {
  const out: Reading[] = [];
  for (const chunk of chunks) {
    out.push(...readChunk(reader, take, chunk.slice()));
    if (out.at(-1)?.op === "Broken") break;
  }
  return out;
}

/** Without what depends on the way a line was read rather than on what it says. */
export function sense(readings: readonly Reading[]): Reading[] {
  return readings.map((reading) => ("canonical" in reading ? { ...reading, canonical: false } : reading));
}
