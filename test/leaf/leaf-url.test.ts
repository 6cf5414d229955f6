// URLs of hubs, as people and hubs write them: leafnode.md §15, §17.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseLeafUrl } from "../../src/leaf/remotes.ts";

const read = (text: string) => {
  const url = parseLeafUrl(text);
  return url === null
    ? null
    : `${url.scheme} ${url.host} ${url.port}${url.path === "" ? "" : ` ${url.path}`}`;
};
const login = (text: string) => {
  const url = parseLeafUrl(text);
  return url === null ? null : [url.user, url.password];
};

describe("a URL is read", () => {
  test("with each scheme, whatever its case", () => {
    expect(read("nats://h:1")).toBe("nats h 1");
    expect(read("nats-leaf://h:1")).toBe("nats h 1");
    expect(read("NATS-Leaf://h:1")).toBe("nats h 1");
    expect(read("tls://h:1")).toBe("tls h 1");
    expect(read("ws://h:1")).toBe("ws h 1");
    expect(read("wss://h:1")).toBe("wss h 1");
  });

  test("with the leaf port where it names none, for WebSocket as in nats-server too", () => {
    for (const scheme of ["nats", "tls", "ws", "wss"]) {
      expect(read(`${scheme}://hub.example`)).toBe(`${scheme} hub.example 7422`);
      expect(read(`${scheme}://hub.example:`)).toBe(`${scheme} hub.example 7422`);
    }
  });

  test("with a port that is the usual one of its scheme elsewhere", () => {
    expect(read("ws://h:80")).toBe("ws h 80");
    expect(read("wss://h:443")).toBe("wss h 443");
  });

  test("with addresses of both kinds", () => {
    expect(read("nats://10.0.0.1:7000")).toBe("nats 10.0.0.1 7000");
    expect(read("nats://[::1]:7000")).toBe("nats ::1 7000");
    expect(read("nats://[2001:DB8:0:0::1]")).toBe("nats 2001:db8::1 7422");
  });

  test("with the path of a WebSocket hub, without the end that is always the same", () => {
    expect(read("ws://h")).toBe("ws h 7422");
    expect(read("ws://h/")).toBe("ws h 7422");
    expect(read("ws://h/leafnode")).toBe("ws h 7422");
    expect(read("wss://h:443/base")).toBe("wss h 443 /base");
    expect(read("wss://h:443/base/leafnode/")).toBe("wss h 443 /base");
    expect(read("wss://h:443/a%20b/c")).toBe("wss h 443 /a%20b/c");
    expect(read("nats://h:1/base")).toBe("nats h 1");
  });

  test("with white space around it", () => {
    expect(read(" nats://h:1\n")).toBe("nats h 1");
  });
});

describe("user and password", () => {
  test("are percent-decoded, and a user alone has no password", () => {
    expect(login("nats://h")).toEqual([null, null]);
    expect(login("nats://u:p@h")).toEqual(["u", "p"]);
    expect(login("nats://tok%40en@h")).toEqual(["tok@en", null]);
    expect(login("nats://u%3Ax:p%40%2F%20%C3%A9@h")).toEqual(["u:x", "p@/ é"]);
    expect(login("nats://u:@h")).toEqual(["u", ""]);
    expect(login("nats://@h")).toEqual([null, null]);
  });

  test("may hold an @ or a colon that nobody escaped", () => {
    expect(login("nats://u:p@ss@h:1")).toEqual(["u", "p@ss"]);
    expect(login("nats://u:p:q@h:1")).toEqual(["u", "p:q"]);
    expect(read("nats://u:p@ss@h:1")).toBe("nats h 1");
  });

  test("stay as they stand where they are not percent-encoded, and throw nothing", () => {
    expect(login("nats://%zz:100%@h")).toEqual(["%zz", "100%"]);
    expect(login("nats://u:%C3@h")).toEqual(["u", "%C3"]);
  });

  test("survive the way into a URL and back, whatever they are", () => {
    const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(text, text, (user, password) => {
        const url = `nats://${encodeURIComponent(user)}:${encodeURIComponent(password)}@h:1`;
        expect(login(url)).toEqual([user, password]);
      }),
    );
  });
});

describe("what is no URL of a hub", () => {
  const nonsense = [
    "",
    "h",
    "h:7422",
    "://h",
    "nats:h",
    "nats://",
    "nats://:1",
    "nats://u:p@",
    "http://h",
    "quic://h:1",
    "constructor://h:1",
    "nats://h:0",
    "nats://h:65536",
    "nats://h:-1",
    "nats://h:x",
    "nats://h:1:2",
    "nats://a,b",
    "nats://a b",
    "nats://a\nb",
    "nats://h\u0000",
    "nats://h:1?x=1",
    "nats://h:1#x",
    "nats://[::1",
    "nats://[::g]:1",
    "nats://[1:2:3]:1",
    "nats://::1:7422",
    "nats://.h",
    "nats://u:p/w@h:1",
    "nats://u:1/w@h:1",
    "ws://h/a@b",
    `nats://${"u".repeat(5_000)}@h`,
  ];

  test("is refused", () => {
    for (const text of nonsense) expect([text, read(text)]).toEqual([text, null]);
  });

  test("whatever it is, throws nothing, and what is read could be dialled", () => {
    const piece = fc.constantFrom(
      "nats",
      "wss",
      "://",
      "@",
      ":",
      "/",
      "[",
      "]",
      "::1",
      "%",
      "%zz",
      ".",
      "h",
      "7422",
      "\u0000",
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")),
    );
    fc.assert(
      fc.property(text, (any) => {
        for (const url of [parseLeafUrl(any), parseLeafUrl(`nats://${any}`)]) {
          if (url === null) continue;
          expect(url.host).not.toBe("");
          expect(url.port >= 1 && url.port <= 65_535).toBe(true);
          expect(
            URL.canParse(`http://${url.host.includes(":") ? `[${url.host}]` : url.host}:${url.port}`) ||
              /[^a-z]/.test(url.host),
          ).toBe(true);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test("and is as long as a line may be, is refused quickly", () => {
    for (const part of ["@", "a@", "a:", "/", "%", "[", ".", "a."]) {
      const began = performance.now();
      for (const length of [4_000, 65_000]) read(`ws://${part.repeat(length / part.length)} `);
      for (const length of [4_000, 65_000]) read(`ws://h/${part.repeat(length / part.length)}?`);
      expect(performance.now() - began).toBeLessThan(500);
    }
  });
});
