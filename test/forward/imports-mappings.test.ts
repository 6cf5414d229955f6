// Mappings: what own clients and leafs publish goes under another subject; what comes by a gateway has been
// mapped.

import { describe, expect, test } from "bun:test";
import { Box, complete, start } from "../support/core-world.ts";
import { maps, traffic } from "../support/traffic.ts";

const A = { user: "a", pass: "a" };

const world = (...mappings: ReturnType<typeof maps>[]) =>
  new Box({ traffic: [traffic("ACC", { mappings })] });

describe("a message under a mapped subject", () => {
  test("of a client is seen under the destination, and under it alone", () => {
    const box = world(maps("old.*", ["new.{{wildcard(1)}}", 100]));
    const client = box.client(A);
    client.says("SUB old.* 1", "SUB new.* 2");
    box.client(A).says("PUB old.x 1\r\na", "PUB new.y 1\r\nb");
    expect(client.hears()).toEqual(["MSG new.x 2 1", "a", "MSG new.y 2 1", "b"]);
  });

  test("goes so to leafs and gateways, and answers come to the asker", () => {
    const box = world(maps("old.*", ["new.$1", 100]));
    const leaf = box.spoke("s1", { user: "a", pass: "a" });
    leaf.says("LS+ new.>");
    const remote = box.outbound("B");
    remote.says(start("B", "ACC"), "RS+ ACC new.x", complete("B", "ACC"));
    leaf.hears();
    box.client(A).says("PUB old.x r 1\r\na");
    expect(leaf.hears()).toEqual(["LMSG new.x r 1", "a"]);
    expect(remote.hears()).toEqual(["RMSG ACC new.x r 1", "a"]);
  });

  test("of a leaf is mapped, of a gateway is not", () => {
    const box = world(maps("old", ["new", 100]));
    const client = box.client(A);
    client.says("SUB old 1", "SUB new 2");
    box.spoke("s1", { user: "a", pass: "a" }).says("LMSG old 1\r\na");
    box.inbound("B").says("RMSG ACC old 1\r\nb");
    expect(client.hears()).toEqual(["MSG new 2 1", "a", "MSG old 1 1", "b"]);
  });

  test("of another account is not mapped", () => {
    const box = world(maps("old", ["new", 100]));
    const client = box.client({ user: "b", pass: "b" });
    client.says("SUB > 1");
    box.client({ user: "b", pass: "b" }).says("PUB old 1\r\na");
    expect(client.hears()).toEqual(["MSG old 1 1", "a"]);
  });

  test("is mapped once, also when the destination has a mapping", () => {
    const box = world(maps("a", ["b", 100]), maps("b", ["a", 100]));
    const client = box.client(A);
    client.says("SUB * 1");
    box.client(A).says("PUB a 1\r\n1", "PUB b 1\r\n2");
    expect(client.hears()).toEqual(["MSG b 1 1", "1", "MSG a 1 1", "2"]);
  });

  test("goes by a literal mapping before it goes by one with wildcards", () => {
    const box = world(maps("a.*", ["wild", 100]), maps("a.b", ["literal", 100]));
    const client = box.client(A);
    client.says("SUB > 1");
    box.client(A).says("PUB a.b 1\r\n1", "PUB a.c 1\r\n2");
    expect(client.hears()).toEqual(["MSG literal 1 1", "1", "MSG wild 1 1", "2"]);
  });
});

describe("weights", () => {
  function shares(box: Box, count = 2_000): Map<string, number> {
    const client = box.client(A);
    client.says("SUB > 1");
    const publisher = box.client(A);
    for (let i = 0; i < count; i++) publisher.says("PUB src 1\r\na");
    const seen = new Map<string, number>();
    for (const line of client.hears().filter((each) => each.startsWith("MSG "))) {
      const subject = line.split(" ")[1]!;
      seen.set(subject, (seen.get(subject) ?? 0) + 1);
    }
    return seen;
  }

  test("share messages out; what is left stays under the source", () => {
    const seen = shares(world(maps("src", ["x", 60], ["y", 10])));
    expect(seen.get("x")! / 2_000).toBeCloseTo(0.6, 1);
    expect(seen.get("y")! / 2_000).toBeCloseTo(0.1, 1);
    expect(seen.get("src")! / 2_000).toBeCloseTo(0.3, 1);
  });

  test("lose what is left where the source is among the destinations", () => {
    const seen = shares(world(maps("src", ["src", 50])));
    expect([...seen.keys()]).toEqual(["src"]);
    expect(seen.get("src")! / 2_000).toBeCloseTo(0.5, 1);
  });

  test("of this cluster count in place of the others", () => {
    expect([...shares(world(maps("src", ["here", 100, "A"], ["all", 100])), 50).keys()]).toEqual(["here"]);
    expect([...shares(world(maps("src", ["there", 100, "C"], ["all", 100])), 50).keys()]).toEqual(["all"]);
  });

  test("of random partitions reach each of them", () => {
    expect(shares(world(maps("src", ["p.{{random(3)}}", 100])), 200).size).toBe(3);
  });
});

test("accounts without mappings and imports have nothing beyond their sets", () => {
  const box = new Box();
  box.client(A).says("SUB a 1");
  box.client(A).says("PUB a 1\r\na");
  expect(box.core.traffic.mappingOf(box.account("ACC"), new Uint8Array([97]), 0, 1)).toBeUndefined();
  expect(box.core.traffic.streamsOf(box.account("ACC"))).toBeUndefined();
});
