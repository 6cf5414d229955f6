// URLs of hubs are read as nats-server reads them, and no password is ever told back.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseLeafUrl, parseOrigin, parseProxyUrl } from "../../src/config/leaf-url.ts";

function value<T>(parsed: { value: T } | { problem: string }): T | string {
  return "value" in parsed ? parsed.value : parsed.problem;
}

const NOBODY = { user: null, password: null };
const HUB = { scheme: "nats", host: "hub", port: 7422, path: "", ...NOBODY } as const;

describe("URLs of hubs", () => {
  test.each([
    ["nats://hub", HUB],
    ["nats-leaf://hub:7422", HUB],
    ["  NATS-LEAF://hub/  ", HUB],
    ["tls://hub:4443", { ...HUB, scheme: "tls", port: 4443 }],
    ["nats://[::1]:7333", { ...HUB, host: "::1", port: 7333 }],
    ["nats://token@hub", { ...HUB, user: "token" }],
    ["nats://u:p%40ss%3A@hub", { ...HUB, user: "u", password: "p@ss:" }],
    ["ws://hub", { ...HUB, scheme: "ws" }],
    ["ws://hub:80", { ...HUB, scheme: "ws", port: 80 }],
    ["wss://hub:443/", { ...HUB, scheme: "wss", port: 443 }],
    [
      "wss://u:p@hub:443/base/x/",
      { ...HUB, scheme: "wss", port: 443, path: "/base/x", user: "u", password: "p" },
    ],
  ])("%p is read", (text, url) => {
    expect(value(parseLeafUrl(text))).toEqual(url as never);
  });

  const SCHEMES = "a leaf URL starts with nats://, nats-leaf://, tls://, ws:// or wss://";
  test.each([
    ["hub:7422", "a URL needs a scheme; write nats://host:7422"],
    ["http://hub", `${SCHEMES}, not http://`],
    ["constructor://hub", `${SCHEMES}, not constructor://`],
    ["hunter2@x://hub", SCHEMES],
    ["wss://", "the URL has no host; write wss://host:7422"],
    ["nats://hub:0", "the port must be between 1 and 65535"],
    ["nats://hub:70000", "not a URL (special characters in a user or password are percent-encoded)"],
    ["nats://u:p#x@hub:1", "not a URL (special characters in a user or password are percent-encoded)"],
    ["nats://hub/base", "the URL ends after the port (after the path with ws:// and wss://)"],
    ["ws://hub/base?x=1", "the URL ends after the port (after the path with ws:// and wss://)"],
    ["nats://:p@hub", "a password without a user; write nats://user:password@host"],
    ["nats://u:%zz@hub", "user or password is not percent-encoded correctly (a plain % is %25)"],
  ])("%p is refused: %s", (text, problem) => {
    expect(value(parseLeafUrl(text))).toBe(problem);
  });

  test("a refused URL is never told back, since it may hold a password", () => {
    fc.assert(
      fc.property(fc.constantFrom("nats", "ws", "x"), fc.string(), (scheme, tail) => {
        const parsed = parseLeafUrl(`${scheme}://user:hunter2@${tail}`);
        return "value" in parsed || !parsed.problem.includes("hunter2");
      }),
    );
  });
});

describe("URLs of proxies", () => {
  test.each([
    ["http://proxy:3128", "http://proxy:3128"],
    ["HTTP://Proxy/", "http://proxy:80"],
    [" http://[::1]:80 ", "http://[::1]:80"],
    ["https://proxy", "https://proxy:443"],
  ])("%p is read", (text, url) => expect(parseProxyUrl(text)).toEqual({ value: url }));

  test.each([
    ["proxy:3128", "not a URL; write http://host:3128"],
    ["http://", "not a URL; write http://host:3128"],
    ["socks5://proxy", "the URL of a proxy starts with http:// or https://"],
    ["http://u:p@proxy", "user and password of a proxy stand beside its URL; write username: NAME"],
    ["http://proxy/x", "the URL of a proxy ends after the port; write http://host:3128"],
  ])("%p is refused: %s", (text, problem) => expect(parseProxyUrl(text)).toEqual({ problem }));
});

describe("origins", () => {
  test.each([
    ["https://App.Example.org", "https://app.example.org"],
    ["http://app:80/x", "http://app"],
    ["https://app:8443", "https://app:8443"],
  ])("%p is %p", (text, origin) => expect(parseOrigin(text)).toEqual({ value: origin }));

  test.each(["app.example.org", "ftp://app", "https://", ""])("%p is none", (text) => {
    expect(parseOrigin(text)).toHaveProperty("problem");
  });
});
