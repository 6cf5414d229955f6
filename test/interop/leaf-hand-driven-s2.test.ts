// Compressed bytes moved by hand, at a hub and at a spoke: what is broken ends the link without a word, and
// what would grow without bound is refused before it does.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { LeafWorld } from "../support/leaf-world.ts";
import { leafs } from "../support/leafz.ts";
import { collect, unique } from "../support/messages.ts";
import { guardProcesses } from "../support/process.ts";
import { dialLeafPort, leafConnect, leafInfo } from "../support/raw-leaf.ts";
import type { RawLink } from "../support/raw-link.ts";
import { RawListener } from "../support/raw-listener.ts";
import { checksum, S2_IDENTIFIER, s2Bomb, s2Chunk, s2Plain } from "../support/s2.ts";
import { describeWith } from "../support/sides.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(20_000);
guardProcesses();

const MIB = 1 << 20;

const zeroes = Buffer.alloc(4);
const wrongSum = s2Chunk(0x01, Buffer.concat([zeroes, Buffer.from("PING\r\n")]));
const compressed = (...block: number[]) => s2Chunk(0x00, Buffer.from([0, 0, 0, 0, ...block]));

/** Streams that no peer may send, each after a good identifier unless it lacks one itself. */
const BROKEN: readonly (readonly [string, Buffer])[] = [
  ["a checksum that is wrong", Buffer.concat([S2_IDENTIFIER, wrongSum])],
  [
    "a chunk before the identifier",
    s2Chunk(0x01, Buffer.concat([checksum(Buffer.from("a")), Buffer.from("a")])),
  ],
  ["an identifier of something else", s2Chunk(0xff, Buffer.from("S2sTw0"))],
  ["a chunk type that is reserved", Buffer.concat([S2_IDENTIFIER, s2Chunk(0x02, Buffer.alloc(8))])],
  ["a chunk too short for its checksum", Buffer.concat([S2_IDENTIFIER, s2Chunk(0x01, Buffer.alloc(2))])],
  ["a copy from before the beginning", Buffer.concat([S2_IDENTIFIER, compressed(4, 0x01, 9)])],
  ["a repeat before any copy", Buffer.concat([S2_IDENTIFIER, compressed(4, 0x01, 0)])],
  ["a literal that does not end", Buffer.concat([S2_IDENTIFIER, compressed(9, 0x20, 0x41)])],
  ["more than its length", Buffer.concat([S2_IDENTIFIER, compressed(1, 0x08, 0x41, 0x41, 0x41)])],
  ["a block of 5 MiB", Buffer.concat([S2_IDENTIFIER, s2Bomb(5 * MIB)])],
  ["text that is not compressed", Buffer.from("PING\r\n")],
];

for (const kind of ["box", "2.15"] as const) {
  describeWith(`a spoke moved by hand and a ${kind} as hub with compression`, [kind], () => {
    let world: LeafWorld;
    let links: RawLink[] = [];
    beforeAll(async () => {
      world = await LeafWorld.start({
        clusters: [{ name: "HUB", kind, leafnodes: { compression: "accept" } }],
        links: [],
      });
    });
    afterEach(async () => {
      for (const link of links) link.close();
      links = [];
      await world?.closeClients();
      expect(world.member("HUB").running).toBe(true);
      expect(await leafs(world.member("HUB"))).toEqual([]);
    });
    afterAll(() => world?.close());
    /** Compression is agreed and nothing else, in the mode whose text can be read; INFO has come again. */
    const switched = async () => {
      const link = await dialLeafPort(world.member("HUB").ports.leaf!);
      links.push(link);
      const before = link.text.length;
      link.send('INFO {"compression":"s2_uncompressed"}\r\n');
      await until("INFO comes again", () => /INFO [^\n]*\n/.test(link.text.slice(before)));
      return link;
    };
    const linked = async () => {
      const link = await switched();
      link.send(s2Plain(leafConnect()));
      await until("interest comes", () => link.text.includes("LS+ $LDS."));
      return link;
    };

    describe.each([
      ["before CONNECT", switched],
      ["after CONNECT", linked],
    ] as const)("%s", (_, begin) => {
      // The identifier of CONNECT holds for what follows it.
      const known = begin === linked ? "a chunk before the identifier" : "";
      for (const [title, stream] of BROKEN.filter(([each]) => each !== known))
        test(`${title} is the end`, async () => {
          const link = await begin();
          link.send(stream);
          await link.gone();
          expect(link.text).not.toContain("-ERR");
        });
    });

    test("before CONNECT, blocks that grow to 400 MiB are refused long before", async () => {
      const before = memoryOf(world);
      const link = await switched();
      // Blanks before a line, and a line that does not end: neither may be kept.
      for (let i = 0; i < 100 && !link.closed; i++) {
        link.send(Buffer.concat([S2_IDENTIFIER, s2Bomb(4 * MIB, i === 0 ? 0x20 : 0x41)]));
        await Bun.sleep(1);
      }
      await link.gone();
      expect(memoryOf(world) - before).toBeLessThan(100 * MIB);
    });

    test("a good stream, however it is cut, is read", async () => {
      const link = await linked();
      const client = await world.client("HUB");
      const subject = unique("cut");
      const received = await collect(client, subject);
      const lines = `LMSG ${subject} 5\r\nhello\r\n`.repeat(3);
      const half = Math.floor(lines.length / 2);
      const skipped = [s2Chunk(0xfe, Buffer.alloc(100)), s2Chunk(0x99, Buffer.alloc(10))];
      const stream = [...skipped, s2Plain(lines.slice(0, half)), ...skipped, s2Plain(lines.slice(half))];
      for (const byte of Buffer.concat(stream)) link.send(Buffer.from([byte]));
      link.send(Buffer.concat([S2_IDENTIFIER, largeMessage(subject)]));
      await received.has(4);
      expect(received.texts.slice(0, 3)).toEqual(["hello", "hello", "hello"]);
      expect(Buffer.from(received.messages[3]!.data).equals(Buffer.alloc(LARGE, 0x41))).toBe(true);
    });
  });

  describeWith(`a hub moved by hand and a ${kind} as spoke with compression`, [kind], () => {
    let world: LeafWorld;
    const hubs = new Map<string, RawListener>();
    beforeAll(async () => {
      for (const [title, stream] of BROKEN) hubs.set(account(title), breakingHub(stream));
      const remotes = [...hubs].map(([name, { port }]) => ({
        urls: [`nats-leaf://127.0.0.1:${port}`],
        account: name,
        compression: "s2_fast",
      }));
      world = await LeafWorld.start({
        clusters: [{ name: "SPOKE", kind, accounts: [...hubs.keys()], remotes }],
        links: [],
      });
    });
    afterAll(async () => {
      await world?.close();
      for (const hub of hubs.values()) hub.close();
    });

    for (const [title] of BROKEN)
      test(`${title} is the end, and the hub is dialed again`, async () => {
        const hub = hubs.get(account(title))!;
        await until("it is dialed twice", () => hub.links.length >= 2);
        const [first] = hub.links;
        expect(first!.closed).toBe(true);
        expect(first!.text).toStartWith("INFO ");
        expect(first!.text).not.toContain("-ERR");
        expect(world.member("SPOKE").running).toBe(true);
      });
  });
}

const LARGE = 1_000_000;

/** A message of many equal bytes, the line in clear and the payload as a block of repeats. */
function largeMessage(subject: string): Buffer {
  const rest = s2Plain("\r\n").subarray(S2_IDENTIFIER.length);
  const line = s2Plain(`LMSG ${subject} ${LARGE}\r\n`).subarray(S2_IDENTIFIER.length);
  return Buffer.concat([line, s2Bomb(LARGE, 0x41), rest]);
}

function account(title: string): string {
  return title.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_");
}

/** A hub that agrees to compression and then sends this. */
function breakingHub(stream: Buffer): RawListener {
  return new RawListener((link) => {
    link.send(leafInfo(1, { compression: "s2_fast" }));
    void link
      .next("INFO")
      .then(() => link.send(stream))
      .catch(() => undefined);
  });
}

/** Resident bytes of the hub's process, as the system counts them. */
function memoryOf(world: LeafWorld): number {
  const status = Bun.spawnSync(["ps", "-o", "rss=", "-p", String(world.member("HUB").process.pid)]);
  return Number(`${status.stdout}`) * 1_024;
}
