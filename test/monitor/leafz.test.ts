// /leafz: nats-server's picture, and what it does not tell.

import { describe, expect, test } from "bun:test";
import { leafz, leafzOptions } from "../../src/monitor/leafz.ts";
import { Query } from "../../src/monitor/query.ts";
import { S2Encoder } from "../../src/wire/s2-encoder.ts";
import { S2Fallback } from "../../src/wire/s2-fallback.ts";
import { expectShape, LEAFZ } from "./shape.ts";
import { Box, dialing, leafConnectLine, listening, OPTIONS } from "./support.ts";

interface Leaf {
  readonly id: number;
  readonly name: string;
  readonly is_spoke: boolean;
  readonly account: string;
  readonly rtt: string;
  readonly subscriptions: number;
  readonly subscriptions_list?: readonly string[];
  readonly out_wire_bytes: number;
  readonly in_wire_bytes?: number;
  readonly in_saved_bytes?: number;
  readonly in_compression_ratio?: number;
}

interface Shows {
  readonly leafnodes: number;
  readonly leafs: readonly Leaf[];
  readonly remotes: readonly unknown[];
}

function ask(box: Box, query = ""): Shows {
  const document = leafz(box.source, leafzOptions(new Query(new URLSearchParams(query))));
  return JSON.parse(JSON.stringify(document)) as Shows;
}

const names = (box: Box, query = ""): string[] => ask(box, query).leafs.map(({ name }) => name);

/** What a compressed peer sends. */
function encoded(encoder: S2Encoder, text: string): Uint8Array {
  const plain = new TextEncoder().encode(text);
  const target = new Uint8Array(encoder.maxBytes(plain.length));
  return target.subarray(0, encoder.encode(plain, 0, plain.length, target, 0));
}

/** A spoke with which S2 is agreed, and its encoder. */
function compressed(box: Box): { link: ReturnType<Box["rawLeaf"]>; encoder: S2Encoder } {
  const link = box.rawLeaf();
  box.feed(link, `INFO ${JSON.stringify({ compression: "s2_fast" })}\r\n`);
  const encoder = new S2Encoder("s2_fast", new S2Fallback());
  box.feed(link, encoded(encoder, leafConnectLine("edge", "ann")));
  return { link, encoder };
}

describe("a leaf", () => {
  test("has every field that nats-server shows, with the same type and in its order", () => {
    const box = new Box(dialing({}));
    box.core.start(box.now);
    box.feed(box.hub("east"), "LS+ orders.>\r\n");
    box.feed(box.spoke("edge"), "LS+ sp.a\r\n");
    const shown = ask(box, "subs=1");
    expectShape(shown, LEAFZ);
    const order = Object.keys(LEAFZ.leafs[0]!);
    for (const leaf of shown.leafs) expect(Object.keys(leaf).slice(0, order.length)).toEqual(order);
    expect(Object.keys(shown).slice(0, 4)).toEqual(["server_id", "now", "leafnodes", "leafs"]);
  });

  test("that dialled us is a spoke, and the box is not", () => {
    const box = new Box();
    const link = box.spoke("edge", "sam");
    box.now += 61_000;
    expect(ask(box)).toMatchObject({
      leafnodes: 1,
      leafs: [
        {
          id: link.id,
          name: "edge",
          is_spoke: false,
          account: "SHOP",
          ip: "127.0.0.1",
          port: link.remote.port,
          compression: "off",
          solicited: false,
          remote_id: "Nedge",
          version: "2.15.2",
          remote_cluster: "edge-cluster",
          remote_account: "THEIRS",
          authorized_user: "sam",
          uptime: "1m1s",
          loops: 0,
        },
      ],
    });
    for (const absent of ["is_isolated", "websocket", "url", "remote", "tls_version", "last_error"]) {
      expect(ask(box).leafs[0]).not.toHaveProperty(absent);
    }
  });

  test("that we dialled is a hub and the box its spoke, unless we are to be the hub", () => {
    const box = new Box(dialing({}, { hub: true }));
    box.core.start(box.now);
    box.hub("east");
    box.hub("west");
    const [east, west] = ask(box).leafs;
    expect(east).toMatchObject({
      is_spoke: true,
      solicited: true,
      remote: 0,
      url: "nats://hub.example:7422",
      ip: "10.0.0.9",
      port: 7_422,
      remote_account: "HUBS",
    });
    expect(west).toMatchObject({ is_spoke: false, solicited: true, remote: 1 });
    expect(east).not.toHaveProperty("authorized_user");
  });

  test("that solicits as a hub makes the box its spoke", () => {
    const box = new Box();
    box.spoke("edge", "ann", { is_hub: true });
    expect(ask(box).leafs).toMatchObject([{ is_spoke: true, solicited: false }]);
  });

  test("is shown once its handshake is done, and no more once its end has begun", () => {
    const box = new Box(dialing({}));
    box.core.start(box.now);
    const hub = box.hub("east", false);
    const raw = box.rawLeaf();
    expect(ask(box)).toMatchObject({ leafnodes: 0, leafs: [] });
    box.feed(raw, leafConnectLine("edge", "ann"));
    expect(names(box)).toEqual(["edge"]);
    raw.close("Stale Connection");
    hub.lost("Read Error", box.now);
    expect(ask(box)).toMatchObject({ leafnodes: 0, leafs: [] });
  });

  test("may be isolated, and come over WebSocket", () => {
    const box = new Box();
    box.spoke("alone", "ann", { isolate: true });
    box.feed(box.rawLeaf({ webSocket: true }), leafConnectLine("web", "ann"));
    const [alone, web] = ask(box).leafs;
    expect(alone).toMatchObject({ is_isolated: true });
    expect(alone).not.toHaveProperty("websocket");
    expect(web).toMatchObject({ websocket: true });
    expect(web).not.toHaveProperty("is_isolated");
  });

  test("counts messages both ways, and what was dropped, refused and waits", () => {
    const box = new Box(dialing({ denyImports: ["private.>"] }));
    box.core.start(box.now);
    const hub = box.hub("east");
    const client = box.client();
    box.feed(client, "SUB orders.* 1\r\n");
    box.feed(hub, "LS+ up\r\nLMSG orders.eu 5\r\nhello\r\nLMSG private.x 2\r\nno\r\n");
    hub.maxPayload = 4;
    box.feed(client, "PUB up 3\r\nabc\r\nPUB up 5\r\nlarge\r\n");
    expect(ask(box).leafs).toMatchObject([
      {
        in_msgs: 2,
        in_bytes: 7,
        out_msgs: 1,
        out_bytes: 3,
        dropped: 1,
        refused: 1,
        pending_bytes: hub.egress.pendingBytes,
      },
    ]);
    expect(hub.egress.pendingBytes).toBeGreaterThan(0);
  });

  test("tells its TLS where the transport does", () => {
    const box = new Box();
    box.spoke("edge");
    const tls = () => ({ version: "1.3", cipherSuite: "TLS_AES_128_GCM_SHA256" });
    const shown = leafz({ ...box.source, tls }, leafzOptions(new Query(new URLSearchParams())));
    const fields = { tls_version: "1.3", tls_cipher_suite: "TLS_AES_128_GCM_SHA256" };
    expect(shown).toMatchObject({ leafs: [fields] });
  });

  test("tells the last round trip once it is measured", () => {
    const box = new Box();
    const link = box.spoke("edge");
    expect(ask(box).leafs[0]!.rtt).toBe("0s");
    box.now += 2_000;
    box.core.tick(box.now);
    box.flush(link);
    box.now += 3.25;
    box.feed(link, "PONG\r\n");
    expect(ask(box).leafs[0]!.rtt).toMatch(/^3\.25/);
  });
});

describe("subscriptions", () => {
  test("are those that the peer asked for, once for each queue group, and listed only when asked", () => {
    const box = new Box();
    const one = box.spoke("one");
    const two = box.spoke("two");
    box.spoke("none", "sam");
    box.feed(box.client(), "SUB of.a.client 1\r\n");
    box.feed(one, "LS+ a\r\nLS+ jobs q 1\r\nLS+ jobs r 2\r\nLS+ jobs\r\nLS+ gone\r\nLS- gone\r\n");
    box.feed(two, "LS+ a\r\nLS+ $LDS.SOMEBODYELSE\r\n");
    const [first, second, third] = ask(box, "subs=1").leafs;
    expect(first!.subscriptions).toBe(4);
    expect(first!.subscriptions_list!.toSorted()).toEqual(["a", "jobs", "jobs", "jobs"]);
    expect(second!.subscriptions_list!.toSorted()).toEqual(["$LDS.SOMEBODYELSE", "a"]);
    expect(third).toMatchObject({ subscriptions: 0 });
    expect(third).not.toHaveProperty("subscriptions_list");
    expect(ask(box).leafs[0]).not.toHaveProperty("subscriptions_list");
    expect(box.core.store.isWalked).toBe(false);
  });

  test("are those of a hub too", () => {
    const box = new Box(dialing({}));
    box.core.start(box.now);
    box.feed(box.hub("east"), "LS+ orders.>\r\n");
    expect(ask(box, "subs=true").leafs).toMatchObject([{ subscriptions_list: ["orders.>"] }]);
  });

  test("of a link that is gone are nobody's, also while they are taken away", () => {
    const box = new Box();
    const one = box.spoke("one");
    const lines = Array.from({ length: 30_000 }, (_, i) => `LS+ s.${i}\r\n`);
    box.feed(one, lines.join(""));
    box.feed(box.spoke("two"), "LS+ mine\r\n");
    one.lost("Read Error", box.now);
    expect(ask(box, "subs=1").leafs).toMatchObject([{ name: "two", subscriptions_list: ["mine"] }]);
  });

  test("are bounded, and the list says where it was cut", () => {
    const box = new Box();
    const link = box.spoke("edge");
    for (let i = 0; i < 101_000; i += 1_000) {
      const lines = Array.from({ length: 1_000 }, (_, n) => `LS+ s.${i + n}\r\n`);
      box.feed(link, lines.join(""));
    }
    const [full] = ask(box, "subs=1").leafs;
    expect(full).toMatchObject({ subscriptions: 101_000, subscriptions_truncated: true });
    expect(full!.subscriptions_list).toHaveLength(100_000);
    expect(ask(box).leafs[0]).not.toHaveProperty("subscriptions_truncated");
    expect(box.core.store.isWalked).toBe(false);
  });
});

describe("compression", () => {
  test("tells bytes on the wire, ratio and what was saved, both ways", () => {
    const box = new Box();
    const { link, encoder } = compressed(box);
    box.feed(link, encoded(encoder, "LS+ up\r\n"));
    box.feed(link, encoded(encoder, `LMSG nowhere 2000\r\n${"a".repeat(2_000)}\r\n`));
    box.feed(box.client(), `PUB up 4000\r\n${"b".repeat(4_000)}\r\n`);
    box.flush(link);
    const [leaf] = ask(box).leafs;
    const { inBytes, outBytes } = link.encoder!;
    expect(outBytes).toBeLessThan(inBytes / 4);
    expect(leaf).toMatchObject({
      compression: "s2_fast",
      out_wire_bytes: link.egress.wireBytes,
      out_compression_ratio: Math.round((1_000 * inBytes) / outBytes) / 1_000,
      out_saved_bytes: inBytes - outBytes,
      in_wire_bytes: encoder.outBytes,
      in_compression_ratio: Math.round((1_000 * encoder.inBytes) / encoder.outBytes) / 1_000,
      in_saved_bytes: encoder.inBytes - encoder.outBytes,
      saved_bytes: inBytes - outBytes + encoder.inBytes - encoder.outBytes,
    });
  });

  test("that costs more than it gains has saved less than nothing", () => {
    const box = new Box();
    const { link } = compressed(box);
    box.feed(link, encoded(new S2Encoder("s2_uncompressed", new S2Fallback()), "PING\r\n"));
    const { in_saved_bytes, in_compression_ratio } = ask(box).leafs[0]!;
    expect(in_saved_bytes).toBe(link.decoder!.outBytes - link.decoder!.inBytes);
    expect(in_saved_bytes!).toBeLessThan(0);
    expect(in_compression_ratio!).toBeLessThan(1);
  });

  test("that is off leaves its figures out, and what was sent stays", () => {
    const box = new Box();
    const link = box.spoke("edge");
    box.flush(link);
    const [leaf] = ask(box).leafs;
    expect(leaf!.out_wire_bytes).toBe(link.egress.sentBytes);
    expect(leaf!.out_wire_bytes).toBeGreaterThan(0);
    for (const absent of ["in_wire_bytes", "out_compression_ratio", "in_compression_ratio", "saved_bytes"]) {
      expect(leaf).not.toHaveProperty(absent);
    }
  });
});

describe("acc", () => {
  test("shows the leafs and the remotes of one local account", () => {
    const box = new Box(dialing({}, { account: "SHOP" }));
    box.spoke("edge");
    box.spoke("till", "sam");
    expect(names(box, "acc=SHOP")).toEqual(["till"]);
    expect(ask(box, "acc=SHOP")).toMatchObject({ leafnodes: 1, remotes: [{ account: "SHOP" }] });
    expect(names(box, "acc=$G")).toEqual(["edge"]);
    expect(names(box, "acc=")).toEqual(["edge", "till"]);
  });

  test("that is unknown shows none, with an array all the same", () => {
    const box = new Box();
    box.spoke("edge");
    expect(ask(box, "acc=nobody")).toMatchObject({ leafnodes: 0, leafs: [], remotes: [] });
    expect(ask(box, "acc=THEIRS")).toMatchObject({ leafnodes: 0, leafs: [] });
  });
});

test("detail is refused as nats-server refuses it", () => {
  const text = `Error decoding boolean for 'subs': strconv.ParseBool: parsing "detail": invalid syntax`;
  expect(() => leafzOptions(new Query(new URLSearchParams("subs=detail")))).toThrow(text);
  expect(() => leafzOptions(new Query(new URLSearchParams("history=x")))).toThrow("boolean for 'history'");
});

test("leafs are shown by id, the oldest first", () => {
  const box = new Box(dialing({}));
  box.core.start(box.now);
  const waiting = box.rawLeaf();
  box.spoke("second");
  box.hub("third");
  box.feed(waiting, leafConnectLine("first", "ann"));
  expect(names(box)).toEqual(["first", "second", "third"]);
});

test("a leaf may be called like a property of every object, or like markup", () => {
  const box = new Box();
  const odd = ["__proto__", "toString", `"}]<script>alert(1)</script>\u2028\u0000`];
  for (const name of odd) box.spoke(name, "ann", { cluster: "c" });
  expect(names(box, "subs=1")).toEqual(odd);
});

test("without leaf nodes all lists are empty", () => {
  const box = new Box({ ...OPTIONS, leaf: null });
  expect(ask(box, "subs=1&history=1")).toMatchObject({ leafnodes: 0, leafs: [], remotes: [] });
});

test("a listener that isolates is seen at each of its leafs", () => {
  const box = new Box(listening({ isolate: true }));
  box.spoke("edge");
  expect(ask(box).leafs).toMatchObject([{ is_isolated: true }]);
});
