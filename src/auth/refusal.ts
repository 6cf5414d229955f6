// Why somebody is not let in: one code a cause. Each of them is `Authorization Violation` on the wire, so
// that nobody learns from outside how far he got. Source: client-and-auth.md §4.2.

import { QUOTED_CHARACTERS_MAX } from "./bounds.ts";

export type RefusalCode =
  | "too-large"
  | "malformed"
  | "wrong-kind"
  | "bad-signature"
  | "untrusted"
  | "wrong-subject"
  | "expired"
  | "not-yet-valid"
  | "revoked"
  | "account-unknown"
  | "account-expired"
  | "account-not-yet-valid"
  | "not-pinned"
  | "scoped-permissions"
  | "template"
  | "bearer-forbidden"
  | "proxy-required"
  | "callout-required"
  | "connection-type"
  | "bad-nonce-signature"
  | "source-address"
  | "time-of-day"
  | "activation";

export interface Refusal {
  readonly code: RefusalCode;
  /** For the log. Holds public keys and names, and never a JWT or a signature. */
  readonly text: string;
}

export function refuse(code: RefusalCode, text: string): Refusal {
  return { code, text };
}

export function isRefusal(answer: object): answer is Refusal {
  return "code" in answer;
}

/** A name that a stranger chose, so that it fits a line of a log. */
export function quoted(text: string): string {
  return JSON.stringify(cut(text));
}

export function cut(text: string): string {
  return text.length > QUOTED_CHARACTERS_MAX ? `${text.slice(0, QUOTED_CHARACTERS_MAX)}…` : text;
}
