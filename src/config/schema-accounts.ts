// The `accounts` and `authorization` blocks: who may connect as a client, and to which account.

import { z } from "zod";
import { block, key, kind } from "./keys.ts";
import { count, duration, list, name, secret, size, text } from "./kinds.ts";
import { publicUserKey } from "./kinds-leaf.ts";
import { connectionType } from "./kinds-operator.ts";
import { PERMISSIONS } from "./schema-permissions.ts";
import { HANDSHAKE_TIME } from "./schema-tls.ts";
import { EXPORTS, IMPORTS, MAPPINGS } from "./schema-traffic.ts";
import { UNSUPPORTED_ACCOUNT, UNSUPPORTED_AUTHORIZATION, UNSUPPORTED_USER } from "./unsupported.ts";

const USER_NAME = { wants: "a user name", example: "alice" };
const PASSWORD = "a password in quotes";

const USER = block(
  {
    user: key(text(USER_NAME.wants, USER_NAME.example), {
      help: "Name of the user; one name belongs to one account.",
      reload: true,
      aliases: ["username"],
    }),
    password: key(secret(PASSWORD), {
      help: "Password, plain or as a bcrypt hash ($2a$...).",
      reload: true,
      aliases: ["pass"],
    }),
    nkey: key(publicUserKey(), {
      help: "Public key of a user that signs instead of giving a name and a password.",
      reload: true,
    }),
    allowed_connection_types: key(list(connectionType(), "a list of connection types", "[STANDARD]"), {
      help: "The only ways in which the user may come (absent: all of them).",
      reload: true,
      aliases: ["connection_types", "clients"],
    }),
    permissions: key(PERMISSIONS, {
      help: "What the user may send and subscribe to (absent: default_permissions, else everything).",
      reload: true,
      aliases: ["permission", "authorization"],
    }),
  },
  UNSUPPORTED_USER,
);

const USERS = list(USER, "a list of users", '[{user: alice, password: "..."}]');

/** nats-server reads them as 32 bits, in which -1 sets no limit. */
const BOUND = { min: -1, max: 2 ** 31 - 1 };

const LIMITS = block({
  max_connections: key(count("connections", BOUND), {
    help: "Connections at one time, leafs included (absent or -1: no limit).",
    reload: true,
    aliases: ["max_conn"],
  }),
  max_subscriptions: key(count("subscriptions", BOUND), {
    help: "Subscriptions of each connection at one time (absent or -1: no limit of the account).",
    reload: true,
    aliases: ["max_subs"],
  }),
  max_payload: key(size(BOUND), {
    help: "Largest message of each connection (absent or -1: no limit of the account).",
    reload: true,
    aliases: ["max_pay"],
  }),
  max_leafnodes: key(count("leafs", BOUND), {
    help: "Leafs at one time (absent or -1: no limit).",
    reload: true,
    aliases: ["max_leafs"],
  }),
});

const ACCOUNT = block(
  {
    users: key(USERS, { help: "Users of the account.", reload: true }),
    default_permissions: key(PERMISSIONS, {
      help: "Permissions of those users of the account that have none of their own.",
      reload: true,
    }),
    limits: key(LIMITS, { help: "What the account may have, and each of its connections.", reload: true }),
    exports: key(EXPORTS, { help: "What other accounts may have of this one.", reload: true }),
    imports: key(IMPORTS, { help: "What this account has of others.", reload: true }),
    mappings: key(MAPPINGS, {
      help: "Subjects under which its clients and leafs publish, and what they become.",
      reload: true,
      aliases: ["maps"],
    }),
  },
  UNSUPPORTED_ACCOUNT,
);

/** nats-server takes a bare list of names as well, for accounts that nobody logs in to. */
export const ACCOUNTS = kind(
  z.union([
    list(name("an account name", "ORDERS"), "a list of account names", "[ORDERS]"),
    kind(z.record(z.string(), ACCOUNT), {
      wants: "a block with an entry for each account",
      example: "{ORDERS: {}}",
    }),
  ]),
  { wants: "a block with an entry for each account", example: "{ORDERS: {users: [...]}}" },
);

export const AUTHORIZATION = block(
  {
    user: key(text(USER_NAME.wants, USER_NAME.example), {
      help: "The only user, in account $G; not together with users, token or users in accounts.",
      reload: true,
      aliases: ["username"],
    }),
    password: key(secret(PASSWORD), {
      help: "Password of that user, plain or as a bcrypt hash ($2a$...).",
      reload: true,
      aliases: ["pass"],
    }),
    token: key(secret("a token in quotes"), {
      help: "A token in place of users, for account $G.",
      reload: true,
    }),
    users: key(USERS, { help: "Users of account $G.", reload: true }),
    default_permissions: key(PERMISSIONS, {
      help: "Permissions of those of these users that have none of their own.",
      reload: true,
      aliases: ["default_permission", "permissions"],
    }),
    timeout: key(duration(HANDSHAKE_TIME), {
      help: "Time for a client to send its credentials (absent: 2s, with TLS tls.timeout and 1s).",
      reload: true,
    }),
  },
  UNSUPPORTED_AUTHORIZATION,
);
