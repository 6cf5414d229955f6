import { expect, test } from "bun:test";
import fc from "fast-check";
import { readObject } from "../../src/wire/documents.ts";
import { type LeafInfo, leafConnect, leafInfo } from "../../src/wire/leaf-documents.ts";
import { bytes } from "../support/bytes.ts";

/** Puts the document between other bytes, so that a look outside of its range shows. */
function fieldsOf(text: string): ReadonlyMap<string, unknown> {
  const whole = bytes(`[{${text}}]`);
  return readObject(whole, 2, whole.length - 2)!;
}

const infoOf = (document: object): LeafInfo => leafInfo(fieldsOf(JSON.stringify(document)));

const SAYS_NOTHING: LeafInfo = {
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

/** As 2.15.2 writes them. */
const FIRST =
  '{"server_id":"NCZZ","server_name":"H1","version":"2.15.2","proto":3,"go":"go1.x","host":"127.0.0.1",' +
  '"port":15422,"headers":true,"auth_required":true,"max_payload":1048576,"ip":"127.0.0.1:15422",' +
  '"client_id":14,"nonce":"QgCa5BShT2AziUA","cluster":"HUBC","compression":"s2_auto","api_lvl":5,' +
  '"info_on_connect":true,"leafnode_urls":["127.0.0.1:15422","127.0.0.1:15423"]}';
const SECOND =
  '{"server_id":"NCZZ","server_name":"H1","version":"2.15.2","proto":3,"headers":true,' +
  '"max_payload":1048576,"client_id":14,"connect_info":true,"remote_account":"HB","api_lvl":5,' +
  '"import":{"allow":["hubok.\\u003e","spoke.\\u003e"],"deny":["spoke.nosub.\\u003e"]},' +
  '"export":{"allow":["ok.\\u003e","spoke.\\u003e"],"deny":["spoke.nopub.\\u003e"]},' +
  '"info_on_connect":true,"leafnode_urls":["127.0.0.1:15422"]}';

const ALWAYS = {
  ...SAYS_NOTHING,
  serverId: "NCZZ",
  serverName: "H1",
  version: "2.15.2",
  proto: 3,
  headers: true,
  clientId: 14,
  infoOnConnect: true,
  maxPayload: 1_048_576,
};

test("a hub's first INFO is read field by field", () => {
  expect(leafInfo(fieldsOf(FIRST))).toEqual({
    ...ALWAYS,
    nonce: "QgCa5BShT2AziUA",
    urls: ["127.0.0.1:15422", "127.0.0.1:15423"],
    cluster: "HUBC",
    compression: "s2_auto",
  });
});

test("a hub's answer to CONNECT is read with its permissions", () => {
  expect(leafInfo(fieldsOf(SECOND))).toEqual({
    ...ALWAYS,
    connectInfo: true,
    remoteAccount: "HB",
    urls: ["127.0.0.1:15422"],
    import: { allow: ["hubok.>", "spoke.>"], deny: ["spoke.nosub.>"] },
    export: { allow: ["ok.>", "spoke.>"], deny: ["spoke.nopub.>"] },
  });
});

test("the rest of an INFO's fields are read too", () => {
  const rest = {
    ws_connect_urls: ["127.0.0.1:443"],
    acc_is_sys: true,
    tls_required: true,
    tls_verify: true,
    jetstream: true,
    domain: "hub",
    gateway: "G",
  };
  expect(infoOf(rest)).toEqual({
    ...SAYS_NOTHING,
    webSocketUrls: ["127.0.0.1:443"],
    isSystem: true,
    tlsRequired: true,
    tlsVerify: true,
    jetStream: true,
    domain: "hub",
    gateway: "G",
  });
});

test("an INFO that says nothing is read as saying nothing", () => {
  expect(infoOf({})).toEqual(SAYS_NOTHING);
});

test("a list of URLs that is empty is not one that is absent", () => {
  expect(infoOf({ leafnode_urls: [] }).urls).toEqual([]);
  expect(infoOf({ leafnode_urls: null }).urls).toBeNull();
  expect(infoOf({ leafnode_urls: "a:1" }).urls).toBeNull();
  expect(infoOf({ leafnode_urls: ["a:1", 7, null, "b:2"] }).urls).toEqual(["a:1", "b:2"]);
});

test("names match whatever their case, also those of a permission, and unknown ones are ignored", () => {
  const info = infoOf({
    Server_ID: "N",
    CLIENT_ID: 3,
    Import: { ALLOW: ["a"], Deny: ["b"], more: ["c"] },
    __proto__: { proto: 9 },
    leafnodes_urls: ["x:1"],
  });
  expect(info).toEqual({
    ...SAYS_NOTHING,
    serverId: "N",
    clientId: 3,
    import: { allow: ["a"], deny: ["b"] },
  });
});

test("a compression that is empty is absent", () => {
  expect(infoOf({ compression: "" }).compression).toBeNull();
  expect(infoOf({ compression: "off" }).compression).toBe("off");
  expect(infoOf({ compression: "zstd" }).compression).toBe("zstd");
});

const INFO_NAMES =
  "server_id server_name version proto headers client_id nonce leafnode_urls ws_connect_urls cluster compression " +
  "info_on_connect connect_info remote_account tls_required tls_verify max_payload acc_is_sys import export " +
  "jetstream domain gateway";
const CONNECT_NAMES =
  "version server_id name cluster user pass auth_token nkey jwt sig headers is_hub deny_pub isolate " +
  "compress_mode remote_account protocol gateway lang account new_account jetstream domain";

/** A document in which each of these names has the same value. */
const allOf = (names: string, value: unknown): ReadonlyMap<string, unknown> =>
  fieldsOf(JSON.stringify(Object.fromEntries(names.split(" ").map((name) => [name, value]))));

/** A value that no field of that kind takes is as absent. */
function kept(from: object, kind: "string" | "number" | "boolean" | "list" | "none"): string[] {
  const kindOf = (value: unknown): string => (Array.isArray(value) ? "list" : typeof value);
  const isEmpty = (value: unknown): boolean =>
    value === "" || value === 0 || value === false || value === null || `${value}` === "";
  const values = Object.entries(from).filter(([, value]) => !isEmpty(value));
  return values.filter(([, value]) => kindOf(value) !== kind).map(([name]) => name);
}

test("a field of a wrong type counts as absent", () => {
  for (const [value, kind] of [
    [null, "none"],
    [7, "number"],
    ["x", "string"],
    [true, "boolean"],
    [[], "none"],
    [["x"], "list"],
    [[7, null, {}], "none"],
    [[["x"]], "none"],
  ] as const) {
    expect([value, kept(leafInfo(allOf(INFO_NAMES, value)), kind)]).toEqual([value, []]);
    expect([value, kept(leafConnect(allOf(CONNECT_NAMES, value)), kind)]).toEqual([value, []]);
  }
  expect(leafInfo(allOf(INFO_NAMES, {}))).toEqual({
    ...SAYS_NOTHING,
    import: { allow: null, deny: [] },
    export: { allow: null, deny: [] },
  });
});

test("a number that counts nothing is 0", () => {
  for (const value of ["-1", "1.5", "1e999", "-1e999", "9007199254740992", '"7"']) {
    const info = leafInfo(fieldsOf(`{"client_id":${value},"max_payload":${value},"proto":${value}}`));
    expect([value, info.clientId, info.maxPayload, info.proto]).toEqual([value, 0, 0, 0]);
  }
  expect(infoOf({ client_id: 2 ** 53 - 1 }).clientId).toBe(2 ** 53 - 1);
});

test("a permission without an allow list allows everything", () => {
  for (const name of ["import", "export"] as const) {
    expect(infoOf({ [name]: {} })[name]).toEqual({ allow: null, deny: [] });
    expect(infoOf({ [name]: { allow: null, deny: null } })[name]).toEqual({ allow: null, deny: [] });
    expect(infoOf({ [name]: { allow: "a", deny: "b" } })[name]).toEqual({ allow: null, deny: [] });
    expect(infoOf({ [name]: { deny: ["b"] } })[name]).toEqual({ allow: null, deny: ["b"] });
    expect(infoOf({ [name]: ["a"] })[name]).toBeNull();
  }
});

test("an empty allow list means to us what it means to a spoke of nats-server", () => {
  expect(infoOf({ import: { allow: [] }, export: { allow: [] } })).toMatchObject({
    import: { allow: null, deny: [] },
    export: { allow: [], deny: [] },
  });
});

test("an allow list of which nothing is left does not become one that allows everything", () => {
  for (const allow of [["a..b"], [7], ["k q1"], [""], ["x".repeat(4_097)]]) {
    expect(infoOf({ import: { allow }, export: { allow } })).toMatchObject({
      import: { allow: [], deny: [] },
      export: { allow: [], deny: [] },
    });
  }
});

const INVALID = ["", ".", "a.", ".a", "a..b", "a.>.b", ">.a", "a b", "a\tb", "a\r\nPING", "a\n"];
const VALID = ["a", "a.b", "a.*", "*", ">", "a.>", "a*b", "$JS.API.>", "ä.ö", "a.>b"];

test("subjects that are not valid are dropped, and the others are kept in their order", () => {
  const mixed = INVALID.flatMap((subject, i) => [subject, VALID[i] ?? "z"]);
  const left = INVALID.map((_, i) => VALID[i] ?? "z");
  const rule = { allow: mixed, deny: mixed };
  expect(infoOf({ import: rule, export: rule })).toMatchObject({
    import: { allow: left, deny: left },
    export: { allow: left, deny: left },
  });
  expect(leafConnect(fieldsOf(JSON.stringify({ deny_pub: mixed }))).denyPub).toEqual(left);
});

test("lists are bounded in their entries and the entries in their bytes", () => {
  const many = Array.from({ length: 3_000 }, (_, i) => `s${i}`);
  const first = many.slice(0, 1_024);
  const lists = { leafnode_urls: many, ws_connect_urls: many, import: { allow: many, deny: many } };
  expect(infoOf(lists)).toMatchObject({
    urls: first,
    webSocketUrls: first,
    import: { allow: first, deny: first },
  });
  expect(leafConnect(fieldsOf(JSON.stringify({ deny_pub: many }))).denyPub).toEqual(first);
  const long = ["a".repeat(4_096), "b".repeat(4_097), "ä".repeat(2_048), "ö".repeat(2_049), "c"];
  expect(infoOf({ leafnode_urls: long }).urls).toEqual([long[0]!, long[2]!, long[4]!]);
});

test("a CONNECT of nats-server is read field by field", () => {
  const text =
    '{"version":"2.15.2","nkey":"UK","jwt":"e.y","sig":"c2ln","user":"u","pass":"p","auth_token":"t",' +
    '"server_id":"NC","name":"SPOKE","domain":"d","is_hub":true,"cluster":"SC","headers":true,' +
    '"jetstream":true,"deny_pub":["ldi.\\u003e"],"isolate":true,"compress_mode":"s2_fast",' +
    '"remote_account":"$G","protocol":3,"gateway":"G","lang":"go","account":"X","new_account":"Y"}';
  expect(leafConnect(fieldsOf(text))).toEqual({
    version: "2.15.2",
    serverId: "NC",
    name: "SPOKE",
    cluster: "SC",
    user: "u",
    pass: "p",
    token: "t",
    nkey: "UK",
    jwt: "e.y",
    sig: "c2ln",
    headers: true,
    isHub: true,
    denyPub: ["ldi.>"],
    isolate: true,
    compressMode: "s2_fast",
    remoteAccount: "$G",
    protocol: 3,
    gateway: "G",
    lang: "go",
    account: "X",
    jetStream: true,
    domain: "d",
  });
  expect(leafConnect(fieldsOf('{"new_account":"Y"}')).account).toBe("Y");
});

test("a CONNECT of 2.9 says less, and an empty one nothing", () => {
  const old =
    '{"version":"2.9.25","tls_required":false,"server_id":"NA","name":"SPOKE","cluster":"SPOKE","headers":true}';
  expect(leafConnect(fieldsOf(old))).toMatchObject({
    version: "2.9.25",
    name: "SPOKE",
    headers: true,
    remoteAccount: "",
    compressMode: "",
    protocol: 0,
  });
  const { denyPub, ...rest } = leafConnect(fieldsOf("{}"));
  expect(denyPub).toEqual([]);
  expect(new Set(Object.values(rest))).toEqual(new Set(["", false, 0]));
});

test("no document is thrown at us, and what is read of it is bounded", () => {
  const name = fc.constantFrom(...`${INFO_NAMES} ${CONNECT_NAMES} allow deny`.split(" "));
  const documents = fc.oneof(
    fc.dictionary(name, fc.jsonValue()),
    fc.dictionary(name, fc.dictionary(name, fc.jsonValue())),
  );
  fc.assert(
    fc.property(documents, (document) => {
      const info = infoOf(document);
      expect(typeof info.serverId).toBe("string");
      for (const permission of [info.import, info.export]) {
        for (const subject of [...(permission?.allow ?? []), ...(permission?.deny ?? [])]) {
          expect(subject).toMatch(/^[^.\s][^\s]*$/);
        }
      }
      expect(info.maxPayload).toBeGreaterThanOrEqual(0);
      expect(Array.isArray(leafConnect(fieldsOf(JSON.stringify(document))).denyPub)).toBeTrue();
    }),
    { numRuns: 500 },
  );
});
