import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FOLDER, kernelCode, MODULES } from "../../packaging/kernel.ts";
import { Kernel } from "../../src/kernel/kernel.ts";

/** The compiler takes its time on a busy machine. */
const COMPILE_MILLIS = 60_000;

for (const module of MODULES) {
  test(
    `what ${module.target} holds is ${module.source}, compiled`,
    async () => {
      expect(await kernelCode(module)).toBe(readFileSync(join(FOLDER, module.target), "utf8"));
    },
    COMPILE_MILLIS,
  );
}

test("regions of the kernel's memory do not overlap, and the arena comes last", () => {
  const { layout, bytes } = Kernel.load(1_000_000)!;
  expect(layout.LEAD + layout.LEAD_BYTES).toBeLessThanOrEqual(layout.LANES);
  expect(layout.LANES + layout.LANE_COUNT * layout.LANE_BYTES).toBe(layout.TABLE);
  expect(layout.TABLE + layout.TABLE_SLOTS * layout.SLOT_BYTES).toBe(layout.GENERATIONS);
  expect(layout.GENERATIONS + layout.GENERATION_COUNT * 4).toBe(layout.HEAP);
  expect(layout.HEAP + layout.HEAP_BYTES).toBe(layout.ARENA);
  expect(bytes.length).toBeGreaterThanOrEqual(layout.ARENA + 1_000_000);
});
