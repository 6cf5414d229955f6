// What we write is what a reader reads, byte for byte what nats-server understands, and only lines that the
// writing side may send.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { readObject } from "../../src/wire/documents.ts";
import {
  type LeafConnect,
  type LeafInfo,
  type LeafPermission,
  leafConnect,
  leafInfo,
} from "../../src/wire/leaf-documents.ts";
import {
  type LeafBinding,
  type LeafConnectFields,
  type LeafServerInfo,
  leafCompressionInfoLine,
  leafConnectedInfoLine,
  leafConnectLine,
  leafInfoLine,
  leafInterestLineBytes,
  leafUpdateInfoLine,
  writeLeafInterest,
} from "../../src/wire/leaf-writer.ts";
import { byteByByte, bytes, latin } from "../support/bytes.ts";
import { type LeafInterest, leafReader, takeLeaf } from "../support/leaf-lines.ts";
import { type Line, type Reading, readAll } from "../support/readings.ts";

const HUB: LeafServerInfo = {
  serverId: "NTEST",
  serverName: "east-1",
  version: "2.15.2",
  host: "127.0.0.1",
  port: 7422,
  headers: true,
  maxPayload: 1_048_576,
  cluster: "east",
  clientId: 7,
  nonce: "n5leI2nA7Jqrpq4",
  urls: ["127.0.0.1:7422", "[::1]:7422"],
  webSocketUrls: [],
  tlsRequired: false,
  tlsVerify: false,
  compression: "s2_auto",
};

const BINDING: LeafBinding = { remoteAccount: "ACC", isSystem: false, import: null, export: null };

const SPOKE: LeafConnectFields = {
  version: "2.15.2",
  serverId: "NSPOKE",
  name: "spoke-1",
  cluster: "",
  user: null,
  pass: null,
  authToken: null,
  nkey: null,
  jwt: null,
  sig: null,
  headers: true,
  isHub: false,
  denyPub: [],
  isolate: false,
  compressMode: "off",
  remoteAccount: "$G",
};

/** One reading of one line, whole and byte by byte. */
function readBack(line: string): Reading {
  const whole = readAll(leafReader(), takeLeaf, [bytes(line)]);
  expect(readAll(leafReader(), takeLeaf, byteByByte(bytes(line)))).toEqual(whole);
  expect(whole).toHaveLength(1);
  return whole[0]!;
}

function fieldsOf(line: string, op: string): ReadonlyMap<string, unknown> {
  const reading = readBack(line) as Line;
  expect(reading.op).toBe(op);
  const document = Buffer.from(reading.args, "latin1");
  return readObject(document, 0, document.length)!;
}

const infoOf = (line: string): LeafInfo => leafInfo(fieldsOf(line, "Info"));
const connectOf = (line: string): LeafConnect => leafConnect(fieldsOf(line, "Connect"));
const namesOf = (line: string, op = "Info"): string[] => [...fieldsOf(line, op).keys()];

const word = fc.stringMatching(/^[!-~]{1,40}$/);
const weights = fc.integer({ min: 1, max: 999_999_999 });

test("interest lines are read back as they were meant, within the bytes that were asked for", () => {
  fc.assert(
    fc.property(
      fc.boolean(),
      word,
      fc.option(word, { freq: 1 }),
      weights,
      (added, subject, queue, weight) => {
        const target = new Uint8Array(200).fill(0x7e);
        const around = bytes(`xx${subject}yy`);
        const queueBytes = queue === null ? null : bytes(queue);
        const to = around.length - 2;
        const end = writeLeafInterest(added, around, 2, to, queueBytes, weight, target, 10);
        expect(end - 10).toBeLessThanOrEqual(leafInterestLineBytes(to - 2, queueBytes));
        expect(latin(target, 0, 10) + latin(target, end)).toBe("~".repeat(200 - (end - 10)));
        const says: LeafInterest = {
          op: added ? "Subscribe" : "Unsubscribe",
          accountText: "",
          subject,
          queue: queue ?? "",
          weight: added && queue !== null ? weight : 1,
        };
        expect(readBack(latin(target, 10, end))).toEqual(says);
      },
    ),
  );
});

/** The text of one interest line about `a.*`. */
function written(added: boolean, queue: string | null, weight: number): string {
  const target = new Uint8Array(64);
  const queueBytes = queue === null ? null : bytes(queue);
  return latin(target, 0, writeLeafInterest(added, bytes("a.*"), 0, 3, queueBytes, weight, target, 0));
}

test("interest lines are byte for byte those of nats-server", () => {
  expect(written(true, null, 1)).toBe("LS+ a.*\r\n");
  expect(written(false, null, 1)).toBe("LS- a.*\r\n");
  expect(written(true, "q", 2)).toBe("LS+ a.* q 2\r\n");
  expect(written(false, "q", 2)).toBe("LS- a.* q\r\n");
});

test("a weight is at least one member and at most what nats-server reads as a number", () => {
  expect(written(true, "q", 0)).toBe("LS+ a.* q 1\r\n");
  expect(written(true, "q", 999_999_999)).toBe("LS+ a.* q 999999999\r\n");
  expect(written(true, "q", 1_000_000_000)).toBe("LS+ a.* q 999999999\r\n");
  expect(written(true, "q", 2 ** 52)).toHaveLength(leafInterestLineBytes(3, bytes("q")));
});

const NOTHING_SAID: LeafInfo = {
  serverId: "",
  serverName: "",
  version: "",
  proto: 0,
  headers: false,
  clientId: 0,
  nonce: "",
  urls: null,
  webSocketUrls: [],
  cluster: "",
  compression: null,
  infoOnConnect: false,
  connectInfo: false,
  remoteAccount: "",
  tlsRequired: false,
  tlsVerify: false,
  maxPayload: 0,
  isSystem: false,
  import: null,
  export: null,
  jetStream: false,
  domain: "",
  gateway: "",
};

/** What each of our INFOs says. */
const LASTING: LeafInfo = {
  ...NOTHING_SAID,
  serverId: "NTEST",
  serverName: "east-1",
  version: "2.15.2",
  proto: 3,
  headers: true,
  urls: ["127.0.0.1:7422", "[::1]:7422"],
  cluster: "east",
  infoOnConnect: true,
  maxPayload: 1_048_576,
};

test("the first INFO says who we are, with nonce and compression", () => {
  expect(infoOf(leafInfoLine(HUB))).toEqual({
    ...LASTING,
    clientId: 7,
    nonce: "n5leI2nA7Jqrpq4",
    compression: "s2_auto",
  });
  expect(leafInfoLine(HUB)).toContain('"auth_required":true');
});

test("the INFO that answers CONNECT says to which account, without nonce and compression", () => {
  expect(infoOf(leafConnectedInfoLine(HUB, BINDING))).toEqual({
    ...LASTING,
    clientId: 7,
    connectInfo: true,
    remoteAccount: "ACC",
  });
  const system = infoOf(leafConnectedInfoLine(HUB, { ...BINDING, remoteAccount: "$SYS", isSystem: true }));
  expect(system).toMatchObject({ isSystem: true, remoteAccount: "$SYS" });
});

test("a later INFO has no client id, nonce, compression or account", () => {
  expect(infoOf(leafUpdateInfoLine(HUB))).toEqual(LASTING);
});

test("what is off, empty or absent is left out of an INFO", () => {
  const least = { ...HUB, cluster: "", compression: null, nonce: "" };
  const always =
    "auth_required,go,headers,host,info_on_connect,leafnode_urls,max_payload,port,proto,server_id,server_name,version";
  const sorted = (line: string): string => namesOf(line).sort().join();
  expect(sorted(leafUpdateInfoLine(least))).toBe(always);
  expect(sorted(leafInfoLine(least))).toBe(always.replace("go,", "client_id,go,"));
  expect(sorted(leafConnectedInfoLine(least, BINDING))).toBe(
    always.replace("go,", "client_id,connect_info,go,").replace("server_id", "remote_account,server_id"),
  );
});

test("TLS and WebSocket addresses are said in every INFO of an acceptor that has them", () => {
  const secure = { ...HUB, tlsRequired: true, tlsVerify: true, webSocketUrls: ["127.0.0.1:8443"] };
  for (const line of [
    leafInfoLine(secure),
    leafConnectedInfoLine(secure, BINDING),
    leafUpdateInfoLine(secure),
  ]) {
    expect(infoOf(line)).toMatchObject({
      tlsRequired: true,
      tlsVerify: true,
      webSocketUrls: ["127.0.0.1:8443"],
    });
  }
  expect(infoOf(leafInfoLine({ ...secure, tlsVerify: false })).tlsVerify).toBeFalse();
});

test("permissions are read back as they were meant, also when they allow nothing", () => {
  const told = (permission: LeafPermission | null): LeafPermission | null => {
    const line = leafConnectedInfoLine(HUB, { ...BINDING, import: permission, export: permission });
    const info = infoOf(line);
    expect(info.import).toEqual(info.export);
    return info.import;
  };
  expect(told(null)).toBeNull();
  expect(told({ allow: null, deny: [] })).toEqual({ allow: null, deny: [] });
  expect(told({ allow: ["ok.>", "a.*"], deny: [] })).toEqual({ allow: ["ok.>", "a.*"], deny: [] });
  expect(told({ allow: null, deny: ["no.>"] })).toEqual({ allow: null, deny: ["no.>"] });
  expect(told({ allow: ["a"], deny: ["b"] })).toEqual({ allow: ["a"], deny: ["b"] });
  expect(told({ allow: [], deny: ["b"] })).toEqual({ allow: null, deny: [">"] });
});

test("import and export are not mistaken for each other, and are in nats-server's own form", () => {
  const line = leafConnectedInfoLine(HUB, {
    ...BINDING,
    import: { allow: ["hub.>"], deny: [] },
    export: { allow: null, deny: ["spoke.>"] },
  });
  expect(line).toContain('"import":{"allow":["hub.>"]},"export":{"deny":["spoke.>"]}');
});

test("the INFO that begins compression is byte for byte that of nats-server", () => {
  expect(leafCompressionInfoLine(5, "s2_auto")).toBe(
    'INFO {"server_id":"","server_name":"","version":"","proto":0,"go":"","host":"","port":0,' +
      '"headers":false,"max_payload":0,"client_id":5,"compression":"s2_auto"}\r\n',
  );
  expect(infoOf(leafCompressionInfoLine(5, "s2_fast"))).toEqual({
    ...NOTHING_SAID,
    clientId: 5,
    compression: "s2_fast",
  });
});

test("a CONNECT with nothing but a name is short", () => {
  expect(leafConnectLine(SPOKE)).toBe(
    'CONNECT {"version":"2.15.2","server_id":"NSPOKE","name":"spoke-1","headers":true,"protocol":3,' +
      '"compress_mode":"off","remote_account":"$G"}\r\n',
  );
});

test("a CONNECT with everything is read back field by field", () => {
  const all: LeafConnectFields = {
    ...SPOKE,
    cluster: "west",
    user: 'u"1',
    pass: "p\r\nPING",
    authToken: "t",
    nkey: "UKEY",
    jwt: "e.y.J",
    sig: "c2ln",
    isHub: true,
    denyPub: ["ldi.>"],
    isolate: true,
  };
  expect(connectOf(leafConnectLine(all))).toEqual({
    version: "2.15.2",
    serverId: "NSPOKE",
    name: "spoke-1",
    cluster: "west",
    user: 'u"1',
    pass: "p\r\nPING",
    token: "t",
    nkey: "UKEY",
    jwt: "e.y.J",
    sig: "c2ln",
    headers: true,
    isHub: true,
    denyPub: ["ldi.>"],
    isolate: true,
    compressMode: "off",
    remoteAccount: "$G",
    protocol: 3,
    gateway: "",
    lang: "",
    account: "",
    jetStream: false,
    domain: "",
  });
});

test("an empty password is said, for it is not the same as none", () => {
  expect(leafConnectLine({ ...SPOKE, user: "u", pass: "" })).toContain('"user":"u","pass":""');
  expect(leafConnectLine({ ...SPOKE, user: "u" })).not.toContain("pass");
});

test("a CONNECT never has what an acceptor refuses", () => {
  const line = leafConnectLine({
    ...SPOKE,
    user: "u",
    pass: "p",
    denyPub: ["a"],
    isHub: true,
    isolate: true,
  });
  const names = namesOf(line, "Connect");
  for (const refused of ["lang", "account", "new_account", "gateway", "jetstream", "domain"]) {
    expect(names).not.toContain(refused);
  }
});

test("no document breaks its line, whatever the names hold", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string(), (name, url) => {
      const hub = { ...HUB, serverName: name, cluster: name, urls: [url], webSocketUrls: [url] };
      const permission = { allow: [name], deny: [url] };
      const lines = [
        leafInfoLine(hub),
        leafConnectedInfoLine(hub, {
          ...BINDING,
          remoteAccount: name,
          import: permission,
          export: permission,
        }),
        leafUpdateInfoLine(hub),
        leafCompressionInfoLine(1, name),
        leafConnectLine({ ...SPOKE, name, user: name, pass: url, denyPub: [url] }),
      ];
      for (const line of lines) expect(line.indexOf("\n")).toBe(line.length - 1);
    }),
  );
});
