// Which requests may become a WebSocket, and in whose eyes.

import { describe, expect, test } from "bun:test";
import { isLeafRequest, type OriginRules, refusalOf } from "../../src/net/websocket-request.ts";

const ANY: OriginRules = { sameOrigin: false, allowedOrigins: [] };

const HANDSHAKE: Record<string, string> = {
  Upgrade: "websocket",
  Connection: "Upgrade",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "qNrNZDoJNiJ9xdIS0AXrJA==",
};

function request(url: string, headers: Record<string, string> = {}, method = "GET"): Request {
  return new Request(url, { method, headers: { ...HANDSHAKE, ...headers } });
}

const AT = "http://box.example:8080/leafnode";

test("a whole handshake is taken, also in other capitals and among other tokens", () => {
  expect(refusalOf(request(AT), ANY)).toBeNull();
  expect(refusalOf(request(AT, { Upgrade: "WebSocket", Connection: "keep-alive, Upgrade" }), ANY)).toBeNull();
});

test.each([
  [405, "request method must be GET", request(AT, {}, "POST")],
  [400, "invalid value for header 'Upgrade'", request(AT, { Upgrade: "h2c" })],
  [400, "invalid value for header 'Connection'", request(AT, { Connection: "close" })],
  [400, "key missing", request(AT, { "Sec-WebSocket-Key": "" })],
  [400, "invalid version", request(AT, { "Sec-WebSocket-Version": "12" })],
  [404, "mqtt websocket endpoint not enabled", request("http://box.example:8080/mqtt")],
])("%i: %s", (status, why, asked) => {
  expect(refusalOf(asked, ANY)).toEqual({ status, why });
});

test("a leaf's path ends in /leafnode", () => {
  const isLeaf = (path: string): boolean => isLeafRequest(request(`http://box.example${path}`));
  expect(["/leafnode", "/a/b/leafnode", "/leafnode?x=1"].map(isLeaf)).toEqual([true, true, true]);
  expect(["/", "/leafnodes", "/leafnode/", "/x?y=/leafnode"].map(isLeaf)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

describe("origins", () => {
  const why = (origin: string | null, rules: Partial<OriginRules>, url = AT): string | null => {
    const headers: Record<string, string> = origin === null ? {} : { Origin: origin };
    const refusal = refusalOf(request(url, headers), { ...ANY, ...rules });
    if (refusal !== null) expect(refusal.status).toBe(403);
    return refusal?.why ?? null;
  };

  test("do not matter where nothing is said of them, nor when there is none", () => {
    expect(why("http://evil.example", {})).toBeNull();
    expect(why(null, { sameOrigin: true, allowedOrigins: ["https://good.example"] })).toBeNull();
  });

  test("must be the host and port that are asked, where only the same is taken", () => {
    const same = { sameOrigin: true };
    expect(why("http://box.example:8080", same)).toBeNull();
    expect(why("http://box.example:8081", same)).toBe("origin not allowed: not same origin");
    expect(why("http://box.example", same)).toBe("origin not allowed: not same origin");
    expect(why("https://box.example", same, "https://box.example/leafnode")).toBeNull();
    expect(why("nonsense", same)).toBe('origin not allowed: "nonsense" cannot be read');
  });

  test("must be on the list by scheme, host and port, where there is one", () => {
    const list = { allowedOrigins: ["https://good.example", "http://other.example:81"] };
    expect(why("https://good.example", list)).toBeNull();
    expect(why("https://good.example:443", list)).toBeNull();
    expect(why("http://other.example:81", list)).toBeNull();
    for (const origin of ["http://good.example", "https://good.example:444", "http://other.example"]) {
      expect(why(origin, list)).toBe("origin not allowed: not in the allowed list");
    }
  });
});
