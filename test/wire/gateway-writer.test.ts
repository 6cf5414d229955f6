// What we write is what a reader reads, and only lines that the writing side may send.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { commandAccount, connect, gatewayInfo, readObject } from "../../src/wire/documents.ts";
import {
  accountRemoveLine,
  commandLine,
  connectLine,
  type GatewayIdentity,
  gossipLine,
  infoLine,
  interestLineBytes,
  writeInterest,
} from "../../src/wire/gateway-writer.ts";
import { byteByByte, bytes, latin } from "../support/bytes.ts";
import { Desk, type Line, type Reading, readAll, takeGateway } from "../support/readings.ts";

const SELF: GatewayIdentity = {
  serverId: "NTEST",
  serverName: "east-1",
  version: "2.15.2",
  gateway: "east",
  host: "127.0.0.1",
  port: 7222,
  url: "127.0.0.1:7222",
  maxPayload: 1_048_576,
  authRequired: false,
  tlsRequired: false,
};

/** One reading of one line, whole and byte by byte. */
function readBack(line: string): Reading {
  const whole = readAll(new Desk().gateway(), takeGateway, [bytes(line)]);
  expect(readAll(new Desk().gateway(), takeGateway, byteByByte(bytes(line)))).toEqual(whole);
  expect(whole).toHaveLength(1);
  return whole[0]!;
}

function documentOf(line: string, op: string): ReadonlyMap<string, unknown> {
  const reading = readBack(line) as Line;
  expect(reading.op).toBe(op);
  const document = Buffer.from(reading.args, "latin1");
  return readObject(document, 0, document.length)!;
}

const word = fc.stringMatching(/^[!-~]{1,40}$/);

test("interest lines are read back as they were meant, within the bytes that were asked for", () => {
  fc.assert(
    fc.property(fc.boolean(), word, word, fc.option(word, { freq: 1 }), (added, account, subject, queue) => {
      const target = new Uint8Array(200).fill(0x7e);
      const around = bytes(`xx${subject}yy`);
      const queueBytes = queue === null ? null : bytes(queue);
      const [from, to] = [2, around.length - 2];
      const end = writeInterest(added, bytes(account), around, from, to, queueBytes, target, 10);
      expect(end - 10).toBeLessThanOrEqual(interestLineBytes(bytes(account), to - from, queueBytes));
      expect(latin(target, 0, 10) + latin(target, end)).toBe("~".repeat(200 - (end - 10)));
      expect(readBack(latin(target, 10, end))).toEqual({
        op: added ? "Subscribe" : "Unsubscribe",
        accountText: account,
        subject,
        queue: queue ?? "",
      });
    }),
  );
});

test("interest lines are byte for byte those of nats-server", () => {
  const write = (added: boolean, queue: string | null): string => {
    const target = new Uint8Array(64);
    const subject = bytes("a.*");
    return latin(
      target,
      0,
      writeInterest(added, bytes("$G"), subject, 0, 3, queue === null ? null : bytes(queue), target, 0),
    );
  };
  expect(write(true, null)).toBe("RS+ $G a.*\r\n");
  expect(write(false, null)).toBe("RS- $G a.*\r\n");
  expect(write(true, "q")).toBe("RS+ $G a.* q 1\r\n");
  expect(write(false, "q")).toBe("RS- $G a.* q\r\n");
});

test("the first INFO says who we are", () => {
  const info = gatewayInfo(documentOf(infoLine(SELF), "Info"));
  expect(info).toEqual({
    serverId: "NTEST",
    serverName: "east-1",
    version: "2.15.2",
    proto: 3,
    headers: true,
    gateway: "east",
    urls: ["127.0.0.1:7222"],
    newReplyPrefix: true,
    interestOnly: true,
    command: 0,
    commandPayload: "",
  });
  expect(infoLine(SELF)).not.toContain("tls_");
  expect(infoLine({ ...SELF, authRequired: true, tlsRequired: true })).toContain(
    '"auth_required":true,"tls_required":true,"tls_verify":true,"max_payload"',
  );
});

test("CONNECT carries the name, and credentials only when there are some", () => {
  const open = connect(documentOf(connectLine(SELF, null, null), "Connect"), true);
  expect(open).toMatchObject({ gateway: "east", name: "NTEST", user: "", pass: "", verbose: false });
  expect(connectLine(SELF, null, null)).not.toContain("user");
  const closed = connect(documentOf(connectLine(SELF, 'u"1', "p\r\nPING"), "Connect"), true);
  expect(closed).toMatchObject({ user: 'u"1', pass: "p\r\nPING" });
});

test("start and complete carry any account name", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(2 as const, 3 as const),
      fc.string({ unit: "grapheme", minLength: 1 }),
      (command, account) => {
        const info = gatewayInfo(documentOf(commandLine("east", command, account), "Info"));
        expect(info).toMatchObject({ gateway: "east", command, headers: false, interestOnly: false });
        expect(commandAccount(info.commandPayload)).toBe(account);
      },
    ),
  );
});

test("gossip carries the third gateway's name and URLs", () => {
  const urls = ["10.0.0.1:7222", "[::1]:7222"];
  const info = gatewayInfo(documentOf(gossipLine("NOTHER", "west", urls), "Info"));
  expect(info).toMatchObject({ command: 1, gateway: "west", urls, serverId: "NOTHER" });
});

test("A- carries the account", () => {
  expect(readBack(accountRemoveLine("ACC"))).toEqual({ op: "AccountRemove", args: "ACC" });
});

test("no document breaks its line, whatever the names hold", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (name, url) => {
      const self = { ...SELF, serverName: name, gateway: name, url };
      const lines = [infoLine(self), connectLine(self, name, url), gossipLine(name, name, [url])];
      for (const line of lines) expect(line.indexOf("\n")).toBe(line.length - 1);
    }),
  );
});
