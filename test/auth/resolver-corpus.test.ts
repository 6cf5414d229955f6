// The full NATS resolver against a running nats-server, as it was recorded: the same requests in the same
// order get the same answers.

import { describe, expect, test } from "bun:test";
import { answer, type ResolverHost, resolverRequest } from "../../src/auth/resolver-messages.ts";
import { ResolverStore } from "../../src/auth/resolver-store.ts";
import { bytesOf } from "../../src/base/bytes.ts";
import { codeOf, corpus, granted, trustOf } from "./corpus.ts";

interface Run {
  readonly strict: boolean;
  readonly allowDelete: boolean;
  readonly nowSeconds: number;
  readonly operator: string;
  readonly systemAccount: string;
  readonly preload: Readonly<Record<string, string>>;
  readonly steps: readonly {
    readonly says: string;
    readonly subject: string;
    readonly payload: string;
    readonly replies: readonly string[];
    readonly stricter?: string;
  }[];
}

function hostOf(run: Run, server: Readonly<Record<string, unknown>>): ResolverHost {
  const trust = trustOf(run);
  const store = new ResolverStore();
  for (const jwt of Object.values(run.preload)) store.put(jwt, granted(trust.signedAccount(jwt)));
  return { trust, store, allowDelete: run.allowDelete, server: () => server };
}

const parsed = (reply: string): { server?: Record<string, unknown>; data?: unknown; error?: unknown } =>
  JSON.parse(reply) as Record<string, Record<string, unknown>>;

for (const run of corpus<Run>("resolver.json")) {
  describe(`a nats-server${run.strict ? " with a strict operator" : ""} answers`, () => {
    const { server } = parsed(run.steps[0]!.replies[0]!);
    const host = hostOf(run, { name: server!["name"] });
    for (const { says, subject, payload, replies, stricter } of run.steps) {
      test(`when ${says}, and so do we${stricter === undefined ? "" : ", but with a refusal"}`, () => {
        const request = resolverRequest(subject)!;
        const ours = answer(request, bytesOf(payload), host, run.nowSeconds).replies;
        if (stricter !== undefined) {
          expect(parsed(replies[0]!).data).toMatchObject({ code: 200, message: "jwt updated" });
          expect(JSON.stringify(parsed(ours[0]!).error)).toContain(stricter);
          return;
        }
        // The server names itself in JSON; a JWT, a pack and an empty message are taken as they are.
        const theirs = replies.map((reply) => {
          if (!reply.startsWith("{")) return reply;
          const { ...members } = parsed(reply);
          if ("server" in members) members.server = { name: members.server!["name"] };
          return JSON.stringify(members);
        });
        expect(ours).toEqual(theirs);
      });
    }
  });
}

test("a pushed account is changed once, and a deleted one is gone", () => {
  const run = corpus<Run>("resolver.json")[0]!;
  const host = hostOf(run, {});
  const step = (says: string) => {
    const { subject, payload } = run.steps.find((each) => each.says === says)!;
    return answer(resolverRequest(subject)!, bytesOf(payload), host, run.nowSeconds);
  };
  const account = step("an account is pushed").changed;
  expect(account).toHaveLength(1);
  expect(step("the same account is pushed again").changed).toEqual([]);
  expect(codeOf(step("an older account is pushed").refusal!)).toBe("expired");
  const second = step("an account of a signing key is pushed to its subject").changed;
  expect(step("accounts are deleted, known and unknown").deleted).toEqual(second);
  expect([host.store.jwt(account[0]!) !== null, host.store.jwt(second[0]!)]).toEqual([true, null]);
});
