// Records what the full NATS resolver of a nats-server answers to the requests of tools and of other servers,
// with keys made for it. Needs nats-server 2.15; not part of the tests. Run: bun
// test/corpus/jwt/generate/record.ts

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeAccount, encodeGeneric, encodeOperator, encodeUser } from "@nats-io/jwt";
import { createAccount, createOperator, createUser } from "@nats-io/nkeys";
import { connect, createInbox, jwtAuthenticator, type NatsConnection } from "@nats-io/transport-node";
import { findNatsServer } from "../../../support/nats-server.ts";
import { freePort } from "../../../support/ports.ts";
import { ServerProcess } from "../../../support/process.ts";

const LIMITS = {
  ...{ subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 },
};
const QUIET_MILLIS = 300;

const operator = createOperator();
const operatorSigner = createOperator();
const stranger = createOperator();
const [system, first, second, third] = [createAccount(), createAccount(), createAccount(), createAccount()];
const systemSigner = createAccount();
const systemUser = createUser();
const signed = { signer: operator };
const pause = (): Promise<void> => Bun.sleep(1_100);

interface Step {
  readonly says: string;
  readonly subject: string;
  readonly payload: string;
  readonly replies: string[];
  /** How the appliance is stricter on purpose. */
  readonly stricter?: string;
}

interface Run {
  readonly strict: boolean;
  readonly allowDelete: boolean;
  readonly nowSeconds: number;
  readonly operator: string;
  readonly systemAccount: string;
  readonly preload: Record<string, string>;
  readonly steps: Step[];
}

async function ask(nc: NatsConnection, subject: string, payload: string): Promise<string[]> {
  const inbox = createInbox();
  const replies: string[] = [];
  const subscription = nc.subscribe(inbox, { callback: (_, message) => void replies.push(message.string()) });
  nc.publish(subject, payload, { reply: inbox });
  await nc.flush();
  await Bun.sleep(QUIET_MILLIS);
  subscription.unsubscribe();
  return replies;
}

async function run(
  strict: boolean,
  allowDelete: boolean,
  asked: readonly Omit<Step, "replies">[],
): Promise<Run> {
  const signer = strict ? operatorSigner : operator;
  const systemJwt = await encodeAccount(
    "SYS",
    system,
    { limits: LIMITS, signing_keys: [systemSigner.getPublicKey()] },
    { signer },
  );
  const operatorJwt = await encodeOperator("corpus", operator, {
    system_account: system.getPublicKey(),
    signing_keys: [operatorSigner.getPublicKey()],
    ...{ strict_signing_key_usage: strict },
  });
  const port = freePort();
  const dir = mkdtempSync(join(tmpdir(), "resolver-"));
  const preload = { [system.getPublicKey()]: systemJwt };
  await Bun.write(
    join(dir, "server.conf"),
    JSON.stringify({
      ...{ listen: `127.0.0.1:${port}`, server_name: "resolver", operator: operatorJwt },
      system_account: system.getPublicKey(),
      resolver: { type: "full", dir: join(dir, "jwt"), allow_delete: allowDelete },
      resolver_preload: preload,
    }),
  );
  const server = await ServerProcess.start({
    name: "resolver",
    command: [findNatsServer("2.15")!.path, "-c", join(dir, "server.conf")],
    cwd: dir,
    ready: /Server is ready/,
  });
  const userJwt = await encodeUser("sys", systemUser, system, {}, { signer: systemSigner });
  const nc = await connect({
    port,
    authenticator: jwtAuthenticator(userJwt, systemUser.getSeed()),
    reconnect: false,
  });
  const steps: Step[] = [];
  for (const step of asked) {
    const replies = await ask(nc, step.subject, step.payload);
    // A digest of the store is binary; it is not recorded.
    steps.push({ ...step, replies });
  }
  await nc.close();
  await server.stop();
  rmSync(dir, { recursive: true });
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const systemAccount = system.getPublicKey();
  return { strict, allowDelete, nowSeconds, operator: operatorJwt, systemAccount, preload, steps };
}

const UPDATE = "$SYS.REQ.CLAIMS.UPDATE";
const account = (key: typeof first, more: object = {}, options: object = signed): Promise<string> =>
  encodeAccount("a", key, { limits: LIMITS, ...more }, options);
const deletion = (accounts: unknown, signer = operator, subject = signer): Promise<string> =>
  encodeGeneric("delete", subject, "generic", { accounts }, { signer });

const older = await account(first, { description: "older" });
await pause();
const newer = await account(first, { description: "newer" });
const [A, B, C] = [first.getPublicKey(), second.getPublicKey(), third.getPublicKey()];
const secondJwt = await account(second, {}, { signer: operatorSigner });
const stream = (subject: string): object => ({ name: subject, subject, type: "stream" });
const service = (subject: string): object => ({ name: subject, subject, type: "service" });

const main = await run(false, true, [
  { says: "an empty store lists the preloaded account", subject: "$SYS.REQ.CLAIMS.LIST", payload: "" },
  { says: "an account is pushed", subject: UPDATE, payload: newer },
  { says: "the same account is pushed again", subject: UPDATE, payload: newer },
  {
    says: "an account of a signing key is pushed to its subject",
    subject: `$SYS.REQ.ACCOUNT.${B}.CLAIMS.UPDATE`,
    payload: secondJwt,
  },
  {
    says: "an account is pushed to the old subject",
    subject: `$SYS.ACCOUNT.${B}.CLAIMS.UPDATE`,
    payload: secondJwt,
  },
  {
    says: "an account is pushed to the subject of another",
    subject: `$SYS.REQ.ACCOUNT.${A}.CLAIMS.UPDATE`,
    payload: secondJwt,
  },
  { says: "accounts are listed", subject: "$SYS.REQ.CLAIMS.LIST", payload: "" },
  { says: "an account is looked up", subject: `$SYS.REQ.ACCOUNT.${A}.CLAIMS.LOOKUP`, payload: "" },
  { says: "an unknown account is looked up", subject: `$SYS.REQ.ACCOUNT.${C}.CLAIMS.LOOKUP`, payload: "" },
  { says: "a pack is asked for with an unknown digest", subject: "$SYS.REQ.CLAIMS.PACK", payload: "x" },
  { says: "nothing is pushed", subject: UPDATE, payload: "" },
  {
    says: "a JWT without its signature is pushed",
    subject: UPDATE,
    payload: newer.split(".").slice(0, 2).join("."),
  },
  { says: "a user is pushed", subject: UPDATE, payload: await encodeUser("u", createUser(), first, {}) },
  {
    says: "an account with a broken signature is pushed",
    subject: UPDATE,
    payload: `${newer.slice(0, -8)}AAAAAAAA`,
  },
  {
    says: "an account with an empty export is pushed",
    subject: UPDATE,
    payload: await account(third, { exports: [stream("")] }),
  },
  {
    says: "an account with exports that hold each other is pushed",
    subject: UPDATE,
    payload: await account(third, { exports: [service("a.*"), service("a.b")] }),
  },
  {
    says: "an account with too many exports is pushed",
    subject: UPDATE,
    payload: await account(third, { limits: { ...LIMITS, exports: 1 }, exports: [stream("a"), stream("b")] }),
  },
  {
    says: "an account with a wrong signing key is pushed",
    subject: UPDATE,
    payload: await account(third, { signing_keys: ["AX"] }),
  },
  {
    says: "an account with mappings above 100 percent is pushed",
    subject: UPDATE,
    payload: await account(third, {
      mappings: {
        a: [
          { subject: "b", weight: 60 },
          { subject: "c", weight: 60 },
        ],
      },
    }),
  },
  {
    says: "an expired account is pushed",
    subject: UPDATE,
    payload: await account(third, {}, { ...signed, exp: 1_000_000 }),
  },
  { says: "an expired account is not listed", subject: "$SYS.REQ.CLAIMS.LIST", payload: "" },
  { says: "a deletion of nothing readable is asked", subject: "$SYS.REQ.CLAIMS.DELETE", payload: "x.y" },
  {
    says: "a deletion is asked by a stranger",
    subject: "$SYS.REQ.CLAIMS.DELETE",
    payload: await deletion([B], stranger),
  },
  {
    says: "a deletion is asked that is not self-signed",
    subject: "$SYS.REQ.CLAIMS.DELETE",
    payload: await deletion([B], operatorSigner, operator),
  },
  {
    says: "a deletion without a list is asked",
    subject: "$SYS.REQ.CLAIMS.DELETE",
    payload: await deletion("x"),
  },
  {
    says: "a deletion of no key is asked",
    subject: "$SYS.REQ.CLAIMS.DELETE",
    payload: await deletion(["AX"]),
  },
  {
    says: "a deletion of the system account is asked",
    subject: "$SYS.REQ.CLAIMS.DELETE",
    payload: await deletion([B, system.getPublicKey()]),
  },
  {
    says: "accounts are deleted, known and unknown",
    subject: "$SYS.REQ.CLAIMS.DELETE",
    payload: await deletion([B, createAccount().getPublicKey()]),
  },
  { says: "a deleted account is looked up", subject: `$SYS.REQ.ACCOUNT.${B}.CLAIMS.LOOKUP`, payload: "" },
  {
    says: "an account of a stranger is pushed",
    subject: UPDATE,
    payload: await account(createAccount(), {}, { signer: stranger }),
    stricter: "not signed by a trusted operator",
  },
  { says: "an older account is pushed", subject: UPDATE, payload: older, stricter: "a newer jwt is known" },
]);
const strict = await run(true, false, [
  { says: "an account of the operator's own key is pushed", subject: UPDATE, payload: newer },
  { says: "the same to its subject", subject: `$SYS.REQ.ACCOUNT.${A}.CLAIMS.UPDATE`, payload: newer },
  { says: "an account of a signing key is pushed", subject: UPDATE, payload: secondJwt },
  {
    says: "a deletion is asked where it is not allowed",
    subject: "$SYS.REQ.CLAIMS.DELETE",
    payload: await deletion([B], operatorSigner),
  },
]);
await Bun.write(join(import.meta.dir, "../resolver.json"), `${JSON.stringify([main, strict], null, 2)}\n`);
