import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { kernelCode } from "../../packaging/kernel.ts";
import { Kernel } from "../../src/kernel/kernel.ts";

test("the compiled express lane is that of its source", async () => {
  const committed = readFileSync(join(import.meta.dir, "../../src/kernel/code.ts"), "utf8");
  expect(await kernelCode()).toBe(committed);
});

test("regions of the kernel's memory do not overlap, and the arena comes last", () => {
  const { layout, bytes } = Kernel.load(1_000_000)!;
  expect(layout.LEAD + layout.LEAD_BYTES).toBeLessThanOrEqual(layout.LANES);
  expect(layout.LANES + layout.LANE_COUNT * layout.LANE_BYTES).toBe(layout.TABLE);
  expect(layout.TABLE + layout.TABLE_SLOTS * layout.SLOT_BYTES).toBe(layout.GENERATIONS);
  expect(layout.GENERATIONS + layout.GENERATION_COUNT * 4).toBe(layout.HEAP);
  expect(layout.HEAP + layout.HEAP_BYTES).toBe(layout.ARENA);
  expect(bytes.length).toBeGreaterThanOrEqual(layout.ARENA + 1_000_000);
});
