// A table of dangers: each with how it is told, and with a neighbour that lacks it.

import { describe, expect, test } from "bun:test";
import { dangers, read } from "./support.ts";

/** With the danger, how it is told, and a neighbour that lacks it. */
type Case = [dangerous: string, told: string, harmless: string];

/** The dangers of one kind in a text; others may be told beside them. */
export function of(danger: string, text: string): string[] {
  return dangers(text, { environment: { PASSWORD: "p" } }).filter((line) => line.startsWith(`${danger} `));
}

export function table(danger: string, cases: readonly Case[]): void {
  describe(danger, () => {
    test.each([...cases])("%p", (dangerous, told, harmless) => {
      const lines = of(danger, dangerous);
      expect(lines).toHaveLength(1);
      expect(lines[0]).toStartWith(`${danger} box.yaml:${told}`);
      // Warnings only: whoever knows what he does can start with it.
      expect(read(dangerous, { environment: { PASSWORD: "p" } }).configuration).toBeDefined();
      expect(of(danger, harmless)).toEqual([]);
    });
  });
}
