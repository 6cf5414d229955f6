// What accounts have of each other, across regions and leafs: streams once and under the local form, requests
// answered from region to region, mappings, and nothing besides. The same configuration stands at both ends.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { createInbox, type NatsConnection } from "@nats-io/transport-node";
import { acrossLeafs, type LeafPair, newest } from "../support/leaf-sides.ts";
import { LeafWorld } from "../support/leaf-world.ts";
import type { JsonObject } from "../support/member.ts";
import { allHeard, collect, heard } from "../support/messages.ts";
import { SuperCluster } from "../support/peers.ts";
import { guardProcesses } from "../support/process.ts";
import { againstPeers, DIRECTIONS, describeWith } from "../support/sides.ts";
import { until } from "../support/wait.ts";
import type { ServerWorld } from "../support/world.ts";
import { accountsOf } from "../support/world.ts";

setDefaultTimeout(40_000);
guardProcesses();

const { EXP, IMP, OTHER } = accountsOf(["EXP", "IMP", "OTHER"]) as Readonly<Record<string, JsonObject>>;

const MAPPED: JsonObject = { mappings: { "old.*": "st.mapped.{{wildcard(1)}}" } };

const ACCOUNTS: JsonObject = {
  EXP: {
    ...EXP,
    ...MAPPED,
    exports: [
      { stream: "st.>", accounts: ["IMP"] },
      { service: "svc.*", accounts: ["IMP"] },
      { service: "many", response_type: "stream" },
    ],
  },
  IMP: {
    ...IMP,
    imports: [
      { stream: { account: "EXP", subject: "st.>" }, prefix: "im" },
      { service: { account: "EXP", subject: "svc.*" }, to: "my.*" },
      { service: { account: "EXP", subject: "many" }, to: "all" },
    ],
  },
  OTHER: OTHER!,
};

const TOP = { accounts: ACCOUNTS };

/** Answers svc.* and many in EXP. */
function answers(client: NatsConnection): void {
  client.subscribe("svc.*", {
    callback: (_, message) => void message.respond(`${message.subject} answered`),
  });
  client.subscribe("many", {
    callback: (_, message) => {
      for (let i = 0; i < 5; i++) message.respond(String(i));
    },
  });
}

/** What crosses. `isTold`: a request that nobody answers is known at once where it is asked. */
function crossing(
  world: () => ServerWorld,
  from: string,
  to: string,
  accounts: readonly string[],
  isTold = true,
): void {
  const join = async (): Promise<Record<"exp" | "imp" | "farExp" | "farImp", NatsConnection>> => {
    const client = (place: string, account: string) => world().client(place, { account });
    const [exp, imp] = [await client(from, "EXP"), await client(from, "IMP")];
    const [farExp, farImp] = [await client(to, "EXP"), await client(to, "IMP")];
    if (accounts.includes("EXP")) await allHeard(exp, farExp);
    if (accounts.includes("IMP")) await allHeard(imp, farImp);
    return { exp, imp, farExp, farImp };
  };

  test("a stream reaches the importers at both ends, once each and under their own subject", async () => {
    const { exp, imp, farImp } = await join();
    const [near, far] = [await collect(imp, "im.>"), await collect(farImp, "im.st.*")];
    await until("the far importer's interest is known", async () => {
      exp.publish("st.probe", "probe");
      await exp.flush();
      return far.texts.includes("probe");
    });
    const before = [near.count, far.count];
    for (let i = 0; i < 50; i++) exp.publish("st.x", String(i));
    await near.has(before[0]! + 50);
    await far.has(before[1]! + 50);
    exp.publish("st.end", "end");
    await until("the end came", async () => far.texts.includes("end") && near.texts.includes("end"));
    const numbers = Array.from({ length: 50 }, (_, i) => String(i));
    for (const { messages } of [near, far]) {
      const got = messages.filter(({ subject }) => subject === "im.st.x").map((message) => message.string());
      expect(got).toEqual(numbers);
      expect(messages.every(({ subject }) => subject.startsWith("im.st."))).toBe(true);
    }
  });

  test("a request is answered at the other end, by one and by many", async () => {
    const { imp, farExp } = await join();
    answers(farExp);
    await farExp.flush();
    const answer = await until("the request is answered", async () => {
      return imp.request("my.x", "q", { timeout: 500 }).then(
        (message) => message.string(),
        () => undefined,
      );
    });
    expect(answer).toBe("svc.x answered");
    const got: string[] = [];
    const inbox = createInbox();
    imp.subscribe(inbox, { callback: (_, message) => void got.push(message.string()) });
    imp.publish("all", "q", { reply: inbox });
    await until("all answers came", async () => got.length >= 5);
    expect(got).toEqual(["0", "1", "2", "3", "4"]);
    for (let i = 0; i < 50; i++) {
      expect((await imp.request(`my.${i}`, "q", { timeout: 3_000 })).string()).toBe(`svc.${i} answered`);
    }
  });

  test("a request that nobody answers anywhere is told so at once", async () => {
    // A leaf of the importing account says that it takes the request, because it imports it too.
    if (!isTold) return;
    const { imp } = await join();
    const failure = await until("nobody is left from before", async () => {
      return imp.request("my.nobody", "q", { timeout: 3_000 }).then(
        () => undefined,
        (error: Error) => error.message,
      );
    });
    expect(failure).toContain("no responders");
  });

  test("what is published under a mapped subject arrives under the other one", async () => {
    if (!accounts.includes("EXP")) return;
    const { exp, farExp } = await join();
    const got = await collect(farExp, ">");
    await heard(exp, farExp);
    exp.publish("old.x", "mapped");
    await until("it came", async () => got.texts.includes("mapped"));
    const subjects = got.messages
      .filter((message) => message.string() === "mapped")
      .map(({ subject }) => subject);
    expect(subjects).toEqual(["st.mapped.x"]);
  });

  test("nothing of it is seen in an account that imports nothing", async () => {
    const { exp, imp } = await join();
    const [near, far] = [
      await world().client(from, { account: "OTHER" }),
      await world().client(to, { account: "OTHER" }),
    ];
    const collectors = [await collect(near, ">"), await collect(far, ">")];
    for (const subject of ["st.x", "svc.x", "many", "old.x"]) exp.publish(subject, "secret");
    for (const subject of ["my.x", "all", "im.st.x"]) imp.publish(subject, "secret");
    await Promise.all([exp.flush(), imp.flush(), near.flush(), far.flush()]);
    await Bun.sleep(100);
    for (const { texts } of collectors) expect(texts).not.toContain("secret");
  });
}

againstPeers(
  (peer) => {
    let world: SuperCluster;
    beforeAll(async () => {
      world = await SuperCluster.start(
        { name: "BOX", kind: "box", top: TOP },
        { name: "PEER", kind: peer.kind, top: TOP },
      );
      await world.meshed();
    });
    afterEach(() => world?.closeClients());
    afterAll(() => world?.close());
    describe.each([...DIRECTIONS])("by gateway from %s to %s", (from, to) =>
      crossing(() => world, from, to, ["EXP", "IMP"]),
    );
  },
  ({ kind, servers }) => servers === 1 && (kind === "2.15" || kind === "box"),
);

/** With a link for one account alone, the other one's share crosses by the imports of one end. With links for
 *  both, imports at both ends would make two of everything, as between two nats-servers. */
function leafs(pair: LeafPair, accounts: readonly string[], spokeTop: JsonObject): void {
  describe(`with links for ${accounts.join(" and ")}`, () => {
    let world: LeafWorld;
    beforeAll(async () => {
      world = await LeafWorld.up({
        clusters: [
          { name: "HUB", kind: pair.hub, accounts: ["EXP", "IMP", "OTHER"], top: TOP },
          { name: "SPOKE", kind: pair.spoke, accounts: ["EXP", "IMP", "OTHER"], top: spokeTop },
        ],
        links: accounts.map((account) => ({ from: "SPOKE", to: "HUB", account })),
      });
    });
    afterEach(() => world?.closeClients());
    afterAll(() => world?.close());
    const isTold = accounts.includes("EXP");
    describe("from HUB to SPOKE", () => crossing(() => world, "HUB", "SPOKE", accounts, isTold));
    const alone = accounts.length === 1 && isTold;
    describe("from SPOKE to HUB", () => crossing(() => world, "SPOKE", "HUB", accounts, alone));
  });
}

acrossLeafs((pair) => {
  leafs(pair, ["EXP"], TOP);
  leafs(pair, ["IMP"], TOP);
  leafs(pair, ["EXP", "IMP"], { accounts: { EXP: { ...EXP, ...MAPPED }, IMP: IMP!, OTHER: OTHER! } });
}, newest);

describeWith("imports that come with a reload", ["box"], () => {
  test("count for subscriptions that are there, whose connections stay", async () => {
    const before = { accounts: { EXP: EXP!, IMP: IMP!, OTHER: OTHER! } };
    const world = await SuperCluster.start({ name: "BOX", kind: "box", top: before });
    try {
      const [exp, imp] = [
        await world.client("BOX", { account: "EXP" }),
        await world.client("BOX", { account: "IMP" }),
      ];
      const got = await collect(imp, "im.>");
      let cuts = 0;
      void (async () => {
        for await (const { type } of imp.status()) if (type === "disconnect") cuts++;
      })();
      exp.publish("st.x", "early");
      await exp.flush();
      expect(await world.member("BOX").reload((config) => ({ ...config, ...TOP }))).toContain("Reloaded");
      exp.publish("st.x", "late");
      await got.has(1);
      expect(got.texts).toEqual(["late"]);
      await world.member("BOX").reload((config) => ({ ...config, ...before }));
      exp.publish("st.x", "never");
      await Promise.all([exp.flush(), imp.flush()]);
      expect([got.texts, cuts]).toEqual([["late"], 0]);
    } finally {
      await world.close();
    }
  });
});

describeWith("50 accounts over a gateway and a leaf", ["box", "2.15"], () => {
  test("say the same subjects, and none sees anything of another", async () => {
    const names = Array.from({ length: 50 }, (_, i) => `ACC${i}`);
    const accounts = names.map((name) => {
      const exports = [
        { stream: "same.>", accounts: [name === "ACC0" ? "ACC1" : "ACC0"] },
        { service: "svc.>" },
      ];
      return [name, { ...(accountsOf([name])[name] as JsonObject), exports }] as const;
    });
    const top = { accounts: Object.fromEntries([...accounts, ["SYS", {}]]) };
    const more = { accounts: names, top };
    const world = await LeafWorld.up({
      // nats-server wants a system account of its own where gateways and leafs meet.
      clusters: [
        { name: "HUB", kind: "box", gateways: ["FAR"], ...more },
        { name: "FAR", kind: "2.15", gateways: ["HUB"], ...more },
        { name: "SPOKE", kind: "2.15", ...more },
      ],
      links: names.map((account) => ({ from: "SPOKE", to: "HUB", account })),
    });
    try {
      const places = ["HUB", "FAR", "SPOKE"];
      const at = await Promise.all(
        names.map((account) => Promise.all(places.map((place) => world.client(place, { account })))),
      );
      const collectors = await Promise.all(
        at.map((clients) => Promise.all(clients.map((each) => collect(each, "same.>")))),
      );
      await Promise.all(at.map((clients) => allHeard(...clients)));
      for (const [i, clients] of at.entries()) {
        for (const [j, client] of clients.entries()) {
          for (let k = 0; k < 10; k++) client.publish("same.x", `${names[i]} ${places[j]} ${k}`);
        }
      }
      await Promise.all(collectors.flat().map((each) => each.has(30)));
      await Promise.all(at.map((clients) => allHeard(...clients)));
      for (const [i, of] of collectors.entries()) {
        for (const { texts } of of) {
          expect(texts).toHaveLength(30);
          expect(texts.filter((text) => !text.startsWith(`${names[i]} `))).toEqual([]);
        }
      }
    } finally {
      await world.close();
    }
  });
});
