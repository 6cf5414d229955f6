// Private exports: who has a key to them.

import { expect, test } from "bun:test";
import { encodeActivation } from "@nats-io/jwt";
import { createAccount, type KeyPair } from "@nats-io/nkeys";
import type { ImportClaim } from "../../src/auth/account-claims.ts";
import { exportFor } from "../../src/auth/account-rules.ts";
import { activation } from "../../src/auth/activation.ts";
import { codeOf } from "./corpus.ts";
import { account, accountJwt, NOW, publicKey, trust, user } from "./identity.ts";

const signing = createAccount();
const importer = createAccount();
const exporting = await account({
  signing_keys: [publicKey(signing)],
  exports: [
    { subject: "private.>", type: "stream", token_req: true, revocations: { "*": 5 } },
    { subject: "private.svc", type: "service" },
  ],
});
const exporter = exporting.claims;

const token = (options: object = {}, subject = "private.>", to: KeyPair = importer): Promise<string> =>
  encodeActivation("t", to, exporting.keys, "stream", { subject }, options);

/** An import of private.a with this token, and what the exporter says to it. */
function asked(given: string, more: Partial<ImportClaim> = {}, exports = exporter): string {
  const claim: ImportClaim = {
    ...{ name: "i", account: exporter.subject, subject: "private.a", localSubject: "", to: "" },
    ...{ token: given, share: false, allowTrace: false },
    kind: "stream",
    ...more,
  };
  return codeOf(activation(claim, publicKey(importer), exports, exportFor(exports, claim)!, NOW));
}

test("a key of the exporter, or of one of his signing keys, opens", async () => {
  expect(asked(await token())).toBe("granted");
  expect(asked(await token({ signer: signing }))).toBe("granted");
});

test("a key of somebody else does not open, whatever account it names", async () => {
  expect(asked(await token({ signer: createAccount() }))).toBe("untrusted");
  const foreign = await encodeActivation("t", importer, createAccount(), "stream", { subject: "private.>" });
  expect(asked(foreign)).toBe("activation");
});

test("no key, a broken one, a user, and a key for another account or subject do not open", async () => {
  const good = await token();
  const wrong = [
    ...["", "x.y.z", good.slice(0, -4), (await user(exporting.keys)).jwt],
    await token({}, "private.b"),
    await token({}, "private.>", createAccount()),
  ];
  expect(wrong.map((each) => asked(each))).toEqual(wrong.map(() => "activation"));
  expect(asked(good, { kind: "service" })).toBe("activation");
});

test("a key opens while it is valid", async () => {
  expect(asked(await token({ exp: NOW }))).toBe("expired");
  expect(asked(await token({ nbf: NOW + 60 }))).toBe("not-yet-valid");
  expect(asked(await token({ exp: NOW + 60 }))).toBe("granted");
});

test("a key that was revoked does not open", async () => {
  const [open] = exporter.exports;
  const revoking = { ...exporter, exports: [{ ...open!, revocations: new Map([["*", NOW + 60]]) }] };
  expect(asked(await token(), {}, revoking)).toBe("revoked");
});

test("an import that brings its key is in good order, and one with a wrong key is refused whole", async () => {
  const imported = async (given: string) => {
    const imports = [{ subject: "private.a", account: exporter.subject, type: "stream", token: given }];
    return codeOf(trust.signedAccount(await accountJwt(importer, { imports })));
  };
  expect(await imported(await token())).toBe("granted");
  expect(await imported(await token({}, "other"))).toBe("malformed");
});

test("an export is found by its subject, and by one that holds it", () => {
  const claim = { kind: "stream", subject: "private.a.b", to: "" } as const;
  const find = (more: object) =>
    exportFor(exporter, { ...claim, ...more } as Parameters<typeof exportFor>[1])?.subject;
  expect(find({})).toBe("private.>");
  expect(find({ subject: "private.svc", kind: "service" })).toBe("private.svc");
  expect(find({ subject: "other" })).toBeUndefined();
  expect(find({ kind: "service" })).toBeUndefined();
});
