// Which compression a link gets, and how both ends switch to it: leafnode.md §9.1, §9.2.

import { describe, expect, test } from "bun:test";
import { textOf } from "../../src/base/bytes.ts";
import { levelFor, negotiated } from "../../src/leaf/compression.ts";
import type { CompressionMode } from "../../src/leaf/options.ts";
import { Box, connectOf, leafInfoOf } from "../support/core-world.ts";
import { ByteEnd, documentOf, interest } from "../support/leaf-talk.ts";

const of = (mode: CompressionMode) => ({ mode, rttThresholdsMillis: [10, 50, 100] }) as const;

const OWN: CompressionMode[] = [
  "off",
  "not supported",
  "accept",
  "s2_auto",
  "s2_uncompressed",
  "s2_fast",
  "s2_better",
  "s2_best",
];
const THEIRS = ["", "not supported", "off", "accept", "s2_auto", "s2_fast", "s2_better", "s2_best"] as const;

/** The table of §9.1, for what both ends do. */
function table(own: CompressionMode, theirs: string): string {
  if (own === "off" || own === "not supported") return "off";
  if (theirs === "" || theirs === "not supported" || theirs === "off") return "off";
  if (own !== "accept") return own;
  if (theirs === "accept") return "off";
  return theirs === "s2_auto" ? "s2_fast" : theirs;
}

/** A link without distance, so that s2_auto means s2_uncompressed. */
const near = (mode: string): string => (mode === "s2_auto" ? "s2_uncompressed" : mode);

test.each(OWN)("with %s the table decides, whatever the peer announces", (own) => {
  for (const theirs of [...THEIRS, "s2_uncompressed"]) {
    expect([theirs, negotiated(own, theirs)]).toEqual([theirs, table(own, theirs) as "off"]);
  }
});

test("what is no mode is refused by whoever may compress, and does not matter to others", () => {
  for (const own of OWN) {
    const isDeaf = own === "off" || own === "not supported";
    expect([own, negotiated(own, "zstd")]).toEqual([own, isDeaf ? "off" : null]);
    expect(negotiated(own, "S2_FAST")).toBe(isDeaf ? "off" : null);
  }
});

test("s2_auto takes the level by distance, each threshold included", () => {
  const levels = [0, 10, 10.1, 50, 51, 100, 101, 9_999].map((rtt) => levelFor(of("s2_auto"), rtt));
  expect(levels).toEqual([
    "s2_uncompressed",
    "s2_uncompressed",
    "s2_fast",
    "s2_fast",
    "s2_better",
    "s2_better",
    "s2_best",
    "s2_best",
  ]);
  expect(levelFor({ mode: "s2_auto", rttThresholdsMillis: [1, 2, 3] }, 2.5)).toBe("s2_better");
  expect(levelFor(of("s2_fast"), 9_999)).toBe("s2_fast");
});

/** An accepted leaf that heard INFO. */
function leafOf(mode: CompressionMode) {
  const box = new Box({ leaf: { listen: { compression: of(mode) } } });
  const leaf = box.rawLeaf();
  const info = documentOf(leaf.hears()[0]);
  return { box, end: new ByteEnd(leaf), leaf, info };
}

const asks = (compression: string): string => `INFO ${JSON.stringify({ client_id: 5, compression })}`;

describe("accepted", () => {
  for (const own of OWN.filter((mode) => mode !== "off" && mode !== "not supported")) {
    test.each(THEIRS)(`with ${own}, a leaf that announces %p gets what the table says`, (theirs) => {
      const { end, leaf, info } = leafOf(own);
      expect(info["compression"]).toBe(own);
      leaf.says(asks(theirs));
      const expected = near(table(own, theirs));
      if (expected === "off") {
        expect(end.takesPlain()).toEqual([]);
        leaf.says(connectOf("one"));
        expect(end.takesPlain()[0]).toStartWith("INFO ");
      } else {
        const again = documentOf(end.hears()[0]);
        expect(again).toEqual(info);
        end.says(connectOf("one", { compress_mode: theirs }));
        expect(documentOf(end.hears()[0])["connect_info"]).toBe(true);
      }
      expect([leaf.session.ready, leaf.session.encoder?.level ?? "off"]).toEqual([true, expected as "off"]);
    });
  }

  test("a leaf that answers CONNECT at once gets no compression", () => {
    const { end, leaf } = leafOf("s2_auto");
    leaf.says(connectOf("one", { compress_mode: "off" }));
    expect(documentOf(end.takesPlain()[0])["connect_info"]).toBe(true);
    expect([leaf.session.encoder, leaf.session.compression]).toEqual([null, "off"]);
  });

  test.each(["zstd", "gzip", "s2"])("a leaf that announces %s is refused in nats-server's words", (mode) => {
    const { end, leaf } = leafOf("accept");
    leaf.says(asks(mode));
    expect(end.takesPlain()).toEqual([`-ERR 'unsupported route compression mode "${mode}"'`]);
    expect(leaf.ended).toBe("Protocol Violation");
  });

  test("a leaf over WebSocket may not ask", () => {
    const box = new Box({ leaf: { listen: { compression: of("s2_auto") } } });
    const leaf = box.rawLeaf({ webSocket: true });
    leaf.hears();
    leaf.says(asks("s2_fast"));
    expect(leaf.hears()).toEqual(["-ERR 'Authorization Violation'"]);
  });

  test("an INFO that cannot be read, or a second one, is refused", () => {
    const unreadable = leafOf("s2_auto");
    unreadable.leaf.says("INFO {");
    expect(unreadable.end.takesPlain()).toEqual(["-ERR 'Authorization Violation'"]);
    const twice = leafOf("s2_fast");
    twice.leaf.says(asks("s2_fast"));
    twice.end.hears();
    twice.end.says(asks("s2_fast"));
    expect(twice.end.hears()).toEqual(["-ERR 'Authorization Violation'"]);
  });

  test("INFO after CONNECT changes nothing", () => {
    const { end, leaf } = leafOf("s2_fast");
    leaf.says(connectOf("one"));
    end.takes();
    leaf.says(asks("s2_fast"), asks("zstd"), "PING");
    expect(end.takesPlain()).toEqual(["PONG"]);
    expect(leaf.session.encoder).toBeNull();
  });

  test("what was said before the switch leaves plain, though it leaves later", () => {
    const box = new Box({ leaf: { listen: { compression: of("s2_fast") } } });
    const how = { secure: false, webSocket: false, certificate: null };
    const session = box.core.acceptLeaf({ ip: "10.0.0.1", port: 1 }, box.now, how);
    session.receive(Buffer.from(`${asks("s2_fast")}\r\n`), box.now);
    const first = session.egress.head()!;
    expect(textOf(first.buf.subarray(first.from, first.to))).toMatch(/^INFO {.*}\r\n$/);
    session.egress.consumed(first.to - first.from);
    const second = session.egress.head()!;
    expect([...second.buf.subarray(second.from, second.from + 4)]).toEqual([0xff, 6, 0, 0]);
  });

  test("a wrong password is refused inside S2", () => {
    const { end, leaf } = leafOf("s2_better");
    leaf.says(asks("s2_auto"));
    end.hears();
    end.says(connectOf("one", { user: "a", pass: "x" }));
    expect(end.hears()).toEqual(["-ERR 'Authorization Violation'"]);
    expect(leaf.ended).toBe("Authentication Failure");
  });

  test("interest and messages go both ways inside S2, however the bytes are cut", () => {
    const { box, end, leaf } = leafOf("s2_best");
    const client = box.client();
    client.says("SUB down 1");
    leaf.says(asks("s2_auto"));
    end.hears();
    const body = "x".repeat(3_000);
    const said = `${connectOf("one")}\r\nLS+ up\r\nLMSG down 3000\r\n${body}\r\n`;
    for (const byte of end.encoded(Buffer.from(said))) leaf.saysRaw(Uint8Array.of(byte));
    expect(client.hears()).toEqual(["MSG down 1 3000", body]);
    expect(interest(end.hears())).toEqual(["LS+ down"]);
    client.says(`PUB up 3000\r\n${body}`);
    const before = leaf.session.egress.wireBytes;
    expect(end.hears()).toEqual(["LMSG up 3000", body]);
    expect(leaf.session.egress.wireBytes - before).toBeLessThan(300);
  });

  test("the time that a leaf takes to ask is its distance, for s2_auto", () => {
    for (const [millis, level] of [
      [10, "s2_uncompressed"],
      [40, "s2_fast"],
      [100, "s2_better"],
      [300, "s2_best"],
    ] as const) {
      const { box, leaf } = leafOf("s2_auto");
      box.wait(millis);
      leaf.says(asks("s2_auto"));
      expect([leaf.session.encoder!.level, leaf.session.compression]).toEqual([level, level]);
    }
  });

  test("each PONG tells s2_auto the distance anew, and other modes nothing", () => {
    for (const [mode, level] of [
      ["s2_auto", "s2_better"],
      ["s2_fast", "s2_fast"],
    ] as const) {
      const { box, end, leaf } = leafOf(mode);
      leaf.says(asks("s2_auto"));
      end.hears();
      end.says(connectOf("one"));
      end.hears();
      for (let i = 0; i < 12 && !end.hears().includes("PING"); i++) box.wait(100);
      box.wait(70);
      end.says("PONG");
      expect([mode, leaf.session.encoder!.level, leaf.session.compression]).toEqual([mode, level, level]);
      end.chunkTypes.length = 0;
      box.client().says("SUB aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 1");
      end.hears();
      expect(end.chunkTypes).toEqual([0x00]);
    }
  });
});

/** A hub that was dialled. */
function hubOf(mode: CompressionMode, theirs: string) {
  const box = new Box({ leaf: { remotes: [{ compression: of(mode) }] } });
  const end = new ByteEnd(box.rawHub());
  const info = leafInfoOf("east", theirs === "" ? {} : { compression: theirs });
  return { box, end, hub: end.peer, info };
}

describe("solicited", () => {
  for (const own of OWN) {
    test.each(THEIRS)(`with ${own}, to a hub that announces %p we say what the table says`, (theirs) => {
      const { end, hub, info } = hubOf(own, theirs);
      hub.says(info);
      const agreed = table(own, theirs);
      const [line, ...more] = end.takesPlain();
      expect(more).toEqual([]);
      if (agreed === "off") {
        expect(line).toStartWith("CONNECT ");
        expect(documentOf(line)["compress_mode"]).toBe("off");
        expect(hub.session.encoder).toBeNull();
        return;
      }
      expect(documentOf(line)).toEqual({
        server_id: "",
        server_name: "",
        version: "",
        proto: 0,
        go: "",
        host: "",
        port: 0,
        headers: false,
        max_payload: 0,
        client_id: 7,
        compression: own === "s2_auto" ? "s2_auto" : agreed,
      });
      end.says(info);
      const [connect] = end.hears();
      expect(documentOf(connect)["compress_mode"]).toBe(near(agreed));
      expect(hub.session.encoder!.level).toBe(near(agreed) as never);
      end.says(leafInfoOf("east", { connect_info: true }), "PING");
      expect(end.hears().at(-1)).toBe("PONG");
      expect(hub.session.ready).toBe(true);
    });
  }

  test("a hub that announces an unknown mode is refused in nats-server's words", () => {
    const { end, hub, info } = hubOf("s2_auto", "zstd");
    hub.says(info);
    expect(end.takesPlain()).toEqual(["-ERR 'unsupported route compression mode \"zstd\"'"]);
    expect(hub.ended).toBe("Protocol Violation");
  });

  test("over WebSocket we never ask", () => {
    const box = new Box({ leaf: { remotes: [{ compression: of("s2_fast") }] } });
    box.core.start(box.now);
    const address = { ip: "10.0.0.1", port: 1 };
    const how = { secure: false, webSocket: true, certificate: null };
    const session = box.core.leafDialed(box.leafDials.shift()!, address, box.now, how);
    session.receive(Buffer.from(`${leafInfoOf("east", { compression: "s2_fast" })}\r\n`), box.now);
    const { buf, from, to } = session.egress.head()!;
    expect(textOf(buf.subarray(from, to))).toStartWith("CONNECT ");
  });

  test("between our INFO and the hub's compressed one we say nothing, whatever happens here", () => {
    const { box, end, hub, info } = hubOf("s2_fast", "s2_auto");
    hub.says(info);
    end.takesPlain();
    box.client().says("SUB a 1");
    box.wait(900);
    expect(end.takes()).toHaveLength(0);
    end.says(info);
    expect(end.hears()[0]).toStartWith("CONNECT ");
  });

  test("a hub that goes on in clear after it announced compression is cut without a word", () => {
    const { end, hub, info } = hubOf("s2_fast", "s2_auto");
    hub.says(info);
    end.takesPlain();
    hub.says(info);
    expect([end.takes().length, hub.ended]).toEqual([0, "Parse Error"]);
    expect(hub.session.lastError).toContain("no stream identifier");
  });

  test("a hub that never says the compressed INFO is cut after the time for the first one", () => {
    const { box, end, hub, info } = hubOf("s2_fast", "s2_auto");
    box.wait(600);
    hub.says(info);
    end.takesPlain();
    box.wait(999);
    expect(hub.ended).toBeNull();
    box.wait(1);
    expect([end.takes().length, hub.ended]).toEqual([0, "Stale Connection"]);
  });

  test("s2_auto takes the time to the first INFO as the distance", () => {
    const { box, hub, info } = hubOf("s2_auto", "accept");
    box.wait(60);
    hub.says(info);
    expect(hub.session.encoder!.level).toBe("s2_better");
  });

  test("what follows the hub's answer may be as large as any server's: all that it wants in one block", () => {
    const { end, hub, info } = hubOf("s2_fast", "s2_fast");
    hub.says(info);
    end.takes();
    end.says(info);
    end.hears();
    const wants = Array.from({ length: 20_000 }, (_, i) => `LS+ subject.${i}`);
    end.says(leafInfoOf("east", { connect_info: true }), ...wants);
    expect([hub.ended, hub.session.rows.count]).toEqual([null, 20_000]);
  });

  test("it is the compressed INFO that counts", () => {
    const { end, hub, info } = hubOf("s2_fast", "s2_fast");
    hub.says(info);
    end.takes();
    end.says(leafInfoOf("east", { server_name: "renamed", headers: false, info_on_connect: false }));
    expect(end.hears()[0]).toStartWith("CONNECT ");
    const { remoteName, headers, ready } = hub.session;
    expect([remoteName, headers, ready]).toEqual(["renamed", false, true]);
  });
});
