// When accounts of one gateway connection changed their mode, and how long the mode before had lasted.

import type { Core } from "../core/core.ts";
import type { ModeHistory } from "../gateway/mode-history.ts";
import type { Document } from "./document.ts";
import { timeText } from "./format.ts";

/** Oldest first; as many as are kept. */
export function modeEvents(core: Core, { recent }: ModeHistory): Document[] {
  const last = new Map<number, number>();
  return recent.toArray().map(({ account, at, from, mode }) => {
    const before = last.get(account);
    last.set(account, at);
    return {
      at: timeText(at),
      account: core.accounts.text(account),
      from,
      mode,
      ...(before === undefined ? {} : { after_ms: Math.round((at - before) * 1_000) / 1_000 }),
    };
  });
}
