// Subjects that one end does not want, as long as the other one sends without being asked. Source:
// gateway.md §3.3, §3.4.

import { bytesOf } from "../base/bytes.ts";
import { covers } from "../subject/match.ts";

/** Interest in buf[from, to) came: what it covers is not muted any more. Answers whether anything was. */
export function unmute(muted: Set<string>, buf: Uint8Array, from: number, to: number): boolean {
  let any = false;
  for (const name of muted) {
    const bytes = bytesOf(name);
    if (!covers(buf, from, to, bytes, 0, bytes.length)) continue;
    muted.delete(name);
    any = true;
  }
  return any;
}
