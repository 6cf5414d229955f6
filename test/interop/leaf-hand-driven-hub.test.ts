// A spoke moved by hand against a hub: what is refused, with which words, and what the hub survives. A box
// and a nats-server give the same answers.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { documentOf } from "../support/gateway-frames.ts";
import { leafGroups, leafInterest, leafMessages, leafReply } from "../support/leaf-frames.ts";
import { LeafWorld } from "../support/leaf-world.ts";
import { leafs } from "../support/leafz.ts";
import { collect, unique } from "../support/messages.ts";
import { guardProcesses } from "../support/process.ts";
import { connectLine, infoLine } from "../support/raw-gateway.ts";
import { dialAsSpoke, dialLeafPort, leafConnect } from "../support/raw-leaf.ts";
import { RawLink } from "../support/raw-link.ts";
import { describeWith } from "../support/sides.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(20_000);
guardProcesses();

interface Script {
  readonly title: string;
  readonly sends: string;
  /** The text of the -ERR, or null where the hub says nothing. */
  readonly answer: string | null;
  /** Where the link stays. */
  readonly stays?: boolean;
}

const gateway = { gateway: "G", serverId: "RAWGATEWAY" };

const BEFORE: readonly Script[] = [
  { title: "PING", sends: "PING\r\n", answer: "Authorization Violation" },
  { title: "interest", sends: "LS+ foo\r\n", answer: "Authorization Violation" },
  { title: "a message", sends: "LMSG foo 2\r\nhi\r\n", answer: "Authorization Violation" },
  {
    title: "the CONNECT of a client",
    sends: 'CONNECT {"lang":"go","version":"1.0","verbose":false}\r\n',
    answer: "attempted to connect to leaf node port",
  },
  {
    title: "the CONNECT of a gateway",
    sends: connectLine(gateway) + infoLine(gateway),
    answer: 'Rejecting connection from gateway "G" on the leafnode port',
  },
  {
    title: "a CONNECT that names an account",
    sends: leafConnect({ account: "$G", new_account: true }),
    answer: "Authorization Violation",
  },
  {
    title: "a cluster name with a blank",
    sends: leafConnect({ cluster: "my cluster" }),
    answer: "cluster name cannot contain spaces",
  },
  {
    title: "the cluster name of the hub",
    sends: leafConnect({ cluster: "HUB" }),
    answer: "remote leafnode has same cluster name",
  },
  {
    title: "compression that nobody has",
    sends: 'INFO {"compression":"zstd"}\r\n',
    answer: 'unsupported route compression mode "zstd"',
  },
];

const AFTER: readonly Script[] = [
  { title: "an unknown verb", sends: "FOO bar\r\n", answer: "Unknown Protocol Operation" },
  {
    title: "bytes that are no text",
    sends: "\u0001\u0002\u0000\u00ff\r\n",
    answer: "Unknown Protocol Operation",
  },
  { title: "HTTP", sends: "GET / HTTP/1.1\r\n\r\n", answer: "Unknown Protocol Operation" },
  { title: "interest with two words", sends: "LS+ foo bar\r\n", answer: null },
  { title: "interest with four words", sends: "LS+ foo bar 1 2\r\n", answer: null },
  {
    title: "interest in nothing valid",
    sends: "LS+ foo..bar\r\n",
    answer: "Invalid Subscription",
    stays: true,
  },
  { title: "the end of unknown interest", sends: "LS- never.told\r\n", answer: null, stays: true },
  { title: "a payload without its end", sends: "LMSG foo 2\r\nhiXY", answer: "Unknown Protocol Operation" },
  { title: "a list of groups without a mark", sends: "LMSG foo bar baz 2\r\nhi\r\n", answer: null },
  {
    title: "headers that are longer than the whole",
    sends: "HMSG foo 20 10\r\n0123456789\r\n",
    answer: null,
  },
  { title: "a size that is no number", sends: "LMSG foo x\r\n\r\n", answer: null },
  { title: "a message over max_payload", sends: "LMSG foo 1048577\r\n", answer: "Maximum Payload Violation" },
  {
    title: "a line of 70,000 bytes",
    sends: `LS+ ${"a".repeat(70_000)}\r\n`,
    answer: "maximum control line exceeded",
  },
  {
    title: "a line of 70,000 bytes that does not end",
    sends: `LS+ ${"a".repeat(70_000)}`,
    answer: "maximum control line exceeded",
  },
  { title: "a line of 60,000 bytes", sends: `LS+ ${"a".repeat(60_000)}\r\n`, answer: null, stays: true },
  { title: "-ERR with a text of its own", sends: "-ERR 'this and that'\r\n", answer: null, stays: true },
  { title: "+OK", sends: "+OK\r\n", answer: null, stays: true },
];

for (const kind of ["box", "2.15"] as const) {
  describeWith(`a spoke moved by hand and a ${kind} as hub`, [kind], () => {
    let world: LeafWorld;
    let links: RawLink[] = [];
    beforeAll(async () => {
      world = await LeafWorld.start({
        clusters: [
          {
            name: "HUB",
            kind,
            leafnodes: { authorization: { timeout: 1 } },
            top: { cluster: { name: "HUB" } },
          },
        ],
        links: [],
      });
    });
    afterEach(async () => {
      for (const link of links) link.close();
      links = [];
      await world?.closeClients();
      expect(world.member("HUB").running).toBe(true);
    });
    afterAll(() => world?.close());
    const leafPort = () => world.member("HUB").ports.leaf!;
    const kept = (link: RawLink) => {
      links.push(link);
      return link;
    };

    describe("before CONNECT", () => {
      for (const script of BEFORE)
        test(`${script.title} is refused`, async () => {
          await plays(kept(await dialLeafPort(leafPort())), script);
          expect(await leafs(world.member("HUB"))).toEqual([]);
        });

      test("silence is waited for as long as is configured, and no longer", async () => {
        const link = kept(await dialLeafPort(leafPort()));
        const begun = performance.now();
        await link.gone();
        expect(link.text).toEndWith("-ERR 'Authentication Timeout'\r\n");
        expect(performance.now() - begun).toBeGreaterThan(700);
      });
    });

    describe("after CONNECT", () => {
      for (const script of AFTER)
        test(`${script.title} is ${script.stays === true ? "survived" : "the end"}`, async () => {
          await plays(kept(await dialAsSpoke(leafPort())), script);
        });

      test("all forms of a message are read, and of the groups only those that are named are served", async () => {
        const client = await world.client("HUB");
        const subject = unique("forms");
        const open = await collect(client, subject);
        const [red, blue] = [await collect(client, subject, "red"), await collect(client, subject, "blue")];
        const link = kept(await dialAsSpoke(leafPort()));
        link.send(`LMSG ${subject} 3\r\none\r\n`);
        link.send(`lmsg\t${subject}   its.reply  3\r\ntwo\r\n`);
        link.send(`LMSG ${subject} | red 5\r\nthree\r\n`);
        link.send(`LMSG ${subject} + its.reply red blue 4\r\nfour\r\n`);
        link.send(`HMSG ${subject} 20 24\r\nNATS/1.0\r\nX-A: 5\r\n\r\nfive\r\n`);
        link.send(`HMSG ${subject} | blue 20 23\r\nNATS/1.0\r\nX-A: 6\r\n\r\nsix\r\n`);
        link.send(`HMSG ${subject} + its.reply red 20 20\r\nNATS/1.0\r\nX-A: 7\r\n\r\n\r\n`);
        await open.has(7);
        await client.flush();
        expect(open.texts).toEqual(["one", "two", "three", "four", "five", "six", ""]);
        expect(open.messages.map(({ reply }) => reply || undefined)).toEqual([
          undefined,
          "its.reply",
          undefined,
          "its.reply",
          undefined,
          undefined,
          "its.reply",
        ]);
        expect(open.messages.map((message) => message.headers?.get("X-A"))).toEqual([
          ...[undefined, undefined, undefined, undefined],
          ...["5", "6", "7"],
        ]);
        expect(red.texts).toEqual(["three", "four", ""]);
        expect(blue.texts).toEqual(["four", "six"]);
      });

      test("interest is served as it was told, a group by its name", async () => {
        const client = await world.client("HUB");
        const subject = unique("told");
        const link = kept(await dialAsSpoke(leafPort()));
        link.send(`ls+ \t ${subject}\r\nLS+ ${subject} crew 2\r\n`);
        await link.barrier();
        client.publish(subject, "first", { reply: "its.reply" });
        await link.next(({ verb, args }) => verb === "LMSG" && args[0] === subject);
        link.send(`LS- ${subject} crew\r\n`);
        await link.barrier();
        client.publish(subject, "second");
        await link.next(({ verb, args }) => verb === "LMSG" && args[0] === subject);
        link.send(`LS- ${subject}\r\n`);
        await link.barrier();
        client.publish(subject, "third");
        await client.flush();
        await link.barrier();
        const sent = leafMessages(link.frames, subject);
        expect(sent.map(({ payload }) => payload)).toEqual(["first", "second"]);
        expect(sent.map(leafReply)).toEqual(["its.reply", undefined]);
        expect(sent.map(leafGroups)).toEqual([["crew"], []]);
      });

      test("the hub's own mark, sent back, is a loop", async () => {
        const link = kept(await dialAsSpoke(leafPort()));
        const mark = link.frames.find(({ line }) => line.startsWith("LS+ $LDS."))!.args[0]!;
        link.send(`LS+ ${mark}\r\n`);
        await link.gone();
        const loop = 'Loop detected for leafnode account="$G". Delaying attempt to reconnect for 30s';
        expect(link.text).toEndWith(`-ERR '${loop}'\r\n`);
      });

      test("a second link of the same name closes the first, with the reason", async () => {
        const who = { name: "twin", remote_account: "$G" };
        const first = kept(await dialAsSpoke(leafPort(), who));
        const second = kept(await dialAsSpoke(leafPort(), who));
        await first.gone();
        expect(first.text).toEndWith("-ERR 'Duplicate Remote LeafNode Connection'\r\n");
        await second.barrier();
        expect((await leafs(world.member("HUB"))).map(({ name }) => name)).toEqual(["twin"]);
      });

      test("a spoke that is gone takes its interest along", async () => {
        const client = await world.client("HUB");
        const subject = unique("gone");
        const [link, other] = [
          kept(await dialAsSpoke(leafPort(), { name: "one", cluster: "ONE" })),
          kept(await dialAsSpoke(leafPort(), { name: "two", cluster: "TWO" })),
        ];
        link.send(`LS+ ${subject}\r\n`);
        await until("the other is told", () => leafInterest(other.frames, subject).length === 1);
        link.close();
        await until("the other is told", () => leafInterest(other.frames, subject).length === 2);
        expect(leafInterest(other.frames, subject)).toEqual([`LS+ ${subject}`, `LS- ${subject}`]);
        client.publish(subject, "for nobody");
        await client.flush();
        await other.barrier();
        expect(leafMessages(other.frames, subject)).toEqual([]);
      });
    });

    test("a leaf on the port of clients learns that there are none", async () => {
      const link = kept(await RawLink.dial(world.member("HUB").ports.client));
      const info = documentOf(await link.next("INFO"));
      expect(info["leafnode_urls"]).toBeUndefined();
      link.send(leafConnect());
      link.send("LS+ foo\r\n");
      await link.gone();
      expect(link.text).toContain("-ERR 'Unknown Protocol Operation'");
    });
  });
}

/** Sends, and waits for exactly the answer and the end, or for nothing and no end. */
async function plays(link: RawLink, { sends, answer, stays }: Script): Promise<void> {
  link.send(Buffer.from(sends, "latin1"));
  if (stays === true) {
    await link.barrier();
    const errors = link.frames.filter(({ verb }) => verb === "-ERR").map(({ line }) => line);
    expect(errors).toEqual(answer === null ? [] : [`-ERR '${answer}'`]);
    expect(link.closed).toBe(false);
    return;
  }
  await link.gone();
  if (answer === null) expect(link.text).not.toContain("-ERR");
  else expect(link.text).toEndWith(`-ERR '${answer}'\r\n`);
}
