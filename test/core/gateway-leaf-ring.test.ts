// A cluster that a gateway reaches and that is a leaf as well would get everything back, and send it again.
// Marks of loops do not cross gateways, so names tell.

import { describe, expect, test } from "bun:test";
import { Box, complete, start } from "../support/core-world.ts";

const LOOP = "Loop Detected";

describe("a leaf link to a cluster that a gateway reaches", () => {
  test("is refused, as spoke and as hub", () => {
    const box = new Box({ leaf: { remotes: [{}] } });
    box.outbound("B");
    expect(box.spoke("edge", { cluster: "B" }).ended).toBe(LOOP);
    expect(box.hub("hub", { cluster: "B" }).ended).toBe(LOOP);
    expect(box.spoke("other").ended).toBeNull();
    expect(box.logged("error", "Loop detected").length).toBe(2);
  });

  test("is ended when the gateway comes later, whoever dialled it", () => {
    for (const joins of [(box: Box) => box.inbound("B"), (box: Box) => box.outbound("B")]) {
      const box = new Box();
      const [ring, other] = [box.spoke("edge", { cluster: "B" }), box.spoke("other", { cluster: "C" })];
      expect([ring.ended, other.ended]).toEqual([null, null]);
      joins(box);
      expect([ring.ended, other.ended]).toEqual([LOOP, null]);
    }
  });

  test("stays where no rule lets its account cross", () => {
    const rules = { out: [], in: [], accounts: new Map([["ACC", { out: [], in: [] }]]), accountsName: "a" };
    const box = new Box({ gateway: { rules: { others: rules, remotes: new Map() } } });
    box.outbound("B");
    expect(box.spoke("edge", { cluster: "B" }).ended).toBeNull();
  });

  test("lets no message go round", () => {
    const box = new Box();
    const east = box.outbound("B");
    east.says(start("B", "$G"), "RS+ $G foo", complete("B", "$G"));
    const inbound = box.inbound("B");
    const edge = box.spoke("edge", { cluster: "B" });
    inbound.says("RMSG $G foo 1", "x");
    expect([edge.ended, edge.hears().filter((line) => line.startsWith("LMSG"))]).toEqual([LOOP, []]);
  });
});
