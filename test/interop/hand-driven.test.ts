// A gateway moved by hand against the box: the very bytes it says, and what it does with bytes no server
// would send.

import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { createHash } from "node:crypto";
import { headers } from "@nats-io/transport-node";
import { documentOf, groupsOf, isAbout, messagesOn, replyOf } from "../support/gateway-frames.ts";
import { gatewayz } from "../support/gatewayz.ts";
import { HAS_STAND_IN } from "../support/member.ts";
import { collect, unique } from "../support/messages.ts";
import { SuperCluster } from "../support/peers.ts";
import { guardProcesses } from "../support/process.ts";
import {
  connectLine,
  dialAsGateway,
  hearsInterest,
  infoLine,
  RawAcceptor,
  wholeInterest,
} from "../support/raw-gateway.ts";
import { RawLink } from "../support/raw-link.ts";
import { describeWith } from "../support/sides.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(20_000);
guardProcesses();

const crashes = "a nats-server 2.15 ends when it is told this, so a stand-in cannot be asked";
if (HAS_STAND_IN) console.error(`SKIPPED two lines from the wrong side: ${crashes}`);

describeWith("a gateway moved by hand", ["box"], () => {
  let world: SuperCluster;
  let acceptor: RawAcceptor;
  let old: RawAcceptor;
  let dialed: RawLink[] = [];
  beforeAll(async () => {
    acceptor = new RawAcceptor({ gateway: "RAW" });
    old = new RawAcceptor({ gateway: "OLD", iom: false, headers: false });
    const gateways = [
      { name: "RAW", urls: [`nats://127.0.0.1:${acceptor.port}`] },
      { name: "OLD", urls: [`nats://127.0.0.1:${old.port}`] },
    ];
    world = await SuperCluster.start({ name: "BOX", kind: "box", gateway: { gateways } });
  });
  afterEach(async () => {
    for (const link of dialed) link.close();
    dialed = [];
    await world?.closeClients();
  });
  afterAll(async () => {
    await world?.close();
    acceptor?.close();
    old?.close();
  });

  const gatePort = () => world.member("BOX").ports.gateway;
  const dial = async (gateway = "RAW") => {
    const link = await dialAsGateway(gatePort(), { gateway, serverName: unique("raw").replace(".", "-") });
    dialed.push(link);
    return link;
  };
  const plain = async () => {
    const link = await RawLink.dial(gatePort());
    dialed.push(link);
    return link;
  };

  test("is dialed with CONNECT first and INFO next, and both name the cluster", async () => {
    const link = await acceptor.dialed();
    const [connect, info] = link.frames;
    expect([connect!.verb, info!.verb]).toEqual(["CONNECT", "INFO"]);
    expect(documentOf(connect!)["gateway"]).toBe("BOX");
    expect(documentOf(info!)).toMatchObject({
      gateway: "BOX",
      server_name: "BOX1",
      headers: true,
      gateway_nrp: true,
      gateway_iom: true,
      gateway_urls: [`127.0.0.1:${gatePort()}`],
    });
  });

  test("is greeted with INFO, and told all interest of an account between start and complete", async () => {
    const client = await world.client("BOX");
    const subject = unique("told");
    await collect(client, subject);
    await collect(client, subject, "crew");
    const link = await dial();
    const greeting = documentOf(link.frames[0]!);
    expect(greeting).toMatchObject({
      gateway: "BOX",
      gateway_urls: [`127.0.0.1:${gatePort()}`],
      gateway_iom: true,
    });
    const command = (cmd: number) => (frame: { verb: string; line: string }) =>
      frame.verb === "INFO" &&
      new RegExp(`"gateway_cmd":${cmd}\\b.*"gateway_cmd_payload":"JEc="`).test(frame.line);
    await until("the account is complete", () => link.frames.some(command(3)));
    const at = (test: (frame: (typeof link.frames)[number]) => boolean) => link.frames.findIndex(test);
    const row = at(({ line }) => line === `RS+ $G ${subject}`);
    expect(at(command(2))).toBeGreaterThan(0);
    expect(row).toBeGreaterThan(at(command(2)));
    expect(at(command(3))).toBeGreaterThan(row);
    expect(link.frames.filter(({ line }) => line === `RS+ $G ${subject} crew 1`).length).toBe(1);
  });

  test("hears of the first and the last subscription of a subject, and not of those between", async () => {
    const link = await dial();
    await until("complete", () => link.frames.some(({ line }) => /"gateway_cmd":3.*"JEc="/.test(line)));
    const client = await world.client("BOX");
    const subject = unique("tally");
    const rows = () =>
      link.frames
        .filter((frame) => /^RS[+-]$/.test(frame.verb) && isAbout(frame, "$G", subject))
        .map((f) => f.line);
    const first = await collect(client, subject);
    const second = await collect(client, subject);
    await hearsInterest(link, "$G", subject);
    first.unsubscribe();
    await client.flush();
    const later = await collect(client, `${subject}.later`);
    await hearsInterest(link, "$G", `${subject}.later`);
    expect(later.count).toBe(0);
    second.unsubscribe();
    await client.flush();
    await until("the last is told", () => rows().length >= 2);
    expect(rows()).toEqual([`RS+ $G ${subject}`, `RS- $G ${subject}`]);
  });

  test("its messages reach subscribers, and of the groups only those that the line names", async () => {
    const client = await world.client("BOX");
    const subject = unique("in");
    const open = await collect(client, subject);
    const [red, blue] = [await collect(client, subject, "red"), await collect(client, subject, "blue")];
    const link = await dial();
    link.send(`RMSG $G ${subject} 3\r\none\r\n`);
    link.send(`RMSG $G ${subject} | red 3\r\ntwo\r\n`);
    link.send(`RMSG $G ${subject} + its.reply red blue 5\r\nthree\r\n`);
    link.send(`HMSG $G ${subject} | blue 20 24\r\nNATS/1.0\r\nX-A: 2\r\n\r\nfour\r\n`);
    await open.has(4);
    await link.barrier();
    await client.flush();
    expect(open.texts).toEqual(["one", "two", "three", "four"]);
    expect(red.texts).toEqual(["two", "three"]);
    expect(blue.texts).toEqual(["three", "four"]);
    expect(red.messages[1]!.reply).toBe("its.reply");
    expect(blue.messages[1]!.headers?.get("X-A")).toBe("2");
  });

  test("gets what it wants to the byte, and nothing else", async () => {
    const link = await acceptor.dialed();
    const subject = unique("out");
    link.send(`${wholeInterest("RAW", "$G", [subject])}RS+ $G ${subject} red 1\r\n`);
    await link.barrier();
    const client = await world.client("BOX");
    const given = headers();
    given.set("X-A", "1");
    client.publish(`${subject}.else`, "not wanted");
    client.publish(subject, "plain");
    client.publish(subject, "replied", { reply: "old.reply" });
    client.publish(subject, "headed", { headers: given });
    client.publish(subject, "");
    await until("all four have come", () => messagesOn(link.frames, subject).length >= 4);
    const from = link.text.indexOf(`RMSG $G ${subject}`);
    expect(link.text.slice(from)).toStartWith(
      `RMSG $G ${subject} | red 5\r\nplain\r\nRMSG $G ${subject} + old.reply red 7\r\nreplied\r\n` +
        `HMSG $G ${subject} | red 20 26\r\nNATS/1.0\r\nX-A: 1\r\n\r\nheaded\r\n` +
        `RMSG $G ${subject} | red 0\r\n\r\n`,
    );
    expect(messagesOn(link.frames, `${subject}.else`)).toEqual([]);
    expect(messagesOn(link.frames, subject).map(groupsOf)).toEqual([["red"], ["red"], ["red"], ["red"]]);
  });

  test("a reply to a fresh inbox is mapped by the two hashes, and comes home through them", async () => {
    const link = await acceptor.dialed();
    const subject = unique("svc");
    link.send(wholeInterest("RAW", "$G", [subject]));
    await link.barrier();
    const client = await world.client("BOX");
    const asked = client.request(subject, "q", { timeout: 3_000 });
    const request = await until("the request comes", () => messagesOn(link.frames, subject)[0]);
    const serverId = String(documentOf(link.frames.find(({ verb }) => verb === "INFO")!)["server_id"]);
    expect(replyOf(request)).toStartWith(`_GR_.${hash6("BOX")}.${hash6(serverId)}._INBOX.`);
    const back = await dial();
    back.send(`RMSG $G ${replyOf(request)} 6\r\nanswer\r\n`);
    expect((await asked).string()).toBe("answer");
  });

  test("an answer to a mapped request goes by its hash although nobody wants it", async () => {
    const client = await world.client("BOX");
    const subject = unique("serve");
    client.subscribe(subject, { callback: (_, message) => void message.respond(`${message.reply}`) });
    await client.flush();
    const [link, back] = [await dial(), await acceptor.dialed()];
    const reply = `_GR_.${hash6("RAW")}.abcdef.its.inbox`;
    link.send(`RMSG $G ${subject} ${reply} 1\r\nq\r\n`);
    const answer = await until("the answer comes", () => messagesOn(back.frames, reply)[0]);
    expect(answer.payload).toBe("its.inbox");
  });

  test("an old peer is sent to until it says no, without headers if it has none", async () => {
    const link = await old.dialed();
    const client = await world.client("BOX");
    const subject = unique("trust");
    const given = headers();
    given.set("X-A", "1");
    client.publish(subject, "body", { headers: given });
    const first = await until("it is sent on trust", () => messagesOn(link.frames, subject)[0]);
    expect(first.line).toBe(`RMSG $G ${subject} 4`);
    expect(first.payload).toBe("body");
    link.send(`RS- $G ${subject}\r\n`);
    await link.barrier();
    client.publish(subject, "muted");
    client.publish(`${subject}.other`, "still on trust");
    await until("the other is sent", () => messagesOn(link.frames, `${subject}.other`).length > 0);
    expect(messagesOn(link.frames, subject).length).toBe(1);
    link.send(`RS+ $G ${subject}\r\n`);
    await link.barrier();
    client.publish(subject, "wanted");
    await until("it is sent again", () => messagesOn(link.frames, subject).length === 2);
  });

  const WRONG: readonly (readonly [string, string, string | undefined])[] = [
    ["INFO before CONNECT", infoLine({ gateway: "RAW" }), "Authorization Violation"],
    ["PING before CONNECT", "PING\r\n", "Authorization Violation"],
    ["CONNECT without a gateway", "CONNECT {}\r\n", "attempted to connect to gateway port"],
    ["CONNECT with an account", 'CONNECT {"gateway":"RAW","account":"A"}\r\n', "Authorization Violation"],
    ["an unknown word", `${connectLine({ gateway: "RAW" })}GARBAGE\r\n`, "Unknown Protocol Operation"],
    ["a payload without its end", `${opening()}RMSG $G a.b 1\r\nxxx\r\n`, "Unknown Protocol Operation"],
    ["RMSG with too few words", `${opening()}RMSG $G 1\r\nx\r\n`, undefined],
    ["RMSG with a size that is none", `${opening()}RMSG $G a.b 1x\r\nx\r\n`, undefined],
    ["HMSG with headers longer than the whole", `${opening()}HMSG $G a.b 5 1\r\nx\r\n`, undefined],
    ["a line without end", `${opening()}RMSG $G ${"a".repeat(70_000)}`, "maximum control line exceeded"],
    ["RS+ from the dialer", `${opening()}RS+ $G a.b\r\n`, undefined],
  ];
  test.each(WRONG)("%s closes its own connection and no other", async (_, bytes, refusal) => {
    const [good, bad] = [await dial(), await plain()];
    bad.answersPings = false;
    await bad.next("INFO");
    bad.send(bytes);
    await bad.gone();
    if (refusal !== undefined) expect(bad.text).toEndWith(`-ERR '${refusal}'\r\n`);
    await good.barrier();
    expect(world.member("BOX").running).toBe(true);
  });

  test.skipIf(HAS_STAND_IN).each([
    ["A- from the dialer", "A- $G\r\n"],
    ["A+ from the dialer", "A+ NOBODY\r\n"],
  ])("%s does not end the process", async (_, line) => {
    const [good, bad] = [await dial(), await dial()];
    bad.send(line);
    bad.send("PING\r\n");
    await until(
      "it is answered or closed",
      () => bad.closed || bad.frames.some(({ verb }) => verb === "PONG"),
    );
    await good.barrier();
    expect(world.member("BOX").running).toBe(true);
  });

  test.skipIf(HAS_STAND_IN)("a message from the accepting side does not end the process", async () => {
    const link = await acceptor.dialed();
    link.send("RMSG $G from.the.wrong.side 1\r\nx\r\n");
    link.send("PING\r\n");
    const pongs = () => link.frames.filter(({ verb }) => verb === "PONG").length;
    const before = pongs();
    await until("it is answered or closed", () => link.closed || pongs() > before);
    await (await dial()).barrier();
    expect((await gatewayz(world.member("BOX"))).name).toBe("BOX");
  });

  test("PING is answered before INFO is said", async () => {
    const link = await plain();
    await link.next("INFO");
    link.send(`${connectLine({ gateway: "RAW" })}PING\r\n`);
    await link.next("PONG");
  });

  test("however its bytes are cut, they read the same", async () => {
    const client = await world.client("BOX");
    const subject = unique("cut");
    const collector = await collect(client, subject);
    const link = await dial();
    for (const byte of Buffer.from(`RMSG $G ${subject} 5\r\nhello\r\nRMSG $G ${subject} 0\r\n\r\n`)) {
      link.send(Uint8Array.of(byte));
      await Bun.sleep(0);
    }
    await collector.has(2);
    expect(collector.texts).toEqual(["hello", ""]);
  });
});

/** A dialer's first two lines. */
function opening(): string {
  const who = { gateway: "RAW", serverName: "raw-opening" };
  return connectLine(who) + infoLine(who);
}

/** gateway.md §4.2: six characters of a name. */
function hash6(text: string): string {
  const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  const digest = createHash("sha256").update(text).digest();
  return [...digest.subarray(0, 6)].map((byte) => alphabet[byte % 62]).join("");
}
