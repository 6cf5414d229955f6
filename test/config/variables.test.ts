// A bare $NAME is the value of an environment variable, and nothing else that begins with $ is.

import { describe, expect, test } from "bun:test";
import { configuration, findings, read } from "./support.ts";

const ENVIRONMENT = {
  PORT: "5222",
  HOST: "10.0.0.1",
  SIZE: "2MB",
  ON: "true",
  DIGITS: "0123456",
  WEIRD: "p: [w",
  TRUE_PASSWORD: "true",
  EMPTY: "",
  BAD: "hunter2-hunter2",
};
const source = { environment: ENVIRONMENT };

test("numbers stay numbers, booleans booleans, and sizes sizes", () => {
  const { client, log } = configuration("port: $PORT\nhost: $HOST\nmax_payload: $SIZE\ndebug: $ON", source);
  expect(client.listen).toEqual({ host: "10.0.0.1", port: 5222 });
  expect(client.maxPayloadBytes).toBe(2 * 1024 * 1024);
  expect(log.debug).toBe(true);
});

test.each([
  ["$DIGITS", "0123456"],
  ["$WEIRD", "p: [w"],
  ["$TRUE_PASSWORD", "true"],
])("where only text is taken, %s is taken letter by letter", (variable, password) => {
  const { identity } = configuration(`authorization: {user: u, password: ${variable}}`, source);
  expect(identity.accounts[0]?.users).toMatchObject([{ user: "u", password }]);
});

test.each(['"$PORT"', "'$PORT'"])("%s in quotes is a text and no variable", (written) => {
  expect(
    configuration(`authorization: {user: u, password: ${written}}`, source).identity.accounts[0]?.users,
  ).toMatchObject([{ user: "u", password: "$PORT" }]);
});

test.each(["$2a$11$abc", "$2b$11$abc", "$2y$11$abc"])("the hash %s is no variable", (hash) => {
  const { identity } = configuration(`authorization: {user: u, password: ${hash}}`, source);
  expect(identity.accounts[0]?.users[0]?.password).toBe(hash);
});

describe("findings", () => {
  test("a variable that is not set is told, and nothing is said to be missing because of it", () => {
    expect(findings("gateway:\n  host: h\n  name: $NAME", source)).toEqual([
      "box.yaml:3:9 gateway.name: environment variable NAME is not set; a text that begins " +
        'with $ stands in quotes: "$NAME"',
    ]);
  });

  test("names that every object has are not variables", () => {
    expect(findings("server_name: $constructor")).toHaveLength(1);
  });

  test("a wrong value names the variable it came from and does not show what it holds", () => {
    expect(findings("max_payload: $BAD\nport: $BAD\nhost: h", source)).toEqual([
      "box.yaml:1:14 max_payload: expected a size in bytes such as 64KB or 1MB, got a text " +
        "(from $BAD); write 1MB",
      "box.yaml:2:7 port: expected a port, got a text (from $BAD); write 4222",
    ]);
  });

  test("an empty variable is no password", () => {
    expect(findings("authorization: {user: u, password: $EMPTY}", source)).toEqual([
      "box.yaml:1:36 authorization.password: cannot be empty (from $EMPTY)",
    ]);
  });
});

test("the digest is of the values, not of the layout", () => {
  const one = read("debug: true\nport: $PORT # a comment\nhost: h", source).digest;
  const same = read('{"host": "h", "port": 5222, "debug": true}').digest;
  const other = read("debug: true\nport: 5223\nhost: h").digest;
  expect(one).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(same).toBe(one);
  expect(other).not.toBe(one);
});
