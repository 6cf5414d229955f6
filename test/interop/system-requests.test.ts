// What is asked in the system account is answered by the box as by a nats-server 2.15 beside it: the same
// envelope, the same documents, the same refusals, wherever it is asked; and no account learns of another.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { headers, type NatsConnection } from "@nats-io/transport-node";
import { heard } from "../support/messages.ts";
import { SuperCluster } from "../support/peers.ts";
import { guardProcesses } from "../support/process.ts";
import { describeWith } from "../support/sides.ts";
import { asked, askedAll, idOf, type ServerReply, SYSTEM_ACCOUNTS, shape, shown } from "../support/system.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(40_000);
guardProcesses();

const VIEWS = [
  "VARZ",
  "CONNZ",
  "SUBSZ",
  "ROUTEZ",
  "GATEWAYZ",
  "LEAFZ",
  "ACCOUNTZ",
  "JSZ",
  "HEALTHZ",
  "EXPVARZ",
  "IPQUEUESZ",
  "RAFTZ",
  "PROFILEZ",
];

describeWith("requests in the system account of a box and a nats-server 2.15", ["box", "2.15"], () => {
  let world: SuperCluster;
  const ids = new Map<string, string>();
  beforeAll(async () => {
    world = await SuperCluster.start(
      { name: "BOX", kind: "box", ...SYSTEM_ACCOUNTS, accounts: ["APP", "OTHER", "SYS"] },
      { name: "EAST", kind: "2.15", ...SYSTEM_ACCOUNTS, accounts: ["APP", "OTHER", "SYS"] },
    );
    await world.meshed();
    for (const name of ["BOX", "EAST"]) ids.set(name, await idOf(world, name));
  });
  afterEach(() => world?.closeClients());
  afterAll(() => world?.close());

  const operator = (at: string): Promise<NatsConnection> => world.client(at, { account: "SYS" });
  const of = (name: string, what: string): string => `$SYS.REQ.SERVER.${ids.get(name)}.${what}`;

  describe.each(["BOX", "EAST"])("asked at %s", (at) => {
    test.each(VIEWS)("%s is answered by both, by id and all at once", async (what) => {
      const client = await operator(at);
      for (const name of ["BOX", "EAST"]) {
        const { server, data, error } = await asked(client, of(name, what));
        expect([server.name, server.id, error]).toEqual([`${name}1`, ids.get(name)!, undefined]);
        expect(data).toBeTypeOf("object");
      }
      const all = await askedAll(client, `$SYS.REQ.SERVER.PING.${what}`, 2);
      expect([...all.keys()].sort()).toEqual(["BOX1", "EAST1"]);
    });

    test("STATSZ and IDZ are answered with nats-server's members", async () => {
      const client = await operator(at);
      const [box, east] = [
        await asked(client, of("BOX", "STATSZ")),
        await asked(client, of("EAST", "STATSZ")),
      ];
      const named = (reply: ServerReply) => Object.keys(reply["statsz"] as object).sort();
      expect(named(box)).toEqual(named(east));
      const varz = await shown(world, "BOX", "varz");
      expect(box["statsz"]).toMatchObject({
        start: varz["start"],
        connections: varz["connections"],
        cores: varz["cores"],
      });
      const id = await asked(client, of("BOX", "IDZ"));
      expect(id as unknown).toEqual({ name: "BOX1", host: "127.0.0.1", id: ids.get("BOX")! });
      expect([...(await askedAll(client, "$SYS.REQ.SERVER.PING", 2)).keys()].sort()).toEqual([
        "BOX1",
        "EAST1",
      ]);
    });

    test("the sequence of what a server says goes up", async () => {
      const client = await operator(at);
      const first = (await asked(client, of("BOX", "VARZ"))).server.seq;
      expect((await asked(client, of("BOX", "VARZ"))).server.seq).toBeGreaterThan(first);
    });

    test.each([
      ["server_name by part", { server_name: "BO" }, ["BOX1"]],
      ["server_name exactly", { server_name: "BOX1", exact_match: true }, ["BOX1"]],
      ["cluster", { cluster: "EAST" }, ["EAST1"]],
      ["host", { host: "127.0.0" }, ["BOX1", "EAST1"]],
    ])("who is not meant keeps silent: %s", async (_title, filter, wanted) => {
      const client = await operator(at);
      for (const what of ["PING", "PING.VARZ"]) {
        const answers = await askedAll(client, `$SYS.REQ.SERVER.${what}`, wanted.length, filter);
        expect([...answers.keys()].sort()).toEqual(wanted);
      }
      await client.request(of("BOX", "VARZ"), '{"domain":"hub"}', { timeout: 300 }).then(
        () => expect.unreachable("a domain that nobody has was answered"),
        ({ name }) => expect(name).toBe("TimeoutError"),
      );
    });

    test.each([
      ["garbage", "CONNZ"],
      ['{"limit":', "CONNZ"],
      ["[1]", "CONNZ"],
      ['{"limit":"x"}', "CONNZ"],
      ['{"cid":-1}', "CONNZ"],
      ['{"cid":"1"}', "KICK"],
      ['{"sort":"zz"}', "CONNZ"],
      ['{"account":"NOPE"}', "ACCOUNTZ"],
      ['{"tags":"x"}', "VARZ"],
      ['{"subscriptions":1}', "LEAFZ"],
      ['{"cid":999999}', "KICK"],
      ['{"cid":999999}', "LDM"],
    ])("%s to %s is refused in the same words", async (body, what) => {
      const client = await operator(at);
      if (what === "KICK" && body.includes('"1"')) {
        // nats-server keeps silent here; we say what is wrong.
        expect((await asked(client, of("BOX", what), body)).error!.code).toBe(400);
        return;
      }
      const [box, east] = [
        await asked(client, of("BOX", what), body),
        await asked(client, of("EAST", what), body),
      ];
      expect(box.error).toEqual(east.error);
      expect(Object.keys(box)).toEqual(Object.keys(east));
    });
  });

  test.each(["CONNZ", "LEAFZ", "SUBSZ", "INFO", "STATZ", "JSZ"])(
    "an account's %s is told by every server that has it",
    async (what) => {
      const [near, far] = [
        await world.client("BOX", { account: "APP" }),
        await world.client("EAST", { account: "APP" }),
      ];
      near.subscribe("a.b");
      far.subscribe("a.b");
      await heard(near, far);
      const client = await operator("EAST");
      const answers = await askedAll(client, `$SYS.REQ.ACCOUNT.APP.${what}`, 2);
      const [box, east] = [answers.get("BOX1")!, answers.get("EAST1")!];
      expect(box.error).toEqual(east.error);
      if (what === "CONNZ") {
        const cids = (box.data!["connections"] as { cid: number }[]).map(({ cid }) => cid);
        expect(cids).toEqual([near.info!.client_id]);
      }
      if (what === "STATZ") {
        const { account_statz } = box.data as { account_statz: { acc: string; conns: number }[] };
        expect(account_statz.map(({ acc, conns }) => [acc, conns])).toEqual([["APP", 1]]);
        expect(shape(box.data).sort()).toEqual(shape(east.data).sort());
      }
      if (what === "INFO") expect(box.data).toMatchObject({ account_name: "APP", client_connections: 1 });
    },
  );

  test("an account that is not there is refused, or nothing is said of it", async () => {
    const client = await operator("BOX");
    const answers = await askedAll(client, "$SYS.REQ.ACCOUNT.NOPE.INFO", 2);
    expect(answers.get("BOX1")!.error).toEqual(answers.get("EAST1")!.error!);
    const silent = await client.requestMany("$SYS.REQ.ACCOUNT.NOPE.STATZ", "", {
      strategy: "timer",
      maxWait: 300,
    });
    for await (const message of silent) expect.unreachable(message.string());
  });

  test("CONNS and NSUBS count what is connected here", async () => {
    const app = await world.client("BOX", { account: "APP" });
    app.subscribe("n.x");
    app.subscribe("n.*", { queue: "q" });
    await heard(app, app);
    const client = await operator("BOX");
    const conns = (await asked(client, "$SYS.REQ.ACCOUNT.APP.CONNS")) as ServerReply & { type: string };
    expect([conns["type"], conns["acc"], conns["conns"]]).toEqual([
      "io.nats.server.advisory.v1.account_connections",
      "APP",
      1,
    ]);
    const count = async (subject: string, more = {}) =>
      (
        await client.request("$SYS.REQ.ACCOUNT.NSUBS", JSON.stringify({ acc: "APP", subject, ...more }))
      ).json<number>();
    expect(await count("n.x")).toBe(2);
    expect(await count("n.y")).toBe(1);
    expect(await count("n.>")).toBe(2);
    expect(await count("n.x", { queue: Buffer.from("q").toString("base64") })).toBe(1);
  });

  test("a client is told who it is, and by no other server than its own", async () => {
    for (const at of ["BOX", "EAST"]) {
      for (const account of ["APP", "SYS"]) {
        const client = await world.client(at, { account });
        const info = await asked(client, "$SYS.REQ.USER.INFO");
        expect(info.server.name).toBe(`${at}1`);
        expect(info.data).toEqual({ user: `${account}-user`, account, account_name: account });
      }
    }
  });

  test("nobody can be somebody else by writing his own header", async () => {
    const [app, other] = [
      await world.client("BOX", { account: "APP" }),
      await world.client("BOX", { account: "OTHER" }),
    ];
    const lie = headers();
    lie.set("Nats-Request-Info", JSON.stringify({ acc: "OTHER", id: other.info!.client_id }));
    const info = (
      await app.request("$SYS.REQ.USER.INFO", "", { headers: lie, timeout: 2_000 })
    ).json<ServerReply>();
    expect(info.data).toMatchObject({ user: "APP-user", account: "APP" });
  });

  test.each(["ACCOUNT", "SERVER"])(
    "an account sees its own connections on all servers by %s.PING.CONNZ, and no others",
    async (kind) => {
      const clients = await Promise.all(
        ["BOX", "EAST"].flatMap((at) => ["APP", "OTHER"].map((account) => world.client(at, { account }))),
      );
      for (const client of [clients[0]!, clients[2]!]) {
        const answers = await askedAll(client, `$SYS.REQ.${kind}.PING.CONNZ`, 2, {
          acc: "OTHER",
          auth: true,
        });
        const seen = [...answers].map(([name, { data }]) => [
          name,
          (data!["connections"] as { account: string; cid: number }[]).map(
            ({ account, cid }) => `${account} ${cid}`,
          ),
        ]);
        expect(Object.fromEntries(seen)).toEqual({
          BOX1: [`APP ${clients[0]!.info!.client_id}`],
          EAST1: [`APP ${clients[2]!.info!.client_id}`],
        });
      }
    },
  );

  test("an account sees its own figures on all servers by ACCOUNT.PING.STATZ", async () => {
    const [near] = [
      await world.client("BOX", { account: "APP" }),
      await world.client("EAST", { account: "APP" }),
    ];
    const answers = await askedAll(near!, "$SYS.REQ.ACCOUNT.PING.STATZ", 2);
    const seen = [...answers.values()].flatMap(({ data }) => data!["account_statz"] as { acc: string }[]);
    expect(seen.map(({ acc }) => acc)).toEqual(["APP", "APP"]);
  });

  test("an ordinary account asks no server anything else, and hears nothing of the system account", async () => {
    const app = await world.client("BOX", { account: "APP" });
    const overheard: string[] = [];
    app.subscribe("$SYS.>", { callback: (_, { subject }) => void overheard.push(subject) });
    await heard(app, app);
    for (const subject of [
      of("BOX", "VARZ"),
      of("BOX", "KICK"),
      of("BOX", "RELOAD"),
      "$SYS.REQ.ACCOUNT.OTHER.CONNZ",
    ])
      app.publish(subject, '{"cid":1}', { reply: "nobody" });
    const sys = await operator("BOX");
    await asked(sys, of("BOX", "VARZ"));
    await world.client("EAST", { account: "APP" });
    await heard(app, app);
    // What it said itself, it hears.
    expect(overheard.filter((subject) => !subject.includes(".REQ."))).toEqual([]);
    expect(overheard).toHaveLength(4);
  });

  test("nobody answers what no server answers", async () => {
    const client = await operator("BOX");
    const refused = await client
      .request(of("BOX", "NOTHING"), "", { timeout: 2_000 })
      .catch(({ message }) => message);
    expect(refused).toContain("no responders");
  });

  test("LDM tells one client to go", async () => {
    const app = await world.client("BOX", { account: "APP", more: { reconnect: false } });
    let told = false;
    void (async () => {
      for await (const { type } of app.status()) if (type === "ldm") told = true;
    })();
    const answer = await asked(await operator("EAST"), of("BOX", "LDM"), { cid: app.info!.client_id });
    expect(answer.error).toBeUndefined();
    await until("the client was told", () => told);
  });

  test("RELOAD takes up a file, and says why it does not", async () => {
    const client = await operator("EAST");
    const member = world.member("BOX");
    const file = `${world.dir}/BOX1.yaml`;
    const before = await Bun.file(file).text();
    await Bun.write(file, "listen: [");
    const refused = await asked(client, of("BOX", "RELOAD"));
    expect(refused.error!.code).toBe(500);
    expect(refused.error!.description).toContain("BOX1.yaml");
    await Bun.write(file, JSON.stringify({ ...JSON.parse(before), max_payload: 65_536 }));
    const taken = await asked(client, of("BOX", "RELOAD"));
    expect(Object.keys(taken)).toEqual(["server"]);
    expect((await asked(client, of("BOX", "VARZ"))).data!["max_payload"]).toBe(65_536);
    expect(member.log).toContain("Reloaded: 1 changes");
  });
});
