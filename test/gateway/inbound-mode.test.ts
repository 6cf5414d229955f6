import { expect, test } from "bun:test";
import { type InboundMode, type Telling, TOLD, told } from "../../src/gateway/inbound-mode.ts";

const MODES: InboundMode[] = ["Untold", "Refused", "Optimistic", "Transitioning", "InterestOnly"];
const TELLINGS: Telling[] = ["Unknown", "Missed", "Full", "First", "Last", "Switch", "Listed"];

/** gateway.md §3.4–§3.7 once more, as `to/action`; a dash is an empty cell. Columns as in TELLINGS. */
const EXPECTED: Record<InboundMode, string> = {
  Untold: "Refused/refuse Optimistic/mute Transitioning/list - - Transitioning/list -",
  Refused: "- - - - - Transitioning/list -",
  Optimistic: "- Optimistic/mute Transitioning/list Optimistic/unmute - Transitioning/list -",
  Transitioning: "- - - Transitioning/add Transitioning/drop - InterestOnly/finish",
  InterestOnly: "- - - InterestOnly/add InterestOnly/drop - -",
};

for (const mode of MODES) {
  const cells = EXPECTED[mode].split(" ");
  for (const [at, telling] of TELLINGS.entries()) {
    test(`told: in ${mode}, ${telling} leads to ${cells[at]}`, () => {
      expect(told(mode, telling)?.join("/") ?? "-").toBe(cells[at]!);
    });
  }
}

test("told: the table has no row and no column that this test does not know", () => {
  expect(Object.keys(TOLD).sort()).toEqual([...MODES].sort());
  const columns = new Set(Object.values(TOLD).flatMap((row) => Object.keys(row)));
  for (const column of columns) expect(TELLINGS).toContain(column as Telling);
});

test("told: once start was sent no path leads to A-, and none back to optimistic", () => {
  for (const mode of ["Transitioning", "InterestOnly"] as const) {
    for (const telling of TELLINGS) {
      const step = told(mode, telling);
      expect(["Transitioning", "InterestOnly"]).toContain(step?.[0] ?? mode);
      expect(step?.[1]).not.toBe("refuse");
    }
  }
});
