// The keys of operator mode: whose accounts are trusted, and where their JWTs are.

import { z } from "zod";
import { STORED_ACCOUNTS_MAX } from "../auth/bounds.ts";
import { block, key, kind } from "./keys.ts";
import { count, duration, flag, list, text } from "./kinds.ts";
import { publicAccountKey, publicOperatorKey, resolver, resolverType } from "./kinds-operator.ts";
import { RESOLVER_TLS } from "./schema-leaf-tls.ts";

const JWT_FILE = { wants: "a file with the JWT of an operator", example: "operator.jwt" };

const OPERATOR = kind(
  z.union([
    text(JWT_FILE.wants, JWT_FILE.example),
    list(text(JWT_FILE.wants, JWT_FILE.example), "a list of such files", "[operator.jwt]"),
  ]),
  JWT_FILE,
);

const TRUSTED = kind(
  z.union([
    publicOperatorKey(),
    list(publicOperatorKey(), "a list of public keys of operators", "[OAAA...]"),
  ]),
  { wants: "the public key of an operator, or a list of them", example: "[OAAA...]" },
);

const DAY_MILLIS = 86_400_000;

const DIRECTORY = block({
  type: key(resolverType(), {
    help: "full: every account is kept; cache: those that were used here; memory: as MEMORY.",
    reload: false,
  }),
  dir: key(text("a directory", "./jwt"), {
    help: "Directory with a file <public key>.jwt for each account, made when there is none.",
    reload: false,
  }),
  allow_delete: key(flag(), {
    help: "Lets the operator delete accounts by a request (absent: false); not of a cache.",
    reload: false,
  }),
  hard_delete: key(flag(), {
    help: "Removes the file of a deleted account (absent: false, and it is called .jwt.deleted).",
    reload: false,
  }),
  interval: key(duration({ min: 1_000, max: DAY_MILLIS }), {
    help: "Time between two comparisons with other resolvers (absent: 1m); not of a cache.",
    reload: false,
  }),
  limit: key(count("accounts", { min: 0, max: STORED_ACCOUNTS_MAX }), {
    help: "Accounts that are kept (absent: as many as fit, of a cache 1000).",
    reload: false,
  }),
  ttl: key(duration({ min: 1_000, max: 365 * DAY_MILLIS }), {
    help: "How long a cache keeps an account (absent: as long as there is room).",
    reload: false,
  }),
  timeout: key(duration({ min: 1, max: 60_000 }), {
    help: "How long other resolvers may take to bring an account (absent: 1900ms).",
    reload: false,
  }),
});

const RESOLVER = kind(z.union([resolver(), DIRECTORY]), {
  wants: "MEMORY, URL(https://host/jwt/v1/accounts/), or a block with type and dir",
  example: "MEMORY",
});

const PRELOAD = kind(z.record(z.string(), text("the JWT of an account", '"eyJ..."')), {
  wants: "a block with the JWT of each account under its public key",
  example: '{AAAA...: "eyJ..."}',
});

export const OPERATOR_KEYS = {
  operator: key(OPERATOR, {
    help: "JWT of the operator who signs the accounts, or its file; a list for several.",
    reload: false,
    aliases: ["operators", "root", "roots", "root_operator", "root_operators"],
  }),
  trusted_keys: key(TRUSTED, {
    help: "Public keys of operators in place of operator: what they sign is trusted.",
    reload: false,
    aliases: ["trusted"],
  }),
  default_sentinel: key(text("the JWT of a user", '"eyJ..."'), {
    help: "JWT of a user, a bearer, for who comes without one (absent: he is refused).",
    reload: true,
  }),
  resolver: key(RESOLVER, {
    help: "Where JWTs of accounts are: MEMORY (resolver_preload), URL(...) to ask at, or a directory.",
    reload: false,
    aliases: ["account_resolver", "accounts_resolver"],
  }),
  resolver_tls: key(RESOLVER_TLS, {
    help: "TLS of the URL of resolver (absent: verified as the system does).",
    reload: false,
  }),
  resolver_preload: key(PRELOAD, {
    help: "JWTs of accounts, each under its public key; a directory keeps what is newer.",
    reload: true,
  }),
  resolver_pinned_accounts: key(list(publicAccountKey(), "a list of public keys of accounts", "[AAAA...]"), {
    help: "The only accounts that may be used beside the system account (absent: all).",
    reload: false,
  }),
};

export type ResolverBlock = z.output<typeof DIRECTORY>;
