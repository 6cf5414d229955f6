// What seeded worlds found wrong, each as short as it goes.

import { expect, test } from "bun:test";
import { hash6 } from "../../src/base/hash6.ts";
import { Box, complete, connectOf, start } from "../support/core-world.ts";

test("a hub whose client answers another region does not get the answer again for those who watch", () => {
  const box = new Box({ leaf: { remotes: [{}] } });
  const hub = box.hub("east");
  const remote = box.outbound("B");
  const dialer = box.inbound("B");
  remote.says(start("B", "$G"), complete("B", "$G"));
  hub.says("LS+ svc", "LS+ >");
  hub.hears();
  const mapped = `_GR_.${hash6("B")}.dddddd._INBOX.1`;
  dialer.says(`RMSG $G svc ${mapped} 1`, "?");
  expect(hub.hears()).toContain("LMSG svc _INBOX.1 1");
  // The hub shows the answer to its own watchers when it sends it.
  hub.says("LMSG _INBOX.1 1", "!");
  expect(remote.hears()).toEqual([`RMSG $G ${mapped} 1`, "!"]);
  // The region that asked passes it on to whoever wants it, and that is where it came from (gateway.md §4.5).
  dialer.says("RMSG $G _INBOX.1 1", "!");
  expect(hub.hears()).toEqual([]);
});

test("a leaf of a nameless cluster that comes again is not told its own mark by what is left of its old link", () => {
  const box = new Box();
  const old = box.spoke("edge", { cluster: "" });
  const mark = "$LDS.ofTheEdgeServerItself00";
  old.says(`LS+ ${mark}`, "LS+ x");
  // The old link is half-open: only the leaf has seen its end. It is replaced, but its rows are still there.
  const again = box.rawLeaf();
  again.says(connectOf("edge", { cluster: "" }));
  const told = again.hears().filter((line) => line.startsWith("LS+"));
  expect(told.map((line) => line.split(" ")[1])).not.toContain(mark);
  expect(told).not.toContain("LS+ x");
});
