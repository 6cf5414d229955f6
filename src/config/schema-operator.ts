// The keys of operator mode: whose accounts are trusted, and where their JWTs are.

import { z } from "zod";
import { block, key, kind } from "./keys.ts";
import { list, text } from "./kinds.ts";
import { publicAccountKey, resolver } from "./kinds-operator.ts";
import { UNSUPPORTED_RESOLVER } from "./unsupported.ts";

const JWT_FILE = { wants: "a file with the JWT of an operator", example: "operator.jwt" };

const OPERATOR = kind(
  z.union([
    text(JWT_FILE.wants, JWT_FILE.example),
    list(text(JWT_FILE.wants, JWT_FILE.example), "a list of such files", "[operator.jwt]"),
  ]),
  JWT_FILE,
);

const RESOLVER = kind(z.union([resolver(), block({}, UNSUPPORTED_RESOLVER)]), {
  wants: "MEMORY or URL(https://host/jwt/v1/accounts/)",
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
  resolver: key(RESOLVER, {
    help: "Where JWTs of accounts are: MEMORY (in resolver_preload), or URL(...) to ask at.",
    reload: false,
    aliases: ["account_resolver", "accounts_resolver"],
  }),
  resolver_preload: key(PRELOAD, {
    help: "JWTs of the accounts for resolver: MEMORY, each under its public key.",
    reload: true,
  }),
  resolver_pinned_accounts: key(list(publicAccountKey(), "a list of public keys of accounts", "[AAAA...]"), {
    help: "The only accounts that may be used beside the system account (absent: all).",
    reload: false,
  }),
};
