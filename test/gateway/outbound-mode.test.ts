import { expect, test } from "bun:test";
import { HEARD, type Heard, heard, type OutboundMode, shownMode } from "../../src/gateway/outbound-mode.ts";
import { Box, complete, start } from "../support/core-world.ts";

const MODES: OutboundMode[] = ["Unheard", "NoInterest", "Optimistic", "Transitioning", "InterestOnly"];
const LINES: Heard[] = ["RS+", "RS-", "A+", "A-", "Start", "Complete", "Queue"];

/** gateway.md §3.3, §3.5, §3.7 once more, as `to/action`; a dash is an empty cell. Columns as in LINES. */
const EXPECTED: Record<OutboundMode, string> = {
  Unheard: "- Optimistic/mute - NoInterest/forget Transitioning/list - Optimistic/none",
  NoInterest: "- Optimistic/mute Optimistic/open - Transitioning/list - Optimistic/open",
  Optimistic:
    "Optimistic/unmute Optimistic/mute Optimistic/open NoInterest/forget Transitioning/list - Optimistic/none",
  Transitioning:
    "Transitioning/add Transitioning/drop Optimistic/open NoInterest/forget Transitioning/list InterestOnly/finish Transitioning/none",
  InterestOnly:
    "InterestOnly/add InterestOnly/drop Optimistic/open NoInterest/forget Transitioning/list - InterestOnly/none",
};

/** What a remote without gateway_iom says to bring an account into a mode. */
const WAY: Record<OutboundMode, string[]> = {
  Unheard: [],
  NoInterest: ["A- ACC"],
  Optimistic: ["RS- ACC other"],
  Transitioning: [start("B", "ACC")],
  InterestOnly: [start("B", "ACC"), complete("B", "ACC")],
};

const SAID: Record<Heard, string> = {
  "RS+": "RS+ ACC foo",
  "RS-": "RS- ACC foo",
  "A+": "A+ ACC",
  "A-": "A- ACC",
  Start: start("B", "ACC"),
  Complete: complete("B", "ACC"),
  Queue: "RS+ ACC foo q 1",
};

for (const mode of MODES) {
  const cells = EXPECTED[mode].split(/\s+/);
  for (const [at, line] of LINES.entries()) {
    const cell = cells[at]!;
    test(`heard: in ${mode}, ${line} leads to ${cell}`, () => {
      expect(heard(mode, line)?.join("/") ?? "-").toBe(cell);
    });

    test(`a remote that says ${line} about an account in ${mode} brings it there, and empty cells are counted`, () => {
      const box = new Box();
      const remote = box.outbound("B", { gateway_iom: false });
      remote.says(...WAY[mode]);
      const state = remote.session.state(box.account("ACC"));
      expect(state.mode).toBe(mode);
      const ignored = state.ignored;
      remote.says(SAID[line]);
      expect(remote.ended).toBeNull();
      expect(state.mode).toBe(cell === "-" ? mode : (cell.split("/")[0] as OutboundMode));
      expect(state.ignored - ignored).toBe(cell === "-" ? 1 : 0);
    });
  }
}

test("heard: the table has no row and no column that this test does not know", () => {
  expect(Object.keys(HEARD).sort()).toEqual([...MODES].sort());
  const columns = new Set(Object.values(HEARD).flatMap((row) => Object.keys(row)));
  for (const column of columns) expect(LINES).toContain(column as Heard);
});

test("modes are shown under the names that /gatewayz has for them", () => {
  expect(MODES.map(shownMode)).toEqual([
    "Optimistic",
    "Optimistic",
    "Optimistic",
    "Transitioning",
    "Interest-Only",
  ]);
  expect(shownMode("Untold")).toBe("Optimistic");
  expect(shownMode("Refused")).toBe("Optimistic");
});
