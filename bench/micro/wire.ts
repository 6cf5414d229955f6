// Reading and writing of messages and interest, and the whole way of a message, without a socket.

import { bytesOf } from "../../src/base/bytes.ts";
import type { Session } from "../../src/peer/session.ts";
import { writeInterest } from "../../src/wire/gateway-writer.ts";
import { Op } from "../../src/wire/op.ts";
import type { Scanner } from "../../src/wire/scanner.ts";
import { Box, complete, start } from "../../test/support/core-world.ts";
import { leafReader } from "../../test/support/leaf-lines.ts";
import { Desk } from "../../test/support/readings.ts";
import type { Work } from "./measure.ts";

const CHUNK_BYTES = 64 << 10;
const SUBJECTS = 100;
const ACCOUNT = "$G";

interface Chunk {
  readonly bytes: Uint8Array;
  readonly frames: number;
}

/** Whole frames of `head subject size` with payloads of so many bytes, as much as a read brings. */
function chunkOf(head: string, size: number): Chunk {
  const payload = "x".repeat(size);
  const frame = (at: number): string => `${head}${subjectOf(at)} ${size}\r\n${payload}\r\n`;
  const frames = Math.floor(CHUNK_BYTES / frame(0).length);
  return { bytes: bytesOf(Array.from({ length: frames }, (_, at) => frame(at)).join("")), frames };
}

export function readers(): Work[] {
  const desk = new Desk();
  return [16, 128, 1_024].flatMap((size) => [
    reading(`read PUB, ${size} B`, desk.client(), chunkOf("PUB ", size)),
    reading(`read RMSG, ${size} B`, desk.gateway(), chunkOf(`RMSG ${ACCOUNT} `, size)),
    reading(`read LMSG, ${size} B`, leafReader(), chunkOf("LMSG ", size)),
  ]);
}

export function interestLines(): Work[] {
  const lines = Array.from({ length: 1_000 }, (_, at) => `RS+ ${ACCOUNT} ${subjectOf(at)}\r\n`);
  const account = bytesOf(ACCOUNT);
  const subject = bytesOf(subjectOf(1));
  const target = new Uint8Array(CHUNK_BYTES);
  const per = 1_000;
  return [
    reading("read RS+", new Desk().gateway(), { bytes: bytesOf(lines.join("")), frames: lines.length }),
    {
      name: "write RS+",
      per,
      run() {
        let at = 0;
        for (let n = 0; n < per; n++) {
          at = writeInterest(true, account, subject, 0, subject.length, null, target, at);
        }
        return at;
      },
    },
  ];
}

/** From the chunk of one peer to the bytes for another one, through the whole core. */
export function ways(): Work[] {
  return [16, 128, 1_024].flatMap((size) => {
    const out = new Box();
    const remote = out.outbound("B");
    const wanted = Array.from({ length: SUBJECTS }, (_, at) => `RS+ ${ACCOUNT} ${subjectOf(at)}`);
    remote.says(start("B", ACCOUNT), ...wanted, complete("B", ACCOUNT));
    const home = new Box();
    const subscriber = home.client();
    subscriber.says(...Array.from({ length: SUBJECTS }, (_, at) => `SUB ${subjectOf(at)} ${at}`));
    subscriber.hears();
    const inbound = home.inbound("B");
    inbound.hears();
    return [
      carrying(`client→gateway in memory, ${size} B`, out, out.client().session, chunkOf("PUB ", size)),
      carrying(
        `gateway→client in memory, ${size} B`,
        home,
        inbound.session,
        chunkOf(`RMSG ${ACCOUNT} `, size),
      ),
    ];
  });
}

function reading(name: string, reader: Scanner, { bytes, frames }: Chunk): Work {
  return {
    name,
    per: frames,
    run() {
      let read = 0;
      reader.feed(bytes);
      for (let op = reader.next(); op !== Op.Starved; op = reader.next()) {
        if (op === Op.Broken) throw new Error(`${name}: ${reader.fault}`);
        read++;
      }
      if (read !== frames) throw new Error(`${name}: ${frames} frames, ${read} read`);
      return read;
    },
  };
}

function carrying(name: string, box: Box, from: Session, { bytes, frames }: Chunk): Work {
  return {
    name,
    per: frames,
    run() {
      from.receive(bytes, box.now);
      const written = drained(box);
      if (written < bytes.length / 2) throw new Error(`${name}: ${bytes.length} bytes in, ${written} out`);
      return written;
    },
  };
}

/** What a transport does that takes everything; answers how many bytes there were. */
function drained(box: Box): number {
  let written = 0;
  const { list } = box.core.dirties;
  for (const egress of list) {
    egress.dirty = false;
    for (let block = egress.head(); block !== null; block = egress.head()) {
      written += block.to - block.from;
      egress.consumed(block.to - block.from);
    }
  }
  list.length = 0;
  return written;
}

function subjectOf(at: number): string {
  return `bench.orders.${10_000 + (at % SUBJECTS)}`;
}
