import { expect, test } from "bun:test";
import fc from "fast-check";
import { commandAccount, connect, gatewayInfo, readObject } from "../../src/wire/documents.ts";
import { bytes } from "../support/bytes.ts";

/** Puts the document between other bytes, so that a look outside of its range shows. */
function fieldsOf(text: string): ReadonlyMap<string, unknown> | null {
  const whole = bytes(`[{${text}}]`);
  return readObject(whole, 2, whole.length - 2);
}

test("an INFO of nats-server is read field by field", () => {
  const text =
    '{"server_id":"NCSR","server_name":"b1","version":"2.15.2","proto":3,"go":"","host":"127.0.0.1",' +
    '"port":21202,"headers":true,"max_payload":1048576,"gateway":"B","gateway_urls":["127.0.0.1:21202"],' +
    '"gateway_url":"127.0.0.1:21202","gateway_nrp":true,"gateway_iom":true}';
  expect(gatewayInfo(fieldsOf(text)!)).toEqual({
    serverId: "NCSR",
    serverName: "b1",
    version: "2.15.2",
    proto: 3,
    headers: true,
    gateway: "B",
    urls: ["127.0.0.1:21202"],
    newReplyPrefix: true,
    interestOnly: true,
    command: 0,
    commandPayload: "",
  });
});

test("names match whatever their case, and unknown ones are ignored", () => {
  const info = gatewayInfo(
    fieldsOf('{"Gateway":"B","GATEWAY_IOM":true,"server_ID":"N","nonce":"x","__proto__":{"proto":9}}')!,
  );
  expect(info).toMatchObject({ gateway: "B", interestOnly: true, serverId: "N", proto: 0 });
});

test("a field of a wrong type counts as absent", () => {
  const odd = ["null", "7", '"x"', "{}", "[]", "[7]", "true"];
  for (const value of odd) {
    const info = gatewayInfo(
      fieldsOf(
        `{"gateway":${value},"gateway_urls":${value},"headers":${value},"proto":${value},"gateway_cmd":${value}}`,
      )!,
    );
    expect([value, info]).toMatchObject([
      value,
      {
        gateway: value === '"x"' ? "x" : "",
        urls: [],
        headers: value === "true",
        proto: value === "7" ? 7 : 0,
        command: value === "7" ? 7 : 0,
      },
    ]);
  }
  expect(gatewayInfo(fieldsOf('{"gateway_urls":["a:1",7,null,"b:2"]}')!).urls).toEqual(["a:1", "b:2"]);
  expect(gatewayInfo(fieldsOf('{"proto":1e999}')!).proto).toBe(0);
});

test("a CONNECT that says little means what the protocol says it means", () => {
  const empty = fieldsOf("{}")!;
  expect(connect(empty, false)).toMatchObject({ verbose: true, pedantic: true, echo: true, headers: false });
  expect(connect(empty, true)).toMatchObject({ verbose: false, pedantic: false, gateway: "", account: "" });
  expect(connect(fieldsOf('{"verbose":false,"pedantic":false,"echo":false}')!, false)).toMatchObject({
    verbose: false,
    pedantic: false,
    echo: false,
  });
});

test("a CONNECT is read field by field", () => {
  const text =
    '{"verbose":false,"pedantic":false,"user":"u","pass":"p","auth_token":"t","nkey":"k","sig":"s","name":"n","lang":"l",' +
    '"version":"1","protocol":1,"echo":true,"headers":true,"no_responders":true,"gateway":"A","cluster":"C"}';
  expect(connect(fieldsOf(text)!, false)).toEqual({
    verbose: false,
    pedantic: false,
    echo: true,
    headers: true,
    noResponders: true,
    protocol: 1,
    user: "u",
    pass: "p",
    token: "t",
    nkey: "k",
    jwt: "",
    sig: "s",
    name: "n",
    lang: "l",
    version: "1",
    account: "",
    gateway: "A",
    cluster: "C",
  });
  expect(connect(fieldsOf('{"account":"X"}')!, false).account).toBe("X");
  expect(connect(fieldsOf('{"new_account":"Y"}')!, true).account).toBe("Y");
});

test("what is not a JSON object is refused and not thrown", () => {
  for (const text of ["", "null", "7", '"x"', "[]", '[{"a":1}]', "{", "{}x", '{"a":}', "{'a':1}", "\u0000"]) {
    expect([text, fieldsOf(text)]).toEqual([text, null]);
  }
  expect(readObject(new Uint8Array([0x7b, 0xff, 0x7d]), 0, 3)).toBeNull();
});

test("deep nesting is refused before it is parsed", () => {
  const nested = (depth: number): string =>
    `{"gateway":"B","x":${"[".repeat(depth)}${"]".repeat(depth)},"y":${'{"a":'.repeat(depth)}1${"}".repeat(depth)}}`;
  expect(fieldsOf(nested(15))).not.toBeNull();
  for (const depth of [16, 100, 30_000]) expect(fieldsOf(nested(depth))).toBeNull();
});

test("a bomb does not hide behind brackets in strings, and such strings are no bomb", () => {
  const brackets = "]}".repeat(1_000);
  const hidden = `{"a":"${brackets}\\"${brackets}","b":${"[".repeat(500)}${"]".repeat(500)}}`;
  expect(JSON.parse(hidden)).toBeObject();
  expect(fieldsOf(hidden)).toBeNull();
  const password = `${"[{".repeat(40)}\\\\\\"{{`;
  expect(fieldsOf(`{"user":"u","pass":"${password}"}`)?.get("pass")).toBe(JSON.parse(`"${password}"`));
});

test("no bytes are thrown at us", () => {
  const text = fc.stringMatching(/^[{}[\]",:\\0-9a-z ]{0,60}$/);
  fc.assert(
    fc.property(fc.oneof(fc.json(), text), fc.uint8Array({ maxLength: 8 }), (json, more) => {
      const whole = new Uint8Array([...bytes(json), ...more]);
      const fields = readObject(whole, 0, whole.length);
      if (fields === null) return;
      expect(typeof gatewayInfo(fields).gateway).toBe("string");
      expect(typeof connect(fields, false).user).toBe("string");
    }),
    { numRuns: 500 },
  );
});

test("every JSON object that is not too deep is read", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean())), (object) => {
      const fields = fieldsOf(JSON.stringify(object));
      expect(fields).not.toBeNull();
      const names = Object.keys(object).map((name) => name.toLowerCase());
      expect([...fields!.keys()].sort()).toEqual([...new Set(names)].sort());
    }),
  );
});

test("the account of a command is base64, and nothing else is taken for it", () => {
  expect(commandAccount("JEc=")).toBe("$G");
  expect(commandAccount("QUNDT1VOVA==")).toBe("ACCOUNT");
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (name) => {
      expect(commandAccount(Buffer.from(name, "utf8").toString("base64"))).toBe(name);
    }),
  );
  for (const payload of [
    "",
    "$G",
    "JEc",
    "J",
    "JEc=JEc=",
    "====",
    "JE c",
    "JEc=\n",
    "J-_c",
    "A===",
    "JEc==",
  ]) {
    expect([payload, commandAccount(payload)]).toEqual([payload, null]);
  }
});
