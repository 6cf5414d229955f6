// What must be true of the hubs that we dial, each for itself and beside the others.

import { leafUrlsOf } from "./build-leaf.ts";
import { isSecure, isWebSocket } from "./leaf-url.ts";
import type { Path, Places } from "./places.ts";
import { checkAccount } from "./rules-accounts.ts";
import { checkChoices, checkPair } from "./rules-listener.ts";
import type { LeafRemoteSettings } from "./schema.ts";
import { GLOBAL_ACCOUNT } from "./users.ts";

export function checkRemotes(
  remotes: readonly LeafRemoteSettings[],
  accounts: ReadonlySet<string> | null,
  places: Places,
): void {
  const first = new Map<string, number>();
  for (const [at, remote] of remotes.entries()) {
    const path: Path = ["leafnodes", "remotes", at];
    checkUrls(remote, path, places);
    checkLogin(remote, path, accounts, places);
    checkTransport(remote, path, places);
    checkProxy(remote, path, places);
    if (LINK_KEYS.some((key) => remote[key] === undefined && places.isGiven([...path, key]))) continue;
    const before = first.get(linkOf(remote));
    if (before === undefined) first.set(linkOf(remote), at);
    else if (leafUrlsOf(remote).length > 0) {
      places.onKey(path, `URLs, account and credentials are those of remotes[${before}] already`);
    }
  }
}

/** Of a remote with a wrong value in one of these nothing can be said beside others. */
const LINK_KEYS = ["url", "urls", "account", "credentials", "nkey"] as const;

/** Remotes with the same answer throw each other out at the hub. Source: leafnode.md §7. */
function linkOf(remote: LeafRemoteSettings): string {
  const urls = leafUrlsOf(remote).map((url) => JSON.stringify(Object.entries(url)));
  const { account = GLOBAL_ACCOUNT, credentials = null, nkey = null } = remote;
  return JSON.stringify([urls.sort(), account, credentials, nkey]);
}

function checkUrls(remote: LeafRemoteSettings, path: Path, places: Places): void {
  const one = [...path, "url"];
  const many = [...path, "urls"];
  const isEmpty = remote.urls?.length === 0 && places.isMissing([...many, 0]);
  if (places.isMissing(one) && (places.isMissing(many) || isEmpty)) {
    places.onValue(many, 'a remote needs a URL; write urls: ["nats://host:7422"]');
  }
  const urls = leafUrlsOf(remote);
  const written = remote.urls === undefined ? one : many;
  if (urls.some(isWebSocket) && !urls.every(isWebSocket)) {
    places.onValue(written, "WebSocket (ws://, wss://) and other URLs cannot stand in one remote");
  }
  const seen = new Set<string>();
  for (const { host, port } of urls) {
    const address = `${host.toLowerCase()}:${port}`;
    if (seen.has(address)) places.onValue(written, `${address} is listed twice`, "warning");
    seen.add(address);
  }
}

function checkLogin(
  remote: LeafRemoteSettings,
  path: Path,
  accounts: ReadonlySet<string> | null,
  places: Places,
): void {
  checkAccount(remote.account, [...path, "account"], accounts, places);
  if (remote.nkey === undefined || remote.credentials === undefined) return;
  places.onKey([...path, "nkey"], "not together with credentials, which hold a seed already");
}

function checkTransport(remote: LeafRemoteSettings, path: Path, places: Places): void {
  const urls = leafUrlsOf(remote);
  const { tls, compression } = remote;
  if (tls !== undefined) {
    checkPair([...path, "tls"], places);
    checkChoices(tls, [...path, "tls"], places);
  }
  if (tls?.insecure) {
    places.onValue([...path, "tls", "insecure"], "the hub's certificate is not verified", "warning");
  }
  if (urls.length === 0) return;
  if (!urls.some(isWebSocket)) {
    const isOn = (key: "ws_compression" | "ws_no_masking"): boolean => remote[key];
    for (const key of ["ws_compression", "ws_no_masking"] as const) {
      if (isOn(key)) places.onKey([...path, key], "without effect: no URL is ws:// or wss://", "warning");
    }
    return;
  }
  const mode = typeof compression === "object" ? compression.mode : compression;
  if (mode === undefined || mode === "off" || mode === "not supported") return;
  const message = "without effect over WebSocket; write ws_compression: true";
  places.onKey([...path, "compression"], message, "warning");
}

function checkProxy({ proxy }: LeafRemoteSettings, path: Path, places: Places): void {
  if (proxy === undefined) return;
  const here = [...path, "proxy"];
  if (places.isMissing([...here, "url"])) {
    places.onValue([...here, "url"], "a proxy needs a URL; write url: http://host:3128");
  }
  for (const [one, other] of [
    ["username", "password"],
    ["password", "username"],
  ] as const) {
    if (!places.isGiven([...here, one]) || !places.isMissing([...here, other])) continue;
    places.onKey([...here, one], `${one} needs ${other} beside it`);
  }
  if (proxy.tls === undefined) return;
  checkPair([...here, "tls"], places);
  checkChoices(proxy.tls, [...here, "tls"], places);
  if (proxy.url === undefined || isSecure(proxy.url)) return;
  places.onKey([...here, "tls"], "needs a proxy whose URL is https://");
}
