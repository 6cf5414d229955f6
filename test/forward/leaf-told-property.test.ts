// Whatever clients, leafs and gateways say, come and go: what each peer believes of our interest, which is
// what it was told in order, is what a naive reading of the table says that it must. gateway.md §7.10.

import { test } from "bun:test";
import fc from "fast-check";
import type { ClientSession } from "../../src/client/session.ts";
import type { GatewayInbound } from "../../src/gateway/inbound.ts";
import type { GatewayOutbound } from "../../src/gateway/outbound.ts";
import type { LeafSession } from "../../src/leaf/session.ts";
import { Box, complete, leafInfoOf, start } from "../support/core-world.ts";
import type { Peer } from "../support/peer.ts";

const LDS = "$LDS.abcdefghijabcdefghijab";
const LONG = `long.${"x".repeat(300)}`;
const SUBJECTS = ["a", "a.b", "a.*", ">", "c", LDS, "$JS.API.x", "$SYS.y", "_GR_.>", "$GR.*.>", LONG];
const QUEUES = ["", "q", "p"];
/** What the user of the restricted spoke may publish, and which subjects that leaves to be told. */
const RESTRICTED = { allow: ["a.>", "c"], deny: ["a.b"] };
const TELLABLE = new Set(["a.*", ">", "c", LDS, "_GR_.>", "$GR.*.>"]);

const isMapped = (subject: string): boolean => subject.startsWith("_GR_.") || subject.startsWith("$GR.");
const isJetStream = (subject: string): boolean => subject.startsWith("$JS.API.");
const isSystem = (subject: string): boolean => subject.startsWith("$SYS.");

type Wants = Map<string, number>;

interface Leaf {
  readonly name: string;
  readonly cluster: string;
  /** Our end is the hub. */
  readonly isSpoke: boolean;
  readonly isolated: boolean;
  readonly restricted: boolean;
  readonly open: (world: World) => Peer<LeafSession>;
  peer: Peer<LeafSession> | null;
  readonly wants: Wants;
  readonly believes: Wants;
}

const accepted = (
  name: string,
  cluster: string,
  more: { is_hub?: true; isolate?: true; user?: "r" } = {},
): Leaf => ({
  name,
  cluster,
  isSpoke: more.is_hub !== true,
  isolated: more.isolate === true,
  restricted: more.user === "r",
  open: ({ box }) => {
    const peer = box.rawLeaf();
    const login = more.user === "r" ? { user: "r", pass: "r" } : { user: "g", pass: "g" };
    const connect = { name, cluster, headers: true, ...more, ...login };
    peer.says(`CONNECT ${JSON.stringify(connect)}`);
    return peer;
  },
  peer: null,
  wants: new Map(),
  believes: new Map(),
});

const solicited = (index: number, cluster: string, isSpoke: boolean, isolated: boolean): Leaf => ({
  name: `remote ${index}`,
  cluster,
  isSpoke,
  isolated,
  restricted: false,
  open: ({ box }) => {
    const { leafDials } = box;
    const at = leafDials.findIndex(({ remote }) => remote.options.index === index);
    leafDials.unshift(...leafDials.splice(at, 1));
    const peer = box.rawHub();
    peer.says(leafInfoOf(`h${index}`, { cluster, info_on_connect: false }));
    return peer;
  },
  peer: null,
  wants: new Map(),
  believes: new Map(),
});

interface Client {
  peer: Peer<ClientSession>;
  /** By sid. */
  readonly subs: Map<string, string>;
}

interface Gateway {
  readonly name: string;
  outbound: Peer<GatewayOutbound> | null;
  inbound: Peer<GatewayInbound> | null;
  readonly wants: Wants;
  readonly believes: Wants;
}

class World {
  readonly box = new Box({
    accounts: {
      users: [
        { user: "g", password: "g", account: "$G" },
        {
          user: "r",
          password: "r",
          account: "$G",
          permissions: { publish: RESTRICTED, subscribe: { allow: null, deny: [] } },
        },
      ],
    },
    leaf: { remotes: [{}, {}, { isolate: true }, { hub: true }] },
  });
  readonly leafs: Leaf[] = [
    accepted("s1", "a"),
    accepted("s2", "a"),
    accepted("s3", ""),
    accepted("s4", "", { isolate: true }),
    accepted("s5", "b", { user: "r" }),
    accepted("s6", "c", { is_hub: true }),
    solicited(0, "x", false, false),
    solicited(1, "x", false, false),
    solicited(2, "", false, true),
    solicited(3, "y", true, false),
  ];
  readonly clients: Client[] = [];
  readonly gateways: Gateway[] = ["B", "C"].map((name) => ({
    name,
    outbound: null,
    inbound: null,
    wants: new Map(),
    believes: new Map(),
  }));
  #sid = 0;

  constructor() {
    this.box.core.start(this.box.now);
    for (let i = 0; i < 2; i++) this.clients.push({ peer: this.box.client(), subs: new Map() });
    for (const leaf of this.leafs) this.toggleLeaf(leaf);
    for (const gateway of this.gateways) {
      this.toggleOutbound(gateway);
      this.toggleInbound(gateway);
    }
  }

  toggleLeaf(leaf: Leaf): void {
    if (leaf.peer === null) {
      this.#breathe();
      leaf.peer = leaf.open(this);
    } else {
      leaf.peer.goes();
      leaf.peer = null;
    }
    leaf.wants.clear();
    leaf.believes.clear();
  }

  toggleOutbound(gateway: Gateway): void {
    if (gateway.outbound === null) {
      this.#breathe();
      gateway.outbound = this.box.outbound(gateway.name);
      gateway.outbound.says(start(gateway.name, "$G"), complete(gateway.name, "$G"));
    } else {
      gateway.outbound.goes();
      gateway.outbound = null;
    }
    gateway.wants.clear();
  }

  toggleInbound(gateway: Gateway): void {
    if (gateway.inbound === null) gateway.inbound = this.box.inbound(gateway.name);
    else {
      gateway.inbound.goes();
      gateway.inbound = null;
    }
    gateway.believes.clear();
  }

  toggleClient(client: Client): void {
    client.peer.goes();
    client.peer = this.box.client();
    client.subs.clear();
  }

  subscribe(client: Client, key: string): void {
    const sid = `${++this.#sid}`;
    client.peer.says(`SUB ${key} ${sid}`);
    client.subs.set(sid, key);
  }

  unsubscribe(client: Client, nth: number): void {
    const sid = [...client.subs.keys()][nth % Math.max(1, client.subs.size)];
    if (sid === undefined) return;
    client.peer.says(`UNSUB ${sid}`);
    client.subs.delete(sid);
  }

  leafWants(leaf: Leaf, subject: string, queue: string, weight: number): void {
    if (leaf.peer === null) return;
    const key = queue === "" ? subject : `${subject} ${queue}`;
    leaf.peer.says(queue === "" ? `LS+ ${key}` : `LS+ ${key} ${weight}`);
    if (isJetStream(subject) || isSystem(subject)) return;
    leaf.wants.set(key, queue === "" ? 1 : weight);
  }

  leafDrops(leaf: Leaf, nth: number): void {
    const key = [...leaf.wants.keys()][nth % Math.max(1, leaf.wants.size)];
    if (key === undefined) return;
    leaf.peer!.says(`LS- ${key}`);
    leaf.wants.delete(key);
  }

  gatewayWants({ outbound, wants }: Gateway, subject: string, queue: string, weight: number): void {
    if (outbound === null) return;
    const key = queue === "" ? subject : `${subject} ${queue}`;
    if (weight === 0) outbound.says(`RS- $G ${key}`);
    else outbound.says(queue === "" ? `RS+ $G ${key}` : `RS+ $G ${key} ${weight}`);
    if (weight === 0) wants.delete(key);
    else wants.set(key, 1);
  }

  /** Time passes, so nobody may be stuck, or he is cut. */
  #breathe(): void {
    for (const { peer } of this.leafs) peer?.resumes();
    for (const { inbound } of this.gateways) inbound?.resumes();
    this.box.wait(1_200);
  }

  /** What a leaf must have been told. */
  expectedOf(leaf: Leaf): Wants {
    const sums: Wants = new Map();
    const add = (wants: Iterable<[string, number]>): void => {
      for (const [key, weight] of wants) sums.set(key, (sums.get(key) ?? 0) + weight);
    };
    for (const { subs } of this.clients) add([...subs.values()].map((key) => [key, 1]));
    for (const { wants } of this.gateways) add(wants);
    for (const other of this.leafs) {
      const isOwn = other === leaf || (leaf.cluster !== "" && other.cluster === leaf.cluster);
      if (isOwn) continue;
      if (other.isSpoke) {
        if (!leaf.isolated) add(other.wants);
      } else if (leaf.isSpoke) add(other.wants);
      else if (!leaf.isolated) add([...other.wants].filter(([key]) => key.startsWith("$LDS.")));
    }
    const told: Wants = new Map([
      ["_GR_.>", 1],
      ["$GR.*.>", 1],
    ]);
    for (const [key, weight] of sums) {
      const [subject, queue] = key.split(" ");
      if (isMapped(subject!) || isJetStream(subject!)) continue;
      if (leaf.restricted && !TELLABLE.has(subject!)) continue;
      told.set(key, queue === undefined ? 1 : weight);
    }
    return told;
  }

  expectedOfGateways(): Wants {
    const told: Wants = new Map();
    const keys = this.clients.flatMap(({ subs }) => [...subs.values()]);
    for (const { wants } of this.leafs) keys.push(...wants.keys());
    for (const key of keys) if (!isMapped(key)) told.set(key, 1);
    return told;
  }

  /** Everybody reads what is left, and the lines are applied in order. */
  settle(): void {
    this.#breathe();
    for (const { peer, believes } of this.leafs)
      if (peer !== null) applied(peer.hears(), /^LS([+-]) (.*)$/, believes);
    for (const { inbound, believes } of this.gateways) {
      if (inbound !== null) applied(inbound.hears(), /^RS([+-]) \$G (.*)$/, believes);
    }
  }

  check(): void {
    this.settle();
    for (const leaf of this.leafs) {
      if (leaf.peer !== null) same(leaf.name, leaf.believes, this.expectedOf(leaf));
    }
    const expected = this.expectedOfGateways();
    for (const { name, inbound, believes } of this.gateways) {
      if (inbound !== null) same(`gateway ${name}`, believes, expected);
    }
    const rows = [...this.leafs, ...this.gateways].reduce((sum, { wants }) => sum + wants.size, 0);
    const subs = this.clients.reduce((sum, client) => sum + client.subs.size, 0);
    if (this.box.core.store.rows() !== rows + subs) {
      throw new Error(`${this.box.core.store.rows()} rows instead of ${rows} + ${subs}`);
    }
  }
}

function applied(lines: readonly string[], shape: RegExp, into: Wants): void {
  for (const line of lines) {
    const [, sign, rest] = shape.exec(line) ?? [];
    if (rest === undefined) continue;
    const [subject, queue, weight] = rest.split(" ");
    if (subject!.startsWith("$LDS.") && subject !== LDS) continue;
    const key = queue === undefined ? subject! : `${subject} ${queue}`;
    if (sign === "+") into.set(key, Number(weight ?? 1));
    else into.delete(key);
  }
}

function same(who: string, believes: Wants, expected: Wants): void {
  const of = (wants: Wants): string =>
    [...wants]
      .map(([key, weight]) => `${key}=${weight}`)
      .sort()
      .join("\n");
  if (of(believes) !== of(expected)) {
    throw new Error(`${who} believes\n${of(believes)}\ninstead of\n${of(expected)}`);
  }
}

const nat = (max: number) => fc.nat({ max });
/** Mostly the same few, so that they meet each other. */
const subject = fc.oneof(fc.constantFrom("a", "a.*", LDS), fc.constantFrom(...SUBJECTS));
const queue = fc.constantFrom(...QUEUES);
const weight = fc.constantFrom(1, 2, 3);

/** Each is one thing that may happen. */
type Step = (world: World) => void;

/** Shown by fast-check when a list of steps is the shortest that fails. */
function named(text: string, step: Step): Step {
  return Object.assign(step, { [fc.toStringMethod]: () => text });
}

const STEPS: [number, fc.Arbitrary<Step>][] = [
  [
    12,
    fc
      .tuple(nat(9), subject, queue, weight)
      .map(([at, s, q, w]) =>
        named(`leaf ${at} wants ${s} ${q} ${w}`, (world) => world.leafWants(world.leafs[at]!, s, q, w)),
      ),
  ],
  [
    6,
    fc
      .tuple(nat(9), nat(9))
      .map(([at, nth]) =>
        named(`leaf ${at} drops its ${nth}th`, (world) => world.leafDrops(world.leafs[at]!, nth)),
      ),
  ],
  [
    3,
    fc
      .tuple(nat(1), subject, queue)
      .map(([at, s, q]) =>
        named(`client ${at} SUB ${s} ${q}`, (world) =>
          world.subscribe(world.clients[at]!, `${s} ${q}`.trim()),
        ),
      ),
  ],
  [
    2,
    fc
      .tuple(nat(1), nat(9))
      .map(([at, nth]) =>
        named(`client ${at} UNSUB ${nth}`, (world) => world.unsubscribe(world.clients[at]!, nth)),
      ),
  ],
  [
    2,
    fc
      .tuple(nat(1), subject, queue, fc.nat({ max: 2 }))
      .map(([at, s, q, w]) =>
        named(`gateway ${at} wants ${s} ${q} ${w}`, (world) =>
          world.gatewayWants(world.gateways[at]!, s, q, w),
        ),
      ),
  ],
  [3, nat(9).map((at) => named(`leaf ${at} turns`, (world) => world.toggleLeaf(world.leafs[at]!)))],
  [
    2,
    fc
      .tuple(nat(9), nat(300))
      .map(([at, bytes]) =>
        named(`leaf ${at} reads ${bytes}`, (world) => world.leafs[at]!.peer?.resumes(bytes)),
      ),
  ],
  [
    1,
    nat(1).map((at) => named(`outbound ${at} turns`, (world) => world.toggleOutbound(world.gateways[at]!))),
  ],
  [1, nat(1).map((at) => named(`inbound ${at} turns`, (world) => world.toggleInbound(world.gateways[at]!)))],
  [1, nat(1).map((at) => named(`client ${at} turns`, (world) => world.toggleClient(world.clients[at]!)))],
];
const step = fc.oneof(...STEPS.map(([chance, arbitrary]) => ({ weight: chance, arbitrary })));

test("every peer believes what the table says, whatever was said by whom and in which order", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: "max" }), (list) => {
      const world = new World();
      for (const each of list) each(world);
      world.check();
      for (const leaf of world.leafs) if (leaf.peer !== null) world.toggleLeaf(leaf);
      world.check();
    }),
    { numRuns: 100 },
  );
}, 60_000);
