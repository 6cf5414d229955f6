// Which leaf links count as connected, for every view alike.

import type { Core } from "../core/core.ts";
import type { LeafSession } from "../leaf/session.ts";

/** Those that take part: the handshake is done, and the end has not begun. By id. */
export function linkedLeafs(core: Core): LeafSession[] {
  const all = [...(core.leafs?.all ?? [])].filter(({ ready, closing }) => ready && closing === null);
  return all.sort((a, b) => a.id - b.id);
}
