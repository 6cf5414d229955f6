// Service imports: a request enters another account, and its answers find the way back. Source:
// client-and-auth.md §2, gateway.md §7.5, leaf-imports.txt.

import { describe, expect, test } from "bun:test";
import { hash6 } from "../../src/base/hash6.ts";
import { SeededRandom } from "../../src/base/random.ts";
import { Answers } from "../../src/forward/answers.ts";
import { Box, complete, MAPPED, SERVER_ID, start } from "../support/core-world.ts";
import { maps, service, traffic } from "../support/traffic.ts";

const A = { user: "a", pass: "a" };
const B = { user: "b", pass: "b" };
const OWN = `${MAPPED}${hash6(SERVER_ID)}.`;

const SERVICES = traffic("ACC2", {
  services: [
    service("ACC", "svc.>", "my.>"),
    service("ACC", "many", "many", { response: "stream", thresholdMillis: 1_000 }),
    service("ACC", "chunks", "chunks", { response: "chunked" }),
    service("ACC", "shared", "shared", { share: true }),
  ],
});

const world = () => new Box({ traffic: [SERVICES] });

/** What a responder heard: the reply and the headers. */
function heardRequest(
  lines: readonly string[],
  subject: string,
): { reply: string; info: string; body: string } {
  const [line = "", version, info = "", blank, body = ""] = lines;
  const [verb, heard, , reply = ""] = line.split(" ");
  expect({ verb, heard, version, blank }).toEqual({
    verb: "HMSG",
    heard: subject,
    version: "NATS/1.0",
    blank: "",
  });
  expect(reply).toMatch(/^_R_\.[0-9A-Za-z]{6}\.[0-9A-Za-z]{6}$/);
  return { reply, info, body };
}

describe("a request", () => {
  test("of a client is asked in the exporting account, and the answer comes back under its own reply", () => {
    const box = world();
    const responder = box.client(A);
    responder.says("SUB svc.> 1");
    const client = box.client(B);
    client.says("SUB inbox.* 7", "PUB my.x.y inbox.1 3\r\nreq");
    const { reply, info, body } = heardRequest(responder.hears(), "svc.x.y");
    expect(info).toStartWith('Nats-Request-Info: {"acc":"ACC2","rtt":');
    expect(body).toBe("req");
    responder.says(`PUB ${reply} 3\r\nans`);
    expect(client.hears()).toEqual(["MSG inbox.1 7 3", "ans"]);
    expect(box.core.forwarder.relay.answers.size).toBe(0);
  });

  test("keeps its headers, but not what it claims of itself", () => {
    const box = world();
    const responder = box.client(A);
    responder.says("SUB svc.x 1");
    const header = 'NATS/1.0\r\nA: b\r\nnats-request-info: {"acc":"$SYS"}\r\nC: d\r\n\r\n';
    box.client(B).saysRaw(`HPUB my.x ${header.length} ${header.length + 2}\r\n${header}hi\r\n`);
    const heard = responder.hears();
    expect(heard.slice(1, 3)).toEqual(["NATS/1.0", "A: b"]);
    expect(heard[3]).toBe("C: d");
    expect(heard[4]).toStartWith('Nats-Request-Info: {"acc":"ACC2"');
    expect(heard.slice(5)).toEqual(["", "hi"]);
    const [, header2, total] = /(\d+) (\d+)$/.exec(heard[0]!)!;
    expect(Number(total) - Number(header2)).toBe(2);
  });

  test("to an export that is told more says who asks", () => {
    const box = world();
    const responder = box.client(A);
    responder.says("SUB shared 1");
    box.client({ ...B, name: "me", lang: "x", version: "1" }).says("PUB shared 0\r\n");
    const info = JSON.parse(responder.hears()[2]!.slice("Nats-Request-Info: ".length));
    expect(info).toMatchObject({ acc: "ACC2", user: "b", name: "me", lang: "x", ver: "1", host: "10.0.0.1" });
  });

  test("without a reply goes without one", () => {
    const box = world();
    const responder = box.client(A);
    responder.says("SUB svc.x 1");
    box.client(B).says("PUB my.x 2\r\nhi");
    expect(responder.hears()[0]).toMatch(/^HMSG svc.x 1 \d+ \d+$/);
    expect(box.core.forwarder.relay.answers.size).toBe(0);
  });

  test("that nobody can answer is told so, and nothing of it is kept", () => {
    const box = world();
    const client = box.client(B);
    client.says("SUB inbox 1", "PUB my.x inbox 1\r\na");
    expect(client.hears().slice(0, 3)).toEqual(["HMSG inbox 1 36 36", "NATS/1.0 503", "Nats-Subject: my.x"]);
    expect(box.core.forwarder.relay.answers.size).toBe(0);
  });

  test("is heard in its own account as well", () => {
    const box = world();
    const watcher = box.client(B);
    watcher.says("SUB my.> 1");
    const responder = box.client(A);
    responder.says("SUB svc.x 1");
    box.client(B).says("PUB my.x 1\r\na");
    expect(watcher.hears()).toEqual(["MSG my.x 1 1", "a"]);
    expect(responder.hears()).toHaveLength(5);
  });

  test("is served by one of a group", () => {
    const box = world();
    const [one, two] = [box.client(A), box.client(A)];
    for (const each of [one, two]) each.says("SUB svc.x q 1");
    const client = box.client(B);
    for (let i = 0; i < 40; i++) client.says("PUB my.x 1\r\na");
    const counts = [one, two].map((each) => each.hears().length / 5);
    expect(counts[0]! + counts[1]!).toBe(40);
    expect(Math.min(...counts)).toBeGreaterThan(5);
  });
});

describe("answers", () => {
  function asked(subject: string, exported = subject) {
    const box = world();
    const responder = box.client(A);
    responder.says(`SUB ${exported} 1`);
    const client = box.client(B);
    client.says("SUB inbox 1", `PUB ${subject} inbox 0\r\n`);
    const { reply } = heardRequest(responder.hears(), exported);
    return {
      box,
      responder,
      client,
      answer: (body: string) => responder.says(`PUB ${reply} ${body.length}\r\n${body}`),
    };
  }

  test("to a single request are one; the second is dropped and counted", () => {
    const { box, client, answer } = asked("my.x", "svc.x");
    answer("a");
    answer("b");
    expect(client.hears()).toEqual(["MSG inbox 1 1", "a"]);
    expect(box.core.forwarder.relay.answers.counts.unknown).toBe(1);
  });

  test("of a stream may be many, as long as no time passes between them", () => {
    const { box, client, answer } = asked("many");
    for (const body of ["a", "b", "c"]) {
      box.wait(900);
      answer(body);
    }
    expect(client.hears()).toEqual(["MSG inbox 1 1", "a", "MSG inbox 1 1", "b", "MSG inbox 1 1", "c"]);
    box.wait(1_000);
    answer("d");
    expect(client.hears()).toEqual([]);
    expect(box.core.forwarder.relay.answers.counts.unknown).toBe(1);
  });

  test("in chunks end with an empty one", () => {
    const { client, answer } = asked("chunks");
    for (const body of ["a", "b", "", "c"]) answer(body);
    expect(client.hears()).toEqual(["MSG inbox 1 1", "a", "MSG inbox 1 1", "b", "MSG inbox 1 0", ""]);
  });

  test("that nobody can get any more end the request", () => {
    const { box, client, answer } = asked("many");
    client.says("UNSUB 1");
    answer("a");
    expect(box.core.forwarder.relay.answers.size).toBe(0);
  });

  test("in another account find nobody", () => {
    const { client, box } = asked("my.x", "svc.x");
    const [subject] = [...box.core.forwarder.relay.answers.subjects()];
    box.client(B).says(`PUB ${subject} 1\r\na`);
    expect(client.hears()).toEqual([]);
  });

  test("are awaited within a bound for each account: its oldest request gives way", () => {
    const rows: number[] = [];
    const add = (): number => rows.push(1);
    const interest = { add, addOnce: add, remove: () => {}, reweigh: () => {} };
    const answers = new Answers(new SeededRandom(1), interest, 3);
    const response = "single";
    const open = (importer: number, now = 0) =>
      answers.open({ exporter: 1, importer, reply: new Uint8Array(1), response, thresholdMillis: 9 }, now);
    const other = open(3);
    const [first] = [open(2), open(2), open(2), open(2)];
    expect([answers.size, answers.counts.displaced, rows.length]).toEqual([4, 1, 1]);
    expect(answers.find(1, first!, 0, first!.length, 0)).toBeUndefined();
    expect(answers.find(1, other, 0, other.length, 0)).toBeDefined();
    expect(answers.find(1, other, 0, other.length, 9)).toBeUndefined();
    open(2, 10_000);
    expect(answers.size).toBe(1);
  });
});

describe("chains", () => {
  test("of imports lead to the last account and back", () => {
    const names = ["$G", "ACC", "ACC2"];
    const box = new Box({
      accounts: { names },
      traffic: [
        traffic("ACC2", { services: [service("ACC", "mid.*", "first.*")] }),
        traffic("ACC", { services: [service("$G", "last.*", "mid.*")] }),
      ],
    });
    const responder = box.client({ user: "g", pass: "g" });
    responder.says("SUB last.* 1");
    const client = box.client(B);
    client.says("SUB inbox 1", "PUB first.x inbox 1\r\nq");
    const { reply, info } = heardRequest(responder.hears(), "last.x");
    expect(info).toContain('"acc":"ACC2"');
    responder.says(`PUB ${reply} 1\r\na`);
    expect(client.hears()).toEqual(["MSG inbox 1 1", "a"]);
    expect(box.core.forwarder.relay.answers.size).toBe(0);
  });

  test("in a circle end, and are counted", () => {
    const box = new Box({
      traffic: [
        traffic("ACC2", { services: [service("ACC", "x", "x")] }),
        traffic("ACC", { services: [service("ACC2", "x", "x")] }),
      ],
    });
    const client = box.client(B);
    client.says("SUB inbox 1", "PUB x inbox 1\r\nq");
    expect(client.hears()[0]).toStartWith("HMSG inbox 1 ");
    expect(box.core.forwarder.relay.counts.looped).toBe(1);
  });
});

describe("over gateways", () => {
  function regions() {
    const box = world();
    const inbound = box.inbound("B");
    inbound.hears();
    const remote = box.outbound("B");
    for (const account of ["ACC", "ACC2"]) remote.says(start("B", account), complete("B", account));
    return { box, inbound, remote };
  }

  test("the request goes in the exporting account with a mapped reply, and its space is asked for once", () => {
    const { box, inbound, remote } = regions();
    remote.says("RS+ ACC svc.x");
    const client = box.client(B);
    client.says("SUB inbox 1", "PUB my.x inbox 3\r\nreq", "PUB my.x inbox 3\r\nreq");
    const [line = ""] = remote.hears();
    const reply = line.split(" ")[3]!;
    expect(line).toStartWith("HMSG ACC svc.x _GR_.");
    expect(reply).toMatch(new RegExp(`^${OWN.replaceAll(".", "\\.")}_R_\\.\\w{6}\\.\\w{6}$`));
    const space = inbound.hears().filter((each) => each.includes(" _R_."));
    expect(space).toEqual([`RS+ ACC ${reply.slice(OWN.length).replace(/\w{6}$/, ">")}`]);
    inbound.says(`RMSG ACC ${reply} 3\r\nans`);
    expect(client.hears()).toEqual(["MSG inbox 1 3", "ans"]);
  });

  test("an answer that comes without the way home is an answer too", () => {
    const { box, inbound, remote } = regions();
    remote.says("RS+ ACC svc.x");
    const client = box.client(B);
    client.says("SUB inbox 1", "PUB my.x inbox 3\r\nreq");
    const reply = remote.hears()[0]!.split(" ")[3]!.slice(OWN.length);
    inbound.says(`RMSG ACC ${reply} 3\r\nans`);
    expect(client.hears()).toEqual(["MSG inbox 1 3", "ans"]);
  });

  test("what is imported is not told, and a request that comes in is not imported once more", () => {
    const { box, inbound } = regions();
    expect(inbound.hears()).toEqual([]);
    expect(box.inbound("C").hears().join(" ")).not.toContain("my.>");
    const responder = box.client(A);
    responder.says("SUB svc.x 1");
    inbound.says("RMSG ACC2 my.x 1\r\na");
    expect(responder.hears()).toEqual([]);
  });
});

describe("over leafs", () => {
  test("what is imported and what is mapped is told to a leaf, now and when it joins", () => {
    const box = new Box({
      traffic: [SERVICES, traffic("ACC", { mappings: [maps("old.*", ["new.$1", 100])] })],
    });
    const leaf = box.rawLeaf();
    leaf.hears();
    leaf.says(
      `CONNECT ${JSON.stringify({ user: "b", pass: "b", name: "s1", cluster: "s1", headers: true })}`,
    );
    const heard = leaf.hears();
    for (const subject of ["my.>", "many", "chunks", "shared"]) expect(heard).toContain(`LS+ ${subject}`);
    box.core.traffic.replace([]);
    expect(leaf.hears().sort()).toEqual(["LS- chunks", "LS- many", "LS- my.>", "LS- shared"]);
  });

  test("a leaf's request is answered in the other account, and the _R_ reply never reaches it", () => {
    const box = world();
    const leaf = box.spoke("s1", { user: "b", pass: "b" });
    const responder = box.client(A);
    responder.says("SUB svc.> 1");
    leaf.says("LS+ _INBOX.1", "LMSG my.x _INBOX.1 1\r\nq");
    const { reply } = heardRequest(responder.hears(), "svc.x");
    responder.says(`PUB ${reply} 3\r\nans`);
    expect(leaf.hears()).toEqual(["LMSG _INBOX.1 3", "ans"]);
  });

  test("a leaf that may say little answers what it is asked", () => {
    const permissions = { publish: { allow: ["x"], deny: [] }, subscribe: { allow: null, deny: [] } };
    const users = [
      { user: "a", password: "a", account: "ACC", permissions },
      { user: "b", password: "b", account: "ACC2" },
    ];
    const box = new Box({ traffic: [SERVICES], accounts: { users, noAuthUser: null } });
    const leaf = box.spoke("s1", { user: "a", pass: "a" });
    leaf.says("LS+ svc.x");
    const client = box.client(B);
    client.says("SUB inbox 1", "PUB my.x inbox 1\r\nq");
    const heard = leaf.hears();
    const reply = heard.find((line) => line.startsWith("HMSG svc.x"))!.split(" ")[2]!;
    expect(heard).toContain(`LS+ ${reply.replace(/\w{6}$/, ">")}`);
    leaf.says(`LMSG ${reply} 3\r\nans`);
    expect(client.hears()).toEqual(["MSG inbox 1 3", "ans"]);
  });

  test("a leaf that answers is told of the space of answers", () => {
    const box = world();
    const leaf = box.spoke("s1", { user: "a", pass: "a" });
    leaf.says("LS+ svc.x");
    const client = box.client(B);
    client.says("SUB inbox 1", "PUB my.x inbox 1\r\nq");
    const heard = leaf.hears();
    const reply = heard.find((line) => line.startsWith("HMSG svc.x"))!.split(" ")[2]!;
    expect(heard).toContain(`LS+ ${reply.replace(/\w{6}$/, ">")}`);
    leaf.says(`LMSG ${reply} 3\r\nans`);
    expect(client.hears()).toEqual(["MSG inbox 1 3", "ans"]);
  });
});
