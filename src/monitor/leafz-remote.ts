// A hub that we dial as /leafz shows it, also while it is down or disabled.

import { urlKey } from "../gateway/options.ts";
import type { LeafUrl } from "../leaf/options.ts";
import type { LeafRemote } from "../leaf/remotes.ts";
import type { Document } from "./document.ts";
import { remoteFields, remoteHistory } from "./remote.ts";

export function leafRemoteDocument(remote: LeafRemote, history: boolean): Document {
  const { options, url } = remote;
  return {
    remote: options.index,
    name: remote.name,
    is_spoke: !options.hub,
    account: options.account,
    ...remoteFields(remote, [...options.urls, ...remote.discovered].map(leafUrlText)),
    attempts: remote.attempts,
    loops: remote.loops,
    ...(url === null ? {} : { last_url: leafUrlText(url) }),
    ...(history ? { history: remoteHistory(remote) } : {}),
  };
}

/** Without the credentials. */
export function leafUrlText(url: LeafUrl): string {
  return `${url.scheme}://${urlKey(url)}${url.path}`;
}
