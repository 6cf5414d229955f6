// What all readers share: bounded memory, large frames, long lines, one window for many streams, positions.

import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Scanner } from "../../src/wire/scanner.ts";
import { anyCuts, byteByByte, bytes, cutAt, inPiecesOf, joined, latin } from "../support/bytes.ts";
import { anyGatewayLines } from "../support/gateway-lines.ts";
import {
  Desk,
  type Fault,
  type Message,
  readAll,
  readChunk,
  sense,
  type Take,
  takeClient,
  takeGateway,
} from "../support/readings.ts";

const KIB = 1024;
/** What a quiet peer may keep, in bytes. */
const QUIET_BYTES = 64 * KIB + 1;

/** Any bytes that repeat late, so that a displaced piece shows. */
function pattern(length: number): Uint8Array {
  const out = new Uint8Array(length);
  for (let i = 0; i < length; i++) out[i] = (i * 31 + (i >>> 8) * 7 + (i >>> 16)) & 0xff;
  return out;
}

/** Reads as in readAll, and answers the most that was held. */
function readHolding(reader: Scanner, take: Take, chunks: readonly Uint8Array[]) {
  const readings = [];
  let most = 0;
  for (const chunk of chunks) {
    readings.push(...readChunk(reader, take, chunk.slice()));
    most = Math.max(most, reader.heldBytes);
  }
  return { readings, most };
}

test("a message larger than the receive window arrives whole, and its memory goes again", () => {
  const body = pattern(3_000_000);
  const line = bytes(`RMSG ACC big ${body.length}\r\n`);
  const whole = joined([bytes("PING\r\n"), line, body, bytes("\r\nPING\r\nRMSG ACC a 2\r\nhi\r\n")]);
  const reader = new Desk().gateway();
  const { readings, most } = readHolding(reader, takeGateway, inPiecesOf(whole, 64 * KIB));
  expect(readings.map(({ op }) => op)).toEqual(["Ping", "Message", "Ping", "Message"]);
  expect((readings[1] as Message).payload.length).toBe(body.length);
  expect((readings[1] as Message).payload === latin(body)).toBe(true);
  expect((readings[3] as Message).payload).toBe("hi");
  expect(most).toBeGreaterThan(2_000_000);
  expect(most).toBeLessThan(body.length + 64 * KIB);
  expect(reader.heldBytes).toBeLessThanOrEqual(QUIET_BYTES);
});

test("a peer that goes quiet right behind a large message holds nothing of it", () => {
  const reader = new Desk().gateway();
  const whole = joined([bytes("RMSG ACC big 2000000\r\n"), pattern(2_000_000), bytes("\r\n")]);
  expect(readHolding(reader, takeGateway, inPiecesOf(whole, 100_000)).readings).toHaveLength(1);
  expect(reader.heldBytes).toBeLessThanOrEqual(QUIET_BYTES);
});

test("a large message is not paid for before it comes", () => {
  const reader = new Desk().gateway();
  readAll(reader, takeGateway, [bytes("RMSG ACC big 50000000\r\n"), pattern(1_000)]);
  expect(reader.heldBytes).toBeLessThan(4 * KIB);
});

test("frames of every size around the window arrive whole in pieces of every size", () => {
  const window = 1024 * KIB;
  for (const size of [window - 40, window - 20, window - 18, window - 17, window - 16, window, window + 1]) {
    const body = pattern(size);
    const whole = joined([bytes(`RMSG ACC a ${size}\r\n`), body, bytes("\r\nPING\r\n")]);
    for (const piece of [100_000, 512 * KIB, 700_001, whole.length]) {
      const [message, ping] = readAll(new Desk().gateway(), takeGateway, inPiecesOf(whole, piece));
      expect([size, piece, (message as Message).payload === latin(body), ping?.op]).toEqual([
        size,
        piece,
        true,
        "Ping",
      ]);
    }
  }
});

test("a chunk larger than the window is read to its end", () => {
  const one = joined([bytes("RMSG ACC a 1000\r\n"), pattern(1_000), bytes("\r\n")]);
  const whole = joined(Array.from({ length: 3_000 }, () => one));
  const readings = readAll(new Desk().gateway(), takeGateway, [whole]);
  expect(readings).toHaveLength(3_000);
  expect(new Set((readings as Message[]).map(({ payload }) => payload)).size).toBe(1);
});

test("a payload over the limit is refused with its line, before a byte of it has come", () => {
  for (const line of ["RMSG ACC a 1001\r\n", "HMSG ACC a 5 1001\r\n", "RMSG ACC a | q 1001\r\n"]) {
    for (const warm of ["", "RMSG ACC a 0\r\n\r\n"]) {
      const reader = new Desk().gateway(1_000);
      const readings = readAll(reader, takeGateway, [bytes(warm + line)]);
      expect(readings.at(-1)).toEqual({ op: "Broken", fault: "payload-too-large", offset: warm.length });
      expect(reader.heldBytes).toBe(0);
    }
  }
  const allowed = joined([bytes("RMSG ACC a 1000\r\n"), pattern(1_000), bytes("\r\n")]);
  expect(readAll(new Desk().gateway(1_000), takeGateway, [allowed])[0]!.op).toBe("Message");
});

/** A PUB whose line, with its CR, has so many bytes. */
function pubOf(lineBytes: number): string {
  return `PUB ${"s".repeat(lineBytes - "PUB  2\r".length)} 2\r\nhi\r\n`;
}

test("a line may be as long as the limit and no longer, on both roads and however it is cut", () => {
  for (const [length, op] of [
    [4095, "Message"],
    [4096, "Message"],
    [4097, "Broken"],
    [4098, "Broken"],
    [9000, "Broken"],
  ] as const) {
    for (const text of [pubOf(length), pubOf(length - 1).replace("PUB ", "PUB  ")]) {
      const whole = bytes(text);
      const cuts = [4094, 4095, 4096, 4097, 4098, 4099].map((at) => cutAt(whole, [at]));
      for (const chunks of [[whole], byteByByte(whole), ...cuts]) {
        const readings = readAll(new Desk().client(), takeClient, chunks);
        expect([length, readings.length, readings[0]!.op]).toEqual([length, 1, op]);
        if (op === "Broken") expect((readings[0] as Fault).fault).toBe("line-too-long");
      }
    }
  }
});

test("a gateway's line may be as long as the limit and no longer, on both roads", () => {
  const warm = "RMSG ACC a 0\r\n\r\n";
  for (const [length, op] of [
    [200, "Message"],
    [201, "Broken"],
  ] as const) {
    const line = `RMSG ACC ${"s".repeat(length - "RMSG ACC  2\r".length)} 2\r\nhi\r\n`;
    for (const text of [line, warm + line]) {
      for (const chunks of [[bytes(text)], byteByByte(bytes(text))]) {
        const reader = new Desk().gateway();
        reader.lineMax = 200;
        expect([length, readAll(reader, takeGateway, chunks).at(-1)!.op]).toEqual([length, op]);
      }
    }
  }
});

test("a line that never ends is refused at the limit, and what is held stays near it", () => {
  for (const piece of [1, 100, 5_000]) {
    const reader = new Desk().client();
    let fed = 0;
    let broken: Fault | undefined;
    let most = 0;
    while (broken === undefined && fed < 20_000) {
      broken = readChunk(reader, takeClient, new Uint8Array(piece).fill(0x61))[0] as Fault | undefined;
      most = Math.max(most, reader.heldBytes);
      fed += piece;
    }
    expect(broken).toEqual({ op: "Broken", fault: "line-too-long", offset: 0 });
    expect(fed).toBeLessThanOrEqual(4096 + Math.max(piece, 1));
    expect(most).toBeLessThanOrEqual(2 * 4097 + 1);
  }
});

test("a line limit above the window still ends somewhere", () => {
  const reader = new Desk().client();
  reader.lineMax = 2 ** 31 - 1;
  const readings = readAll(reader, takeClient, inPiecesOf(new Uint8Array(3_000_000).fill(0x61), 500_000));
  expect(readings).toEqual([{ op: "Broken", fault: "line-too-long", offset: 0 }]);
  const words = readAll(reader, takeClient, [bytes(`PUB ${"a ".repeat(200_000)}5\r\n`)]);
  expect(words[0]).toMatchObject({ op: "Broken" });
});

test("a line of nothing but words is read without losing count", () => {
  const queues = Array.from({ length: 30_000 }, (_, i) => `${i % 10}`).join(" ");
  const [message] = readAll(new Desk().gateway(), takeGateway, [bytes(`RMSG ACC a | ${queues} 2\r\nhi\r\n`)]);
  expect((message as Message).queues).toBe(queues);
});

test("two streams that come in turn over one window do not disturb each other", () => {
  const pair = fc.tuple(anyGatewayLines, anyGatewayLines, anyCuts(400), anyCuts(400));
  fc.assert(
    fc.property(pair, ([ours, theirs, ourCuts, theirCuts]) => {
      const desk = new Desk();
      const readers = [desk.gateway(), desk.gateway()] as const;
      const streams = [ours, theirs].map((lines) => joined(lines.map(({ bytes }) => bytes)));
      const chunks = [cutAt(streams[0]!, ourCuts), cutAt(streams[1]!, theirCuts)] as const;
      const readings: [unknown[], unknown[]] = [[], []];
      for (let turn = 0; turn < Math.max(chunks[0].length, chunks[1].length); turn++) {
        for (const side of [0, 1] as const) {
          const chunk = chunks[side][turn];
          if (chunk !== undefined) {
            readings[side].push(...sense(readChunk(readers[side], takeGateway, chunk.slice())));
          }
        }
      }
      expect(readings[0]).toEqual(ours.map(({ says }) => says));
      expect(readings[1]).toEqual(theirs.map(({ says }) => says));
    }),
    { numRuns: 200 },
  );
});

test("a client and a gateway in turn over one window read what is theirs", () => {
  const desk = new Desk();
  const gateway = desk.gateway();
  const client = desk.client();
  const remote = byteByByte(bytes("RMSG ACC a re 5\r\nhello\r\nRMSG ACC a re 5\r\nagain\r\n"));
  const local = byteByByte(bytes("PUB b to 5\r\nHELLO\r\nPUB b to 5\r\nAGAIN\r\nSUB x 1\r\n"));
  const fromGateway: string[] = [];
  const fromClient: string[] = [];
  for (let i = 0; i < Math.max(remote.length, local.length); i++) {
    if (i < remote.length) {
      for (const r of readChunk(gateway, takeGateway, remote[i]!)) fromGateway.push((r as Message).payload);
    }
    if (i < local.length) {
      for (const r of readChunk(client, takeClient, local[i]!))
        fromClient.push((r as Message).payload ?? r.op);
    }
  }
  expect(fromGateway).toEqual(["hello", "again"]);
  expect(fromClient).toEqual(["HELLO", "AGAIN", "Subscribe"]);
});

test("a fault is placed in the stream since its beginning, however many chunks came before", () => {
  const before = `PING\r\n${"RMSG ACC a 3\r\nabc\r\n".repeat(200)}`;
  const whole = bytes(`${before}NONSENSE here\r\n`);
  for (const piece of [1, 7, 100, 1_000, whole.length]) {
    const reader = new Desk().gateway();
    const readings = readAll(reader, takeGateway, inPiecesOf(whole, piece));
    expect(readings.at(-1)).toEqual({ op: "Broken", fault: "verb-unknown", offset: before.length });
    expect(reader.where("peer").near).toStartWith("NONSENSE here");
  }
});

test("a fault behind large messages is placed too", () => {
  const big = joined([bytes("RMSG ACC a 1500000\r\n"), pattern(1_500_000), bytes("\r\n")]);
  const whole = joined([big, bytes("PING\r\n"), big, bytes("RMSG ACC a 2\r\nhi!!")]);
  const offset = whole.length - 2;
  for (const piece of [64 * KIB, 1_000_000, whole.length]) {
    expect(readAll(new Desk().gateway(), takeGateway, inPiecesOf(whole, piece)).at(-1)).toEqual({
      op: "Broken",
      fault: "payload-unterminated",
      offset,
    });
  }
});

test("what was near a fault is at most forty bytes, whatever they are", () => {
  const reader = new Desk().gateway();
  readAll(reader, takeGateway, [joined([new Uint8Array(100).fill(0xff), bytes("\n")])]);
  expect(reader.where("peer").near).toBe("\u00ff".repeat(40));
});

/** Garbage: bytes of the protocol's own alphabet, so that it gets far, or any bytes at all. */
const alphabet = fc.constantFrom(...bytes("RMSGHPUBAC+-|019 \t\r\n{}\0\u00ff"));
const garbage = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.array(alphabet, { maxLength: 300 }).map((list) => Uint8Array.from(list)),
);

/** A legal stream with some of its bytes changed. */
const damaged = fc
  .tuple(
    anyGatewayLines,
    fc.array(fc.tuple(fc.nat(2_000), fc.oneof(alphabet, fc.nat(255))), { maxLength: 4 }),
  )
  .map(([lines, changes]) => {
    const whole = joined(lines.map(({ bytes }) => bytes));
    for (const [at, byte] of changes) whole[at % whole.length] = byte;
    return whole;
  });

test("garbage is never thrown at us, held without bound, or read in two ways", () => {
  const streams = fc.tuple(fc.oneof(garbage, damaged), anyCuts(300));
  fc.assert(
    fc.property(streams, ([whole, cuts]) => {
      const make: [() => Scanner, Take][] = [
        [() => limited(new Desk().gateway(5_000)), takeGateway],
        [() => limited(new Desk().client(1, 77, 5_000)), takeClient],
      ];
      for (const [reader, take] of make) {
        const expected = sense(readAll(reader(), take, [whole]));
        for (const chunks of [cutAt(whole, cuts), byteByByte(whole)]) {
          const held = reader();
          expect(sense(readAll(held, take, chunks))).toEqual(expected);
          expect(held.heldBytes).toBeLessThan(2 * (5_000 + 200));
        }
      }
    }),
    { numRuns: 400 },
  );
});

function limited<S extends Scanner>(reader: S): S {
  reader.lineMax = 120;
  return reader;
}
