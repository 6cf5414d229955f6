// An operator who signs accounts and users, so that a nats-server in operator mode can be a peer. Everything
// is made afresh for each run.

import { join } from "node:path";
import { encodeAccount, encodeOperator, encodeUser, fmtCreds } from "@nats-io/jwt";
import { createAccount, createOperator, createUser, type KeyPair } from "@nats-io/nkeys";
import type { JsonObject } from "./member.ts";

export interface AccountKeys {
  readonly name: string;
  /** What the account is called in operator mode. */
  readonly id: string;
  readonly keys: KeyPair;
  readonly jwt: string;
}

export interface UserOptions {
  /** The end of the user, in seconds since 1970; never if absent. */
  readonly expires?: number;
  readonly permissions?: { readonly pub?: Rules; readonly sub?: Rules };
  /** More of what a user JWT says, such as bearer_token. */
  readonly nats?: object;
}

interface Rules {
  readonly allow?: string[];
  readonly deny?: string[];
}

const NO_LIMITS = {
  subs: -1,
  data: -1,
  payload: -1,
  imports: -1,
  exports: -1,
  wildcards: true,
  conn: -1,
  leaf: -1,
};

export class Operator {
  readonly #dir: string;
  readonly #keys: KeyPair;
  readonly #accounts: AccountKeys[] = [];
  #jwt = "";
  #system = "";

  private constructor(dir: string) {
    this.#dir = dir;
    this.#keys = createOperator();
  }

  /** `dir` takes the files of credentials; the caller removes it. */
  static async create(dir: string): Promise<Operator> {
    const operator = new Operator(dir);
    const system = await operator.account("SYS");
    operator.#system = system.id;
    operator.#jwt = await encodeOperator("tests", operator.#keys, { system_account: system.id });
    return operator;
  }

  /** By which what he signs is known. */
  get id(): string {
    return this.#keys.getPublicKey();
  }

  /** Whose users may ask about servers and accounts. */
  get system(): AccountKeys {
    return this.#accounts[0]!;
  }

  /** A signed account; `leafsMax` bounds its leaf nodes. */
  async account(name: string, leafsMax = -1): Promise<AccountKeys> {
    const keys = createAccount();
    const limits = { ...NO_LIMITS, leaf: leafsMax };
    const jwt = await encodeAccount(name, keys, { limits }, { signer: this.#keys });
    const account = { name, id: keys.getPublicKey(), keys, jwt };
    this.#accounts.push(account);
    return account;
  }

  /** The account with other claims, of which a user who is revoked may be one; it is the newest one now. */
  async renew(account: AccountKeys, nats: JsonObject): Promise<AccountKeys> {
    const { limits = {}, ...rest } = nats as { limits?: JsonObject };
    const claims = { limits: { ...NO_LIMITS, ...limits }, ...rest };
    const jwt = await encodeAccount(account.name, account.keys, claims, { signer: this.#keys });
    const renewed = { ...account, jwt };
    this.#accounts.splice(
      this.#accounts.findIndex(({ id }) => id === account.id),
      1,
      renewed,
    );
    return renewed;
  }

  /** Credentials of a new user of an account, as the text of a .creds file. */
  async credentials(account: AccountKeys, name: string, options: UserOptions = {}): Promise<string> {
    const keys = createUser();
    const when = options.expires === undefined ? {} : { exp: options.expires };
    const jwt = await encodeUser(name, keys, account.keys, { ...options.permissions, ...options.nats }, when);
    return new TextDecoder().decode(fmtCreds(jwt, keys));
  }

  /** The same as a file; gives its name. */
  async credentialsFile(account: AccountKeys, name: string, options: UserOptions = {}): Promise<string> {
    const file = join(this.#dir, `${account.name}-${name}.creds`);
    await Bun.write(file, await this.credentials(account, name, options));
    return file;
  }

  /** What a resolver at a URL answers for this public key; null when there is no such account. */
  jwtOf(id: string): string | null {
    return this.#accounts.find((account) => account.id === id)?.jwt ?? null;
  }

  /** A request that accounts be deleted, signed by the operator. */
  deletion(...accounts: readonly string[]): string {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const key = this.#keys.getPublicKey();
    const nats = { accounts, type: "generic", version: 2 };
    const claims = { iss: key, sub: key, iat: Math.floor(Date.now() / 1_000), jti: "deletion", nats };
    const text = `${part({ typ: "JWT", alg: "ed25519-nkey" })}.${part(claims)}`;
    const signature = Buffer.from(this.#keys.sign(new TextEncoder().encode(text))).toString("base64url");
    return `${text}.${signature}`;
  }

  /** The same operator with a resolver that keeps accounts in a directory, and knows the system account. */
  keptIn(dir: string, more: JsonObject = {}): JsonObject {
    const { id, jwt } = this.system;
    const resolver = { type: "full", dir, ...more };
    return { ...this.config(), resolver, resolver_preload: { [id]: jwt } };
  }

  /** What makes a nats-server know this operator and all accounts made so far. */
  config(): JsonObject {
    return {
      operator: this.#jwt,
      system_account: this.#system,
      resolver: "MEMORY",
      resolver_preload: Object.fromEntries(this.#accounts.map(({ id, jwt }) => [id, jwt])),
    };
  }
}
