// What must be true of the leafnodes block as a whole, beyond each value's own kind.

import { leafAddress } from "./listeners.ts";
import type { Path, Places } from "./places.ts";
import { checkAccount } from "./rules-accounts.ts";
import { checkRemotes } from "./rules-leaf-remotes.ts";
import { checkListener, checkListenerTls } from "./rules-listener.ts";
import type { LeafSettings, Settings } from "./schema.ts";
import type { CompressionSettings } from "./schema-leaf.ts";
import { allAccounts, isOperated } from "./users.ts";

const HERE: Path = ["leafnodes"];

/** Keys that are about accepted leafs alone. */
const LISTENER_KEYS = [
  ...["host", "advertise", "no_advertise", "authorization", "tls", "compression", "min_version"],
  "isolate_leafnode_interest",
];

export function checkLeaf(settings: Settings, places: Places): void {
  const { leafnodes: leaf } = settings;
  if (leaf === undefined) return;
  const accounts = isOperated(places) ? null : new Set(allAccounts(settings));
  checkPurpose(leaf, places);
  checkAuthorization(leaf, accounts, places);
  if (leaf.tls !== undefined) checkListenerTls(leaf.tls, [...HERE, "tls"], places);
  checkCompression(leaf.compression, [...HERE, "compression"], places);
  for (const [at, remote] of (leaf.remotes ?? []).entries()) {
    checkCompression(remote.compression, [...HERE, "remotes", at, "compression"], places);
  }
  checkRemotes(leaf.remotes ?? [], accounts, places);
}

/** Leafs are accepted, or hubs are dialed, or the block is there for nothing. */
function checkPurpose(leaf: LeafSettings, places: Places): void {
  const isGiven = (key: string): boolean => places.isGiven([...HERE, key]);
  if (leafAddress(leaf) !== null) {
    checkListener(leaf, { path: HERE, at: HERE, who: "leafs are accepted" }, places);
  } else if (!isGiven("port") && !isGiven("listen")) {
    if (!isGiven("remotes") || leaf.remotes?.length === 0) {
      const message = "without effect: it has neither a port to accept leafs on nor remotes to dial";
      places.onKey(HERE, message, "warning");
    } else {
      const idle = LISTENER_KEYS.filter(isGiven);
      const message = "without effect: no leafs are accepted without a port; write port: 7422";
      for (const key of idle) places.onKey([...HERE, key], message, "warning");
    }
  }
}

function checkAuthorization(leaf: LeafSettings, accounts: ReadonlySet<string> | null, places: Places): void {
  const { authorization } = leaf;
  if (authorization === undefined) return;
  const path = [...HERE, "authorization"];
  const { user, password, nkey, account, users = [] } = authorization;
  const hasUser = user !== undefined || password !== undefined;
  const single = hasUser ? "user and password" : "nkey";
  if (hasUser && nkey !== undefined) places.onKey([...path, "nkey"], `not together with ${single}`);
  if ((hasUser || nkey !== undefined) && users.length > 0) {
    places.onKey([...path, "users"], `not together with ${single}`);
  }
  const isMapped = leaf.tls?.verify_and_map === true;
  if (hasUser) checkCredentials(authorization, path, isMapped, places);
  checkAccount(account, [...path, "account"], accounts, places);
  const first = new Map<string, number>();
  for (const [at, entry] of users.entries()) {
    const here = [...path, "users", at];
    checkCredentials(entry, here, isMapped, places);
    checkAccount(entry.account, [...here, "account"], accounts, places);
    const before = entry.user === undefined ? undefined : first.get(entry.user);
    if (before !== undefined) {
      places.onValue([...here, "user"], `the user ${entry.user} is listed already, as users[${before}]`);
    } else if (entry.user !== undefined) first.set(entry.user, at);
  }
  if (account === undefined || hasUser || users.every((entry) => entry.account !== undefined)) return;
  const message = "not the account of the users below, as in nats-server; write it in each of them";
  places.onKey([...path, "account"], message, "warning");
}

interface Credentials {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

/** A certificate may stand for the password, but for nothing else. */
function checkCredentials(
  { user, password }: Credentials,
  path: Path,
  isMapped: boolean,
  places: Places,
): void {
  if (user === undefined && places.isMissing([...path, "user"])) {
    places.onValue([...path, "user"], "a user without a name; write user: NAME");
  }
  if (user !== undefined && password === undefined && !isMapped && places.isMissing([...path, "password"])) {
    places.onValue([...path, "password"], 'a user without a password; write password: "..."');
  }
}

/** Durations that rise; more than four name no further level. */
const THRESHOLDS_MAX = 4;

function checkCompression(written: CompressionSettings | undefined, path: Path, places: Places): void {
  const here = [...path, "rtt_thresholds"];
  if (typeof written !== "object" || !places.isGiven(here)) return;
  if (written.mode !== "s2_auto") {
    places.onKey(here, "without effect: only s2_auto looks at round trips", "warning");
    return;
  }
  const last = written.rtt_thresholds.findLastIndex((millis) => millis > 0);
  const used = written.rtt_thresholds.slice(0, last + 1);
  const rises = used.every((millis, at) => millis === 0 || used.slice(0, at).every((one) => one <= millis));
  if (!rises) places.onValue(here, "the durations must rise; write [10ms, 50ms, 100ms]");
  else if (used.length > THRESHOLDS_MAX) places.onValue(here, `at most ${THRESHOLDS_MAX} durations`);
  else if (used.length === 0 && written.rtt_thresholds.length > 0) {
    places.onValue(here, "at least one duration must be above 0");
  } else if (used.length === 0 && places.isMissing([...here, 0])) {
    places.onValue(here, "at least one duration is needed; write [10ms, 50ms, 100ms]");
  }
}
