// Which loads the forwarding suite puts through both systems. Not the full product: each case costs seconds,
// and those left out teach nothing that their neighbours do not.

import type { Direction, LoadSpec } from "../lib/frames.ts";
import { grouped, sizeText } from "../lib/table.ts";

const SIZES = [16, 128, 1_024, 16_384] as const;
const MANY_SUBJECTS = 10_000;
const MANY_CONNECTIONS = 32;
const DIRECTIONS: readonly Direction[] = ["client-to-gateway", "gateway-to-client"];

/**
 * At 16 KiB the copies in the kernel are the cost and the lookup is lost in them, so many subjects stop at
 * 1 KiB. Many connections come with many subjects, each connection with its own share: as publishers are, and
 * what nats-server's cache per connection likes best. `quick` keeps the cases that a change is judged by.
 */
export function forwardCases(quick: boolean): LoadSpec[] {
  return DIRECTIONS.flatMap((direction) => {
    const one = SIZES.map((size) => ({ direction, size, subjects: 1, connections: 1 }));
    const small = SIZES.filter((size) => size <= 1_024);
    const subjects = small.map((size) => ({ direction, size, subjects: MANY_SUBJECTS, connections: 1 }));
    const connections = small.map((size) => ({
      direction,
      size,
      subjects: MANY_SUBJECTS,
      connections: MANY_CONNECTIONS,
    }));
    if (!quick) return [...one, ...subjects, ...connections];
    return [...one.slice(0, 3), ...subjects.slice(1, 2), ...connections.slice(1, 2)];
  });
}

export function caseName(spec: LoadSpec): string {
  const way = spec.direction === "client-to-gateway" ? "client→gateway" : "gateway→client";
  const subjects = spec.subjects === 1 ? "1 subject" : `${grouped(spec.subjects)} subjects`;
  const connections = spec.connections === 1 ? "" : `, ${spec.connections} connections`;
  return `${way} ${sizeText(spec.size)}, ${subjects}${connections}`;
}
