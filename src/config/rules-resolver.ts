// What must be true of a resolver that keeps accounts in a directory. Source: nats-server 2.15, opts.go.

import type { DirectoryConfiguration } from "./config.ts";
import type { Places } from "./places.ts";
import type { ResolverBlock } from "./schema-operator.ts";

/** What the keys are when they are absent. Source: as above. */
const INTERVAL_MILLIS = 60_000;
const LOOKUP_MILLIS = 1_900;
const CACHE_LIMIT = 1_000;

/** null: accounts are kept in memory. undefined: it is told what is wrong. */
export function directoryOf(block: ResolverBlock, places: Places): DirectoryConfiguration | null | undefined {
  const { type, dir } = block;
  if (type === undefined) {
    if (places.isMissing(["resolver", "type"]))
      places.onValue(["resolver"], "lacks its type; write type: full");
    return undefined;
  }
  if (type === "memory") return null;
  const isCache = type === "cache";
  for (const key of isCache ? (["interval", "allow_delete", "hard_delete"] as const) : (["ttl"] as const)) {
    if (block[key] !== undefined && block[key] !== false) {
      places.onKey(["resolver", key], `a resolver of type ${type} has none`);
    }
  }
  if (!isCache && block.hard_delete === true && block.allow_delete !== true) {
    places.onKey(
      ["resolver", "hard_delete"],
      "without effect: nothing is deleted without allow_delete: true",
    );
  }
  if (dir === undefined) {
    if (places.isMissing(["resolver", "dir"]))
      places.onValue(["resolver"], "lacks its directory; write dir: ./jwt");
    return undefined;
  }
  return {
    type,
    dir,
    allowDelete: block.allow_delete ?? false,
    hardDelete: isCache || (block.hard_delete ?? false),
    limit: block.limit === undefined || block.limit === 0 ? (isCache ? CACHE_LIMIT : null) : block.limit,
    intervalMillis: block.interval ?? INTERVAL_MILLIS,
    ttlMillis: block.ttl ?? null,
    timeoutMillis: block.timeout ?? LOOKUP_MILLIS,
  };
}
