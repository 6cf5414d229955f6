// Links that hang on one server of the other end.

import { leafUrlsOf } from "./build-leaf.ts";
import type { Path, Places } from "./places.ts";
import { dangerOnFirst } from "./rules-dangers-first.ts";
import { othersOf } from "./rules-dangers-gateway.ts";
import { isLoopback } from "./rules-dangers-reach.ts";
import { urlsOf } from "./rules-gateway.ts";
import type { Settings } from "./schema.ts";

interface Remote {
  readonly url?: unknown;
  readonly urls?: readonly unknown[] | undefined;
}

export function warnOfSingleUrls({ gateway, leafnodes }: Settings, places: Places): void {
  const single: Record<"gateways" | "remotes", Path[]> = { gateways: [], remotes: [] };
  const take = (remote: Remote, urls: readonly { readonly host: string }[], path: Path): void => {
    const [first] = urls;
    const key = remote.urls === undefined ? "url" : "urls";
    // A second one may be written, and wrongly.
    const isAlone = urls.length === 1 && !places.isGiven([...path, "urls", 1]);
    if (first === undefined || !isAlone || isLoopback(first.host)) return;
    single[path[0] === "gateway" ? "gateways" : "remotes"].push([...path, key]);
  };
  const others = gateway === undefined ? [] : othersOf(gateway);
  for (const [at, remote] of (gateway?.gateways ?? []).entries()) {
    if (others.includes(remote)) take(remote, urlsOf(remote), ["gateway", "gateways", at]);
  }
  for (const [at, remote] of (leafnodes?.remotes ?? []).entries()) {
    if (!remote.disabled) take(remote, leafUrlsOf(remote), ["leafnodes", "remotes", at]);
  }
  const write = "write urls, with those of other servers too";
  const region = `one URL only: while that server is away, the region is; ${write}`;
  const hub = `one URL only: while that server is away, the hub is; ${write}`;
  dangerOnFirst("single-url", single.gateways, region, places);
  dangerOnFirst("single-url", single.remotes, hub, places);
}
