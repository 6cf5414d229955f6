// Addresses and URLs are read as nats-server reads them, and no password is ever told back.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseAdvertise, parseGatewayUrl, parseListen } from "../../src/config/address.ts";

function value<T>(parsed: { value: T } | { problem: string }): T | string {
  return "value" in parsed ? parsed.value : parsed.problem;
}

describe("where to listen", () => {
  test.each([
    [4222, null, 4222],
    [-1, null, 0],
    [":4222", null, 4222],
    ["0.0.0.0:4222", "0.0.0.0", 4222],
    ["gw.example.org:-1", "gw.example.org", 0],
    ["[::1]:7222", "::1", 7222],
    ["[fe80::1%eth0]:7222", "fe80::1%eth0", 7222],
  ])("%p listens on host %p and port %p", (text, host, port) => {
    expect(value(parseListen(text))).toEqual({ host, port });
  });

  test.each([
    [0, "a port is between 1 and 65535, or -1 for any free one, not 0"],
    [70000, "a port is between 1 and 65535, or -1 for any free one, not 70000"],
    [1.5, "a port is between 1 and 65535, or -1 for any free one, not 1.5"],
    ["host", "expected a port or host:port; write 127.0.0.1:4222"],
    ["::1:4222", "expected a port or host:port; write 127.0.0.1:4222"],
    ["nats://h:1", "expected a port or host:port; write 127.0.0.1:4222"],
    ["host:", "expected a number after the last colon; write host:4222"],
    ["host:http", "expected a number after the last colon; write host:4222"],
  ])("%p is refused: %s", (text, problem) => {
    expect(value(parseListen(text))).toBe(problem);
  });
});

describe("what to advertise", () => {
  test.each([
    ["gw.example.org", "gw.example.org", null],
    ["gw.example.org:7222", "gw.example.org", 7222],
    ["gw.example.org:-1", "gw.example.org", null],
    ["::1", "::1", null],
    ["[::1]", "::1", null],
    ["[::1]:7222", "::1", 7222],
  ])("%p is host %p and port %p", (text, host, port) => {
    expect(value(parseAdvertise(text))).toEqual({ host, port });
  });

  test.each(["", ":7222", "a b", "host:x", "host:99999", "nats://host"])("%p is refused", (text) => {
    expect(parseAdvertise(text)).toHaveProperty("problem");
  });
});

describe("gateway URLs", () => {
  const NOBODY = { user: null, password: null };
  test.each([
    ["nats://gw:7222", { scheme: "nats", host: "gw", port: 7222, ...NOBODY }],
    ["tls://gw:7222/", { scheme: "tls", host: "gw", port: 7222, ...NOBODY }],
    ["  nats://gw:7222  ", { scheme: "nats", host: "gw", port: 7222, ...NOBODY }],
    ["nats://gw", { scheme: "nats", host: "gw", port: 7222, ...NOBODY }],
    ["nats://[::1]:7333", { scheme: "nats", host: "::1", port: 7333, ...NOBODY }],
    ["nats://u:p%40ss%3A@gw:1", { scheme: "nats", host: "gw", port: 1, user: "u", password: "p@ss:" }],
  ])("%p is read", (text, url) => {
    expect(value(parseGatewayUrl(text))).toEqual(url as never);
  });

  test.each([
    ["gw:7222", "a URL needs a scheme; write nats://host:7222"],
    ["http://gw:7222", "a gateway URL starts with nats:// or tls://, not http://"],
    ["nats://", "the URL has no host; write nats://host:7222"],
    ["nats://gw:0", "the port must be between 1 and 65535"],
    ["nats://gw:70000", "not a URL (special characters in a user or password are percent-encoded)"],
    [
      "nats://gw:7222/x",
      "a gateway URL ends after the port; percent-encode special characters in a password",
    ],
    ["nats://u:p#x@gw:1", "not a URL (special characters in a user or password are percent-encoded)"],
    ["nats://u@gw:7222", "a URL with credentials needs both; write nats://user:password@host:7222"],
    ["nats://u:%zz@gw:7222", "user or password is not percent-encoded correctly (a plain % is %25)"],
  ])("%p is refused: %s", (text, problem) => {
    expect(value(parseGatewayUrl(text))).toBe(problem);
  });

  test("a refused URL is never told back, since it may hold a password", () => {
    fc.assert(
      fc.property(fc.string(), (tail) => {
        const parsed = parseGatewayUrl(`nats://user:hunter2@${tail}`);
        return "value" in parsed || !parsed.problem.includes("hunter2");
      }),
    );
  });
});
