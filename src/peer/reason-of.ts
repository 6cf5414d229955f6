// The reason code of what others tell in words: a peer that says -ERR before it closes, and a dial that came
// to nothing. Without it the same failure would have another name at each of its two ends.

import type { CloseReason } from "./close.ts";

/** Why a link is not there, for every place that tells it. */
export type DownReason = CloseReason | "Dial Failed" | "Disabled" | "Not Connected Yet";

/** What ends a connection whoever says it, in the words of nats-server and of this box. */
const SAID: readonly (readonly [RegExp, CloseReason])[] = [
  [/authorization violation/i, "Authentication Failure"],
  [/authentication timeout/i, "Authentication Timeout"],
  [/authentication expired/i, "Authentication Expired"],
  [/stale connection/i, "Stale Connection"],
  [/duplicate name/i, "Duplicate Server Name"],
  [/to gateway ".*" (rejected|using wrong port)/i, "Wrong Gateway"],
  [/rejected, wanted to connect to/i, "Wrong Gateway"],
  [/attempted to connect to (gateway|leaf node|route) port/i, "Incorrect Port"],
  [/same cluster name/i, "Cluster Names Identical"],
  [/loop detected/i, "Loop Detected"],
  [/minimum version required/i, "Minimum Version Required"],
  [/maximum account active connections/i, "Maximum Account Connections Exceeded"],
];

/** The text of an -ERR; null when it says nothing that ends the connection by itself. */
export function reasonSaid(text: string): CloseReason | null {
  return SAID.find(([words]) => words.test(text))?.[1] ?? null;
}

/** Why nobody was reached, as the dialer tells it. */
export function reasonOfDial(why: string): DownReason {
  return why.startsWith("TLS handshake error") ? "TLS Handshake Failure" : "Dial Failed";
}
