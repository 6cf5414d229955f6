// The express lane against the slow way: the same world twice, once with it and once without, and each peer
// must hear the same bytes, each counter must be the same.

import { describe, expect, test } from "bun:test";
import { bytesOf } from "../../src/base/bytes.ts";
import { SeededRandom } from "../../src/base/random.ts";
import type { Session } from "../../src/peer/session.ts";
import { Box, type BoxOptions, complete, start } from "../support/core-world.ts";
import type { Peer } from "../support/peer.ts";

const SUBJECTS = [
  "a",
  "foo",
  "foo.bar",
  "foo.baz.x",
  "orders.eu.1",
  "orders.eu.22",
  `long.${"x".repeat(90)}`,
];
const PATTERNS = [...SUBJECTS, "foo.*", "foo.>", "orders.>", "*", ">", "orders.*.1"];

/** A box and whoever is connected to it. */
function worldOf(express: boolean, options: BoxOptions = {}) {
  const box = new Box({ ...options, express, leaf: { remotes: [{}] } });
  const clients = [
    box.client(),
    box.client({ headers: false, no_responders: false }),
    box.client({ echo: false }),
    box.client({ user: "a", pass: "a" }),
    box.client({ user: "limited", pass: "l" }),
  ];
  const outbounds = [box.outbound("B"), box.outbound("C", { headers: false })];
  const inbounds = [box.inbound("B"), box.inbound("D")];
  const leafs = [box.spoke("s1"), box.spoke("s2", { headers: false }), box.hub("h1")];
  for (const [name, peer] of [
    ["B", outbounds[0]!],
    ["C", outbounds[1]!],
  ] as const) {
    peer.says(
      start(name, "$G"),
      "RS+ $G foo.>",
      complete(name, "$G"),
      start(name, "ACC"),
      complete(name, "ACC"),
    );
  }
  const peers: Peer<Session>[] = [...clients, ...outbounds, ...inbounds, ...leafs];
  for (const peer of peers) peer.hears();
  return { box, clients, outbounds, inbounds, leafs, peers };
}

type World = ReturnType<typeof worldOf>;

const ACCOUNTS: BoxOptions = {
  accounts: {
    users: [
      { user: "g", password: "g", account: "$G" },
      { user: "a", password: "a", account: "ACC" },
      {
        ...{ user: "limited", password: "l", account: "$G" },
        permissions: {
          publish: { allow: ["foo.>", "orders.*.*"], deny: ["foo.baz.>"] },
          subscribe: { allow: null, deny: ["orders.eu.22"] },
          responses: null,
        },
      },
    ] as never,
  },
};

/** What is drawn from: the same for both worlds. */
class Dice {
  readonly #random: SeededRandom;
  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }
  below(n: number): number {
    return this.#random.uint32() % n;
  }
  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

/** Messages of a source, one after the other: mostly simple ones. */
function batch(dice: Dice, kind: "client" | "gateway" | "leaf"): string {
  const count = 5 + dice.below(60);
  const subjects = Array.from({ length: 1 + dice.below(3) }, () => dice.of(SUBJECTS));
  const account = dice.below(4) === 0 ? "ACC" : "$G";
  const size = dice.of([0, 1, 15, 16, 17, 100, 600, 3_000]);
  let text = "";
  for (let i = 0; i < count; i++) {
    const subject = dice.of(subjects);
    const payload = "p".repeat(Math.max(0, size - dice.below(3)));
    const roll = dice.below(16);
    const reply =
      roll === 0 ? dice.of(["_INBOX.x.1 ", "answers.here ", "7 ", "_R_.a.b ", "$JS.ACK.x ", "_x "]) : "";
    const traced = dice.below(2) === 0 ? "Nats-Trace-Dest: traces.here\r\n" : "";
    const header = roll === 1 ? `NATS/1.0\r\nA: b\r\n${traced}\r\n` : "";
    const sizes = header === "" ? `${payload.length}` : `${header.length} ${header.length + payload.length}`;
    const lead = { client: "", gateway: `${account} `, leaf: "" }[kind];
    const verb = {
      client: header === "" ? "PUB" : "HPUB",
      gateway: header === "" ? "RMSG" : "HMSG",
      leaf: header === "" ? "LMSG" : "HMSG",
    }[kind];
    const gap = roll === 2 ? "  " : " ";
    text += `${verb}${gap}${lead}${subject} ${reply}${sizes}\r\n${header}${payload}\r\n`;
    if (roll === 3) text += "PING\r\n";
  }
  return text;
}

/** One thing that happens, as a function of the world that it happens in. */
function step(dice: Dice): (world: World) => void {
  const roll = dice.below(20);
  const which = dice.below(5);
  if (roll < 14) {
    const kind = dice.of(["client", "client", "gateway", "leaf"] as const);
    const bytes = bytesOf(batch(dice, kind));
    const cut = dice.below(3) === 0 ? dice.below(bytes.length) : bytes.length;
    return ({ clients, inbounds, leafs }) => {
      const peer: Peer<Session> = {
        client: clients[which]!,
        gateway: inbounds[which % 2]!,
        leaf: leafs[which % 3]!,
      }[kind];
      peer.saysRaw(bytes.subarray(0, cut));
      if (cut < bytes.length) peer.saysRaw(bytes.subarray(cut));
    };
  }
  const pattern = dice.of(PATTERNS);
  const sid = dice.below(8);
  const more = dice.below(3);
  const queue = dice.below(8) === 0 ? " q" : "";
  if (roll === 14) return ({ clients }) => clients[which]!.says(`SUB ${pattern}${queue} ${sid}`);
  if (roll === 15)
    return ({ clients }) => clients[which]!.says(`UNSUB ${sid}${more === 0 ? "" : ` ${more * 5}`}`);
  if (roll === 16) return ({ leafs }) => leafs[which % 3]!.says(`LS${more === 0 ? "-" : "+"} ${pattern}`);
  if (roll === 17)
    return ({ outbounds }) => outbounds[which % 2]!.says(`RS${more === 0 ? "-" : "+"} $G ${pattern}`);
  if (roll === 18) return ({ box }) => box.wait(2_500);
  return ({ clients }) => {
    clients[which]!.appetite = more === 0 ? 0 : Number.POSITIVE_INFINITY;
    clients[which]!.resumes(clients[which]!.appetite);
  };
}

/** Everything that is counted. */
function counts({ box, peers, outbounds, inbounds, clients }: World) {
  box.core.forwarder.settle();
  const states = [...outbounds, ...inbounds].map(({ session }) =>
    [...session.accounts].map(([account, state]) => {
      const { messages, bytes, wireBytes } = state;
      const { suppressed = 0, unwanted = 0 } = state as { suppressed?: number; unwanted?: number };
      return { account, messages, bytes, wireBytes, suppressed, unwanted };
    }),
  );
  return {
    sessions: peers.map(({ session }) => [...session.counters]),
    delivered: clients.map(({ session }) =>
      [...session.subscriptions].map(([sid, { delivered }]) => [sid, delivered]),
    ),
    states,
    lost: box.core.forwarder.counts.mappedLost,
  };
}

describe("with the express lane and without, each peer hears the same", () => {
  for (let seed = 1; seed <= 40; seed++) {
    test(`in world ${seed}`, () => {
      const [fast, slow] = [worldOf(true, ACCOUNTS), worldOf(false, ACCOUNTS)];
      const dice = new Dice(seed);
      for (let i = 0; i < 120; i++) {
        const act = step(dice);
        act(fast);
        act(slow);
        for (const [at, peer] of fast.peers.entries()) {
          const [heard, wanted] = [peer.hearsRaw(), slow.peers[at]!.hearsRaw()];
          if (heard !== wanted) expect([i, at, heard]).toEqual([i, at, wanted]);
        }
      }
      expect(counts(fast)).toEqual(counts(slow));
      expect(fast.box.core.forwarder.express?.taken).toBeGreaterThan(100);
    });
  }
});
