// The configuration as the box understood it: whole, under the keys of the file, and without a secret.

import { expect, test } from "bun:test";
import { createUser } from "@nats-io/nkeys";
import { withoutSecrets } from "../../src/config/effective.ts";
import { read } from "./support.ts";

const SEED = new TextDecoder().decode(createUser().getSeed());
const HASH = "$2a$11$W2zko751KUvVy59mUTWmpOcKIvGBuQtTdOJIkp7ZWWTLbxzLtYnu6";

test("defaults, flags, durations and addresses are there, as a file has them", () => {
  const { effective } = read(
    "max_payload: 2MB\ngateway: {name: A, listen: 1.2.3.4:7222, gateways: [{name: B, url: 'nats://b:1'}]}\n",
    {
      overrides: { port: 5222 },
    },
  );
  expect(effective()).toMatchObject({
    port: 5222,
    max_payload: 2 * 1024 * 1024,
    ping_interval: "120000ms",
    log_format: "text",
    gateway: { name: "A", listen: "1.2.3.4:7222", gateways: [{ name: "B", url: "b:1" }] },
  });
});

test("no secret is in it, wherever it stands", () => {
  const text = `
authorization: {users: [{user: u1, password: sesame1}, {user: u2, password: "${HASH}"}]}
accounts: {A: {users: [{user: u3, password: sesame2}]}}
gateway:
  name: A
  authorization: {user: g, password: sesame3}
  gateways: [{name: B, urls: ["nats://gu:sesame4@b:1", "nats://x:sesame5@b:2"]}]
leafnodes:
  listen: 127.0.0.1:7422
  authorization: {users: [{user: l, password: sesame6}]}
  remotes:
    - url: nats-leaf://hu:sesame7@h:1
      account: A
      proxy: {url: "http://p:3128", username: y, password: sesame8}
    - {url: "nats-leaf://sesame9@h:2", account: A}
    - {url: "nats-leaf://h:3", nkey: ${SEED}, account: A}
`;
  const { effective } = read(text);
  const shown = JSON.stringify(effective());
  for (const secret of ["sesame", SEED, HASH]) expect(shown).not.toContain(secret);
  for (const kept of ['"u1"', '"u3"', '"b:1"', '"h:3"', '"***"']) expect(shown).toContain(kept);
  const token = read("authorization: {token: sesame}\n").effective();
  expect(token).toMatchObject({ authorization: { token: "***" } });
});

test("a text loses what looks like a secret, and keeps the rest", () => {
  const jwt = `eyJ0eXAiOiJKV1QifQ.${"a".repeat(30)}.${"b-_".repeat(10)}`;
  expect(withoutSecrets(`to nats://u:p@h:1 by ${jwt} with ${SEED} or ${HASH}.`)).toBe(
    "to nats://***@h:1 by *** with *** or ***.",
  );
  expect(withoutSecrets("orders.eu of $G at h:1, mail a@b")).toBe("orders.eu of $G at h:1, mail a@b");
});
