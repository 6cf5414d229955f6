// Claims against the NATS project's Go library: the same JWTs count, and the same is wrong with the others.

import { describe, expect, test } from "bun:test";
import { accountFaults } from "../../src/auth/account-rules.ts";
import { type Claims, readClaims, timeRefusal } from "../../src/auth/claims.ts";
import { decodeJwt, isSigned } from "../../src/auth/jwt.ts";
import { isPublicKey } from "../../src/auth/nkey.ts";
import { isRefusal } from "../../src/auth/refusal.ts";
import { userFaults } from "../../src/auth/user-rules.ts";
import { corpus, granted } from "./corpus.ts";

interface Verdict {
  readonly says: string;
  readonly jwt: string;
  readonly kind: string;
  readonly decodes: boolean;
  readonly expired?: boolean;
  readonly faults?: readonly string[];
}

const VERDICTS = corpus<Verdict>("claims.json");
const verdict = (says: string): Verdict => VERDICTS.find((each) => each.says === says)!;

/** As the library decodes: shape, signature and the kind of key that signed. Who is trusted is not asked. */
function decoded(text: string): Claims | null {
  const jwt = decodeJwt(text);
  if (isRefusal(jwt) || !isSigned(jwt)) return null;
  if (!["operator", "account", "user", "activation"].includes(jwt.kind)) return null;
  const kind = jwt.kind as Claims["kind"];
  const read = readClaims(text, kind);
  if (isRefusal(read)) return null;
  const { issuer } = read.claims;
  const isOperator = isPublicKey(issuer, "operator");
  const isAccount = isPublicKey(issuer, "account");
  const mayIssue = { operator: isOperator, user: isAccount }[kind as string] ?? (isOperator || isAccount);
  return mayIssue ? read.claims : null;
}

function faultsOf(claims: Claims): readonly string[] {
  if (claims.kind === "account") return accountFaults(claims);
  return claims.kind === "user" ? userFaults(claims) : [];
}

/** Where we find the fault later than the library, or say one thing less. */
const LATER = ["an account with an import of no type", "an account with an export of no type"];
const FEWER: Record<string, number> = {
  "an account with service imports that are equal": 1,
  "an account with exports with > inside of *": 1,
  "an account with more imports than allowed": 1,
};

describe("the Go library decodes", () => {
  for (const { says, jwt, decodes } of VERDICTS) {
    test(`${decodes ? "" : "not "}${says}, and so do we`, () => {
      const claims = decoded(jwt);
      const counts = claims !== null && !(LATER.includes(says) && faultsOf(claims).length > 0);
      expect(counts).toBe(decodes);
    });
  }
});

describe("the Go library finds wrong", () => {
  for (const { says, jwt, decodes, faults = [], expired = false } of VERDICTS) {
    if (!decodes) continue;
    test(`${faults.length} faults with ${says}, and so do we`, () => {
      const claims = decoded(jwt)!;
      const found = faultsOf(claims);
      if (says in FEWER) {
        expect(found).toHaveLength(FEWER[says]!);
        expect(faults).toContain(found[0]!);
      } else expect([...found].sort()).toEqual([...faults].sort());
      expect(timeRefusal(claims, Math.floor(Date.now() / 1_000)) !== null).toBe(expired);
    });
  }
});

describe("everything is read that the library wrote", () => {
  const read = <K extends Claims["kind"]>(says: string, kind: K) =>
    granted(readClaims(verdict(says).jwt, kind)).claims;

  test("of an operator", () => {
    const claims = read("an operator with everything", "operator");
    expect(claims).toMatchObject({
      ...{ name: "O", version: 2, accountServerUrl: "https://localhost:8080/jwt/v1" },
      ...{ operatorServiceUrls: ["nats://localhost:4222"], assertServerVersion: "2.10.0" },
      ...{ strictSigningKeyUsage: true, tags: ["blue", "green"], issuer: claims.subject, expires: 0 },
    });
    expect(claims.signingKeys.map((key) => key[0])).toEqual(["O"]);
    expect(claims.systemAccount[0]).toBe("A");
    expect(claims.issuedAt).toBeGreaterThan(1_700_000_000);
    expect(claims.id).toHaveLength(52);
  });

  test("of a user", () => {
    const claims = read("a user with everything", "user");
    expect(claims).toMatchObject({ name: "U", notBefore: 1_000, expires: 4_000_000_000, tags: ["team:red"] });
    expect(claims.issuerAccount[0]).toBe("A");
    expect(claims.rights).toEqual({
      permissions: {
        publish: { allow: ["a.>", "b"], deny: ["a.secret"] },
        subscribe: { allow: ["in.* workers"], deny: [] },
        responses: { max: 5, ttlNanos: 60e9 },
      },
      sources: ["10.0.0.0/8", "2001:db8::/32"],
      times: [{ start: "08:00:00", end: "17:30:00" }],
      timeZone: "Europe/Berlin",
      ...{ subs: 10, data: 20, payload: 30, bearer: true, proxyRequired: true },
      connectionTypes: ["STANDARD", "LEAFNODE"],
    });
  });

  test("of an activation", () => {
    const claims = read("an activation", "activation");
    expect(claims).toMatchObject({ name: "X", importSubject: "private.>", importType: "stream" });
    expect(claims.issuerAccount[0]).toBe("A");
  });

  test("of an account: what it shares", () => {
    const { imports, exports } = read("an account with everything", "account");
    expect(imports.map(({ name }) => name).sort()).toEqual(["p", "s", "v"]);
    const named = (name: string) => imports.find((each) => each.name === name)!;
    expect(named("s")).toMatchObject({
      kind: "stream",
      subject: "st.*",
      localSubject: "mine.$1",
      allowTrace: true,
    });
    expect(named("v")).toMatchObject({
      kind: "service",
      subject: "svc.*.x",
      localSubject: "my.*",
      share: true,
    });
    expect(named("p").token).toStartWith("eyJ");
    expect(exports[0]).toMatchObject({ name: "e", kind: "stream", subject: "out.>", tokenRequired: true });
    expect([...exports[0]!.revocations.values()].sort()).toEqual([3, 5]);
    expect(exports[1]).toMatchObject({
      ...{ name: "f", kind: "service", responseType: "Stream", responseThresholdNanos: 1e9 },
      ...{ latency: { sampling: 0, results: "latency" }, accountTokenPosition: 2, allowTrace: true },
    });
  });

  test("of an account: limits, keys and the rest", () => {
    const claims = read("an account with everything", "account");
    expect(claims.limits).toMatchObject({
      ...{ subs: 100, data: -1, payload: -1, imports: -1, exports: -1, connections: 10, leafs: 2 },
      ...{ wildcardExports: true, bearerForbidden: true },
    });
    expect(claims.limits.tiers.get("R3")).toMatchObject({ diskStorage: -1, streams: 4, memoryStorage: 0 });
    const scopes = [...claims.signingKeys.values()];
    expect(scopes.filter((scope) => scope === null)).toHaveLength(1);
    const scope = scopes.find((each) => each !== null)!;
    expect(scope).toMatchObject({ role: "reader", template: { subs: -1, data: -1, payload: 1_024 } });
    expect(scope.template.permissions.subscribe.allow).toEqual(["{{account-name()}}.{{tag(team)}}.>"]);
    expect([...claims.revocations.values()].sort()).toEqual([10, 20]);
    expect(claims.defaultPermissions.publish.deny).toEqual(["no.>"]);
    expect(claims.defaultPermissions.responses).toEqual({ max: 0, ttlNanos: 0 });
    expect(claims.mappings.get("m.*")).toEqual([
      { subject: "n.$1", weight: 40, cluster: "" },
      { subject: "o.{{wildcard(1)}}", weight: 100, cluster: "C" },
    ]);
    expect(claims.authorization).toMatchObject({ accounts: ["*"], curveKey: "" });
    expect(claims).toMatchObject({
      ...{ trace: { destination: "trace.here", sampling: 50 }, clusterTraffic: "owner", name: "A" },
      ...{ description: "an account", infoUrl: "https://localhost/info", tags: ["region:eu"] },
    });
  });

  test("of version 1, where a number that is absent is no limit of a user", () => {
    const user = read("a user of version 1", "user");
    expect(user).toMatchObject({ version: 1, tags: ["t"], rights: { subs: -1, data: -1, payload: -1 } });
    expect(user.issuerAccount[0]).toBe("A");
    expect(user.rights.permissions.subscribe.allow).toEqual(["a"]);
    const account = read("an account of version 1", "account");
    expect(account).toMatchObject({ version: 1, limits: { subs: 5, payload: 0 } });
    expect([account.signingKeys.size, account.mappings.size]).toEqual([1, 0]);
  });
});
