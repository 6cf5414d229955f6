// Hubs moved by hand against a spoke: those that are silent, wrong or hostile are left and dialed again, with
// the delay that each deserves. A box and a nats-server do the same. All hubs act at once, each as the remote
// of an account of its own, so that the delays of one are not those of all.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { documentOf } from "../support/gateway-frames.ts";
import { leafInterest, leafMessages } from "../support/leaf-frames.ts";
import { LeafWorld } from "../support/leaf-world.ts";
import { leafs } from "../support/leafz.ts";
import { collect, unique } from "../support/messages.ts";
import { guardProcesses } from "../support/process.ts";
import { leafInfo, RawHub } from "../support/raw-leaf.ts";
import type { RawLink } from "../support/raw-link.ts";
import { RawListener } from "../support/raw-listener.ts";
import { describeWith } from "../support/sides.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(20_000);
guardProcesses();

/** What a hub says after the handshake, and what the spoke says to that before it closes. */
const OFFENCES = [
  ["a payload without its end", "LMSG foo 2\r\nhiXY", "Unknown Protocol Operation"],
  ["an unknown verb", "FOO\r\n", "Unknown Protocol Operation"],
  ["bytes that are no text", "\u0001\u0000\r\n", "Unknown Protocol Operation"],
  ["interest with two words", "LS+ foo bar\r\n", null],
  ["headers that are longer than the whole", "HMSG foo 20 10\r\n0123456789\r\n", null],
  ["a line of 70,000 bytes", `LS+ ${"a".repeat(70_000)}\r\n`, "maximum control line exceeded"],
] as const;

/** What a hub says to be left alone for half a minute. */
const DISMISSALS = [
  ["a loop", 'Loop detected for leafnode account="X". Delaying attempt to reconnect for 30s'],
  ["its own cluster's name", "remote leafnode has same cluster name"],
] as const;

for (const kind of ["box", "2.15"] as const) {
  describeWith(`hubs moved by hand and a ${kind} as spoke`, [kind], () => {
    let world: LeafWorld;
    const hubs = new Map<string, RawListener>();
    beforeAll(async () => {
      for (const [account, hub] of cast()) hubs.set(account, hub);
      const remotes = [...hubs].map(([account, { port }]) => ({
        urls: [`nats-leaf://127.0.0.1:${port}`],
        account,
      }));
      world = await LeafWorld.start({
        clusters: [
          {
            name: "SPOKE",
            kind,
            accounts: [...hubs.keys()],
            leafnodes: { compression: "off" },
            remotes,
          },
        ],
        links: [],
      });
    });
    afterEach(async () => {
      expect(world.member("SPOKE").running).toBe(true);
      await world.closeClients();
    });
    afterAll(async () => {
      await world?.close();
      for (const hub of hubs.values()) hub.close();
    });
    const hub = (name: string) => hubs.get(account(name))!;
    const rawHub = (name: string) => hub(name) as RawHub;
    const linksOf = async (name: string) =>
      (await leafs(world.member("SPOKE"))).filter((leaf) => leaf.account === account(name));

    describe("a hub is served", () => {
      test("though it says nothing beyond the least that is needed", async () => {
        const link = await rawHub("served").spoke();
        const connect = documentOf(link.frames.find(({ verb }) => verb === "CONNECT")!);
        expect(connect).toMatchObject({ name: "SPOKE", headers: true });
        expect([connect["gateway"], connect["lang"]]).toEqual([undefined, undefined]);
        const client = await world.client("SPOKE", { account: account("served") });
        const subject = unique("least");
        const received = await collect(client, subject);
        await until("interest is told", () => leafInterest(link.frames, subject).length === 1);
        link.send(`LMSG ${subject} 5\r\nhello\r\nLS+ ${subject}.up\r\n`);
        await received.has(1);
        await link.barrier();
        client.publish(`${subject}.up`, "up");
        await link.next(({ args }) => args[0] === `${subject}.up`);
        expect(received.texts).toEqual(["hello"]);
        expect(leafMessages(link.frames, `${subject}.up`).map(({ payload }) => payload)).toEqual(["up"]);
      });

      test("though it says -ERR, when that means nothing to a spoke", async () => {
        const link = await rawHub("served").spoke();
        link.send("-ERR 'Permissions are a matter of taste'\r\n");
        await link.barrier();
        expect((await linksOf("served")).length).toBe(1);
      });

      test("with the complete interest of the spoke on every new link", async () => {
        const client = await world.client("SPOKE", { account: account("again") });
        const subject = unique("again");
        await collect(client, subject);
        await collect(client, subject, "crew");
        for (let round = 0; round < 2; round++) {
          const link = await rawHub("again").spoke();
          const told = () => leafInterest(link.frames, subject).sort();
          await until("interest is told", () => told().length === 2);
          expect(told()).toEqual([`LS+ ${subject}`, `LS+ ${subject} crew 1`]);
          link.close();
          await until("the spoke knows", async () => (await linksOf("again")).length === 0);
        }
      });

      test("also one that was only told of, when the first is gone", async () => {
        const heir = new RawHub();
        try {
          const first = rawHub("first");
          const link = await first.spoke();
          link.send(leafInfo(first.port, { leafnode_urls: [`127.0.0.1:${heir.port}`], client_id: 0 }));
          await link.barrier();
          first.close();
          await heir.spoke();
        } finally {
          heir.close();
        }
      });
    });

    describe("a hub is left and dialed again", () => {
      const firstOf = async (name: string): Promise<[RawLink, RawLink]> => {
        await until("it is dialed twice", () => hub(name).links.length >= 2, 12_000);
        const [first, second] = hub(name).links;
        expect(first!.closed).toBe(true);
        return [first!, second!];
      };
      const lifetime = ({ at }: RawLink) => at.lost - at.opened;

      test("after a second without INFO, without a word", async () => {
        const [first, second] = await firstOf("silent");
        expect(first.text).toBe("");
        expect(lifetime(first)).toBeGreaterThan(700);
        expect(lifetime(first)).toBeLessThan(2_500);
        expect(second.at.opened - first.at.opened).toBeGreaterThan(1_700);
      });

      test("as soon as its first INFO is not that of a hub", async () => {
        const [first] = await firstOf("wrong-port");
        expect(first.text).not.toContain("CONNECT");
        expect(lifetime(first)).toBeLessThan(700);
      });

      test("when it speaks another protocol", async () => {
        const [first] = await firstOf("http");
        expect(first.text).not.toContain("CONNECT");
      });

      test("when it closes at once, and not in haste", async () => {
        const [first, second] = await firstOf("closing");
        expect(second.at.opened - first.at.opened).toBeGreaterThan(700);
      });

      test("two seconds after a CONNECT that it never answers, with the reason", async () => {
        const [first] = await firstOf("unanswering");
        expect(first.text).toContain("CONNECT ");
        expect(first.text).not.toContain("LS+");
        expect(first.text).toEndWith("-ERR 'Stale Leaf Node Connection - Closing'\r\n");
        expect(lifetime(first)).toBeGreaterThan(1_700);
      });

      for (const [title, , answer] of OFFENCES) {
        test(`after ${title}`, async () => {
          const [first] = await firstOf(title);
          if (answer === null) expect(first.text).not.toContain("-ERR");
          else expect(first.text).toEndWith(`-ERR '${answer}'\r\n`);
        });
      }
    });

    describe("a hub is left alone for long", () => {
      /** Twice the usual delay passes without a second dial. */
      const staysAlone = async (name: string) => {
        const [link] = hub(name).links;
        await link!.gone();
        await until("it would be dialed again", () => performance.now() > link!.at.lost + 2_200);
        expect(hub(name).links.length).toBe(1);
      };
      for (const [title] of DISMISSALS) test(`when it speaks of ${title}`, () => staysAlone(title));

      test("when it sends back the spoke's own mark, with the reason", async () => {
        await staysAlone("mark");
        const [link] = hub("mark").links;
        const loop = `Loop detected for leafnode account="${account("mark")}"`;
        expect(link!.text).toEndWith(`-ERR '${loop}. Delaying attempt to reconnect for 30s'\r\n`);
      });
    });
  });
}

/** The account in which a hub of this name is met. */
function account(name: string): string {
  return name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_");
}

/** All hubs by the accounts in which they are met; they begin to act when they are dialed. */
function cast(): [string, RawListener][] {
  const wrong = { client_id: 0, leafnode_urls: undefined, info_on_connect: undefined };
  const http = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
  const plain: [string, RawListener][] = [
    ["served", new RawHub({ max_payload: 65_536, cluster: "RAW" })],
    ["again", new RawHub()],
    ["first", new RawHub()],
    ["silent", new RawListener()],
    ["wrong-port", new RawListener((link) => link.send(leafInfo(1, wrong)))],
    ["http", new RawListener((link) => link.send(http))],
    ["closing", new RawListener((link) => link.close())],
    ["unanswering", new RawListener((link) => link.send(leafInfo(1)))],
    ["mark", new RawHub({}, (link, mark) => link.send(`LS+ ${mark}\r\n`))],
  ];
  const offenders = OFFENCES.map(([title, bytes]): [string, RawListener] => {
    return [title, new RawHub({}, (link) => link.send(Buffer.from(bytes, "latin1")))];
  });
  const dismissing = DISMISSALS.map(([title, text]): [string, RawListener] => {
    const last = (link: RawLink) => {
      link.send(`-ERR '${text}'\r\n`);
      setTimeout(() => link.close(), 50);
    };
    return [title, new RawHub({}, last)];
  });
  return [...plain, ...offenders, ...dismissing].map(([name, hub]) => [account(name), hub]);
}
