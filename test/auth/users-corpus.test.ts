// Users against a running nats-server, as it was recorded: the same are let in, and may do the same.

import { describe, expect, test } from "bun:test";
import type { Permission } from "../../src/auth/permission.ts";
import { isRefusal } from "../../src/auth/refusal.ts";
import type { UserLogin } from "../../src/auth/user-login.ts";
import { codeOf, corpus, trustOf } from "./corpus.ts";
import { naiveCovers } from "./naive-subjects.ts";

interface Attempt {
  readonly says: string;
  readonly jwt: string;
  readonly connectionType: "STANDARD" | "LEAFNODE";
  readonly nonce: string;
  readonly signature: string;
  readonly nowSeconds: number;
  readonly accepted: boolean;
  readonly probed: readonly { readonly probe: string; readonly allowed: boolean }[];
}

interface Run {
  readonly strict: boolean;
  readonly operator: string;
  readonly systemAccount: string;
  readonly accounts: Readonly<Record<string, string>>;
  readonly cases: readonly Attempt[];
}

/** Why we refuse what the server refused without saying why. */
const CODES: Record<string, string> = {
  "a user of the account's own key": "untrusted",
  "a signing key without its account": "account-unknown",
  "a user of an unknown account": "account-unknown",
  "a user of a key of another account": "untrusted",
  "no signature": "bad-nonce-signature",
  "a signature that is none": "bad-nonce-signature",
  "a signature of something else": "bad-nonce-signature",
  "an expired user": "expired",
  "a user of tomorrow": "not-yet-valid",
  "wrong claims": "malformed",
  "a bearer where none may be": "bearer-forbidden",
  "a user of an account that nobody trusts": "untrusted",
  "a user of an expired account": "expired",
  "a user of an account of tomorrow": "not-yet-valid",
  "a user of an account with a fault": "malformed",
  "a user of an account with a callout": "callout-required",
  "a revoked user": "revoked",
  "a user where all are revoked": "revoked",
  "only websockets": "connection-type",
  "an unknown type": "connection-type",
  "a leaf that may only be a client": "connection-type",
  "from another network": "source-address",
  "in other hours": "time-of-day",
  "outside of hours around midnight": "time-of-day",
  "in hours of another zone": "time-of-day",
  "a proxy that is not there": "proxy-required",
  "a scoped user with rights of his own": "scoped-permissions",
  "a scoped user with limits of his own": "scoped-permissions",
  "a tag that is missing in deny": "template",
  "an unknown function": "template",
  "a name that makes no subject, denied": "template",
  "too many tags": "template",
  "a network by scope": "source-address",
};

/** A bearer by a scope signs nothing wrong: the recorder signed all the same. */
function login(run: Run, attempt: Attempt): object {
  const trust = trustOf(run);
  const name = trust.issuerAccountOf(attempt.jwt);
  const jwt = name === null ? undefined : run.accounts[name];
  if (name === null || jwt === undefined) return { code: "account-unknown", text: "" };
  const account = trust.account(jwt, attempt.nowSeconds, name);
  return isRefusal(account)
    ? account
    : trust.user(attempt.jwt, account, { ...attempt, sourceIp: "127.0.0.1" });
}

function mayDo({ publish, subscribe }: UserLogin, probe: string): boolean {
  const [verb, subject = "", queue = ""] = probe.split(" ");
  return allows(verb === "pub" ? publish : subscribe, subject, queue);
}

function allows(permission: Permission | null, subject: string, queue: string): boolean {
  if (permission === null) return true;
  const meets = (entry: string): boolean => {
    const [pattern = "", group] = entry.split(" ");
    return naiveCovers(pattern, subject) && (group === undefined || group === queue);
  };
  return (permission.allow === null || permission.allow.some(meets)) && !permission.deny.some(meets);
}

for (const run of corpus<Run>("users.json")) {
  describe(`nats-server${run.strict ? " with a strict operator" : ""}`, () => {
    for (const attempt of run.cases) {
      test(`${attempt.accepted ? "lets in" : "refuses"} ${attempt.says}, and so do we`, () => {
        const answer = login(run, attempt);
        expect(codeOf(answer)).toBe(attempt.accepted ? "granted" : (CODES[attempt.says] ?? "no code"));
        if (isRefusal(answer)) return;
        for (const { probe, allowed } of attempt.probed) {
          expect(`${probe}: ${mayDo(answer as UserLogin, probe)}`).toBe(`${probe}: ${allowed}`);
        }
      });
    }
  });
}
