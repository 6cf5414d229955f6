// Permissions that name queue groups: the same users are given to the box and to a nats-server, and whoever
// subscribes must be told the same by both, and be sent the same.

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { SeededRandom } from "../../src/base/random.ts";
import type { JsonObject } from "../support/member.ts";
import { SuperCluster } from "../support/peers.ts";
import { guardProcesses } from "../support/process.ts";
import { connectRaw } from "../support/raw-client.ts";
import type { RawLink } from "../support/raw-link.ts";
import { describeWith } from "../support/sides.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(60_000);
guardProcesses();

const SUBJECTS = [
  "foo",
  "foo.bar",
  "foo.baz",
  "foo.*",
  "foo.>",
  "*.bar",
  "*",
  ">",
  "foo.bar.x",
  "one",
  "one.*.x",
];
const QUEUES = ["q", "q.a", "q.b", "q.*", "q.>", "*", ">", "v1", "r"];
/** Literal subjects that somebody publishes to. */
const SENT = ["foo", "foo.bar", "foo.baz", "foo.bar.x", "one", "one.two.x", "two"];
const USERS = 40;
const TRIES = 14;

interface Case {
  readonly user: string;
  readonly subscribe: JsonObject;
  readonly subs: readonly string[];
}

const random = new SeededRandom(20_261);
const below = (count: number): number => random.uint32() % count;
const pick = (of: readonly string[]): string => of[below(of.length)]!;
const chance = (part: number): boolean => below(1_000) < part * 1_000;
const list = (min: number, max: number, one: () => string): string[] =>
  Array.from({ length: min + below(max - min + 1) }, one);

const entry = (): string => (chance(0.5) ? pick(SUBJECTS) : `${pick(SUBJECTS)} ${pick(QUEUES)}`);

const CASES: readonly Case[] = Array.from({ length: USERS }, (_, i) => ({
  user: `u${i}`,
  subscribe: {
    ...(chance(0.75) ? { allow: list(1, 4, entry) } : {}),
    ...(chance(0.6) ? { deny: list(1, 3, entry) } : {}),
  },
  subs: list(TRIES, TRIES, () => (chance(0.3) ? pick(SUBJECTS) : `${pick(SUBJECTS)} ${pick(QUEUES)}`)),
}));

/**
 * nats-server takes an entry `a.*` for one that covers the pattern `a.>`: whoever may have one token may then
 * have all. The box does not, so such tries say nothing of queue groups and are left out.
 */
const isWide = (of: string): boolean => of.split(" ")[0]!.split(".").includes(">");

describeWith("box and nats-server 2.15, with the same permissions", ["box", "2.15"], () => {
  let world: SuperCluster;
  beforeAll(async () => {
    const users = CASES.map(({ user, subscribe }) => ({
      user,
      password: user,
      permissions: { publish: ">", subscribe },
    }));
    const top = { accounts: { A: { users: [...users, { user: "all", password: "all" }] } } };
    world = await SuperCluster.start(
      { name: "BOX", kind: "box", knows: [], top },
      { name: "REAL", kind: "2.15", knows: [], top },
    );
  });
  afterAll(() => world?.close());

  /** What is answered to these subscriptions, and which of them get which messages. */
  async function answers(name: string, { user, subs }: Case): Promise<string[]> {
    const { client } = world.member(name).ports;
    const own = (await connectRaw(client, { user, pass: user })).link;
    const other = (await connectRaw(client, { user: "all", pass: "all" })).link;
    const told: string[] = [];
    for (const [i, sub] of subs.entries()) {
      told.push(`${sub}: ${await said(own, `SUB ${sub} ${i}\r\n`)}`);
      await said(other, SENT.map((subject) => `PUB ${subject} 1\r\nx\r\n`).join(""));
      told.push(`${sub} got ${await said(own, `UNSUB ${i}\r\n`)}`);
    }
    own.close();
    other.close();
    return told;
  }

  test.each(CASES.map((of) => [JSON.stringify(of.subscribe), of] as const))("%s", async (_, of) => {
    const fair = { ...of, subs: of.subs.filter((sub) => !isWide(sub)) };
    const [box, real] = await Promise.all([answers("BOX", fair), answers("REAL", fair)]);
    expect(box).toEqual(real!);
  });
});

/** What came until this was answered. */
async function said(link: RawLink, text: string): Promise<string> {
  const from = link.text.length;
  link.send(`${text}PING\r\n`);
  await until("it is answered", () => link.text.indexOf("PONG\r\n", from) >= 0);
  return link.text.slice(from).replaceAll("PING\r\n", "").replace("PONG\r\n", "");
}
