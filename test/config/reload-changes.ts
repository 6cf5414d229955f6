// One change of every key that a configuration can have, from a configuration that is right to another one
// that is: what a reload makes of a key is shown by such a change and by nothing else.

import { createUser } from "@nats-io/nkeys";
import type { z } from "zod";
import { absentValue, alternative, shapeOf } from "../../src/config/keys.ts";
import { SETTINGS } from "../../src/config/schema.ts";
import type { Json, JsonObject } from "../support/member.ts";
import { Operator } from "../support/operator.ts";

type Value = Json;
type Block = JsonObject;

export interface KeyChange {
  /** Entries of lists and tables stand as *. */
  readonly key: string;
  readonly before: Block;
  readonly after: Block;
}

/** Keys of the schema that hold no other keys. */
export function leafKeys(): Map<string, z.ZodType> {
  const found = new Map<string, z.ZodType>();
  collect(SETTINGS, [], found);
  return found;
}

function collect(schema: z.ZodType, path: readonly string[], into: Map<string, z.ZodType>): void {
  const shape = shapeOf(alternative(schema, "map"));
  const inner = shape.is === "scalar" ? shapeOf(alternative(schema, "list")) : shape;
  if (inner.is === "block") {
    for (const [name, key] of Object.entries(inner.keys)) collect(key, [...path, name], into);
  } else if ((inner.is === "table" || inner.is === "list") && holdsKeys(inner.entry)) {
    collect(inner.entry, [...path, "*"], into);
  } else into.set(path.join("."), schema);
}

function holdsKeys(entry: z.ZodType): boolean {
  const shape = shapeOf(alternative(entry, "map"));
  const inner = shape.is === "scalar" ? shapeOf(alternative(entry, "list")) : shape;
  if (inner.is === "list" || inner.is === "table") return holdsKeys(inner.entry);
  return inner.is === "block";
}

const PAIRS = [createUser(), createUser()];
const KEYS = PAIRS.map((pair) => pair.getPublicKey());
const SEED = new TextDecoder().decode(PAIRS[0]!.getSeed());
const PIN = "a".repeat(64);
const FILES = { cert_file: "one.pem", key_file: "one.key", ca_file: "ca.pem" };
const TLS = { ...FILES, timeout: 5 };

/** Files that have to be there for somebody who reads them; the one and the other hold the same. */
export const NAMED_FILES = { one: "one", other: "two", authority: "ca.pem", otherAuthority: "two-ca.pem" };

/** Where changes begin, unless a key needs another beginning. */
const BEGINNING: Block = {
  server_name: "box",
  listen: "127.0.0.1:-1",
  http: "127.0.0.1:-1",
  tls: TLS,
  accounts: {
    ONE: {
      users: [
        {
          user: "ann",
          password: "a",
          permissions: { publish: { allow: ["a"] }, subscribe: { allow: ["b"] } },
        },
        { user: "abe", password: "a" },
      ],
      exports: [{ service: "s" }, { stream: "t" }],
      mappings: { from: "to" },
    },
    TWO: {
      users: [{ user: "bob", password: "b" }],
      imports: [{ service: { account: "ONE", subject: "s" } }, { stream: { account: "ONE", subject: "t" } }],
    },
    SYS: { users: [{ user: "sys", password: "s" }] },
  },
  system_account: "SYS",
  gateway: {
    name: "A",
    listen: "127.0.0.1:-1",
    tls: TLS,
    gateways: [{ name: "B", urls: ["nats://127.0.0.1:9"], tls: TLS }],
  },
  leafnodes: {
    listen: "127.0.0.1:-1",
    tls: TLS,
    authorization: { users: [{ user: "edge", password: "e", account: "ONE" }] },
    remotes: [{ urls: ["nats://127.0.0.1:9"], account: "ONE", tls: TLS }],
  },
  websocket: { listen: "127.0.0.1:-1", tls: TLS },
};

const clear = (without: string): Block =>
  Object.fromEntries(Object.entries(BEGINNING).filter(([key]) => key !== without));
const BARE: Block = { server_name: "box", listen: "127.0.0.1:-1" };
const block = (key: string): Block => BEGINNING[key] as Block;
const within = (key: string, patch: Block): Block => ({ ...BEGINNING, [key]: { ...block(key), ...patch } });
const unlisted = (key: string): Block => {
  const { listen: _, ...rest } = block(key);
  return { ...BEGINNING, [key]: { ...rest, host: "127.0.0.1", port: -1 } };
};
const leafUser: Block = within("leafnodes", {
  authorization: { user: "edge", password: "e", account: "ONE" },
});
const remote = (patch: Block): Block =>
  within("leafnodes", {
    remotes: [{ ...((block("leafnodes")["remotes"] as Block[])[0] as Block), ...patch }],
  });
const PROXY = { url: "http://127.0.0.1:9", username: "p", password: "p" };
const onlyUser: Block = { ...BARE, authorization: { user: "ann", password: "a" } };
const users: Block = { ...BARE, authorization: { users: [{ user: "ann", password: "a" }] } };

const ALL = [{ service: "*" }, { stream: "*" }];
const importing = (entry: Block): Block => ({
  ...BARE,
  accounts: { TWO: { imports: [entry] }, ONE: { exports: ALL }, SYS: { exports: ALL } },
});
const EXPORTING: Block = { ...BARE, accounts: { ONE: { exports: ALL } } };
const serving: Block = {
  ...BARE,
  accounts: {
    ONE: { exports: [{ service: "s" }] },
    TWO: { imports: [{ service: { account: "ONE", subject: "s" } }] },
  },
};

/** Other beginnings, by the key or the beginning of its path. */
const BEGINNINGS: readonly (readonly [string, Block])[] = [
  ["cluster.name", { ...BARE, cluster: { name: "A" } }],
  ["host", { server_name: "box", host: "127.0.0.1", port: -1 }],
  ["port", { server_name: "box", host: "127.0.0.1", port: -1 }],
  ["authorization.users.*.nkey", { ...BARE, authorization: { users: [{ nkey: KEYS[0]! }] } }],
  ["authorization.users.", users],
  ["authorization.user", onlyUser],
  ["authorization.password", onlyUser],
  ["authorization.token", { ...BARE, authorization: { token: "one" } }],
  ["authorization.", users],
  ["mappings", { ...BARE, mappings: { from: { destination: "to", weight: 50 } } }],
  [
    "accounts.*.mappings",
    { ...BARE, accounts: { ONE: { mappings: { from: { destination: "to", weight: 50 } } } } },
  ],
  ["accounts.*.users.*.nkey", { ...BARE, accounts: { ONE: { users: [{ nkey: KEYS[0]! }] } } }],
  ["accounts.*.exports.*.stream", EXPORTING],
  ["accounts.*.exports.*.service", EXPORTING],
  ["accounts.*.exports.*.", serving],
  ["accounts.*.imports.*.stream", importing({ stream: { account: "ONE", subject: "t" } })],
  ["accounts.*.imports.*.prefix", importing({ stream: { account: "ONE", subject: "t" } })],
  ["accounts.*.imports.*.", importing({ service: { account: "ONE", subject: "s" } })],
  ["tls.pinned_certs", { ...BEGINNING, tls: { ...TLS, verify: true } }],
  ["leafnodes.tls.pinned_certs", within("leafnodes", { tls: { ...TLS, verify: true } })],
  ["websocket.tls.pinned_certs", within("websocket", { tls: { ...TLS, verify: true } })],
  ["gateway.gateways.*.urls", BEGINNING],
  // nats-server takes one of the two where both stand, and not always the same one.
  ["gateway.gateways.*.url", within("gateway", { gateways: [{ name: "B", url: "nats://127.0.0.1:9" }] })],
  ["gateway.host", unlisted("gateway")],
  ["gateway.port", unlisted("gateway")],
  ["gateway.tls.verify_and_map", within("gateway", { authorization: { user: "gate", password: "g" } })],
  ["gateway.authorization", within("gateway", { authorization: { user: "gate", password: "g" } })],
  ["leafnodes.host", unlisted("leafnodes")],
  ["leafnodes.port", unlisted("leafnodes")],
  ["leafnodes.authorization.users", BEGINNING],
  ["leafnodes.authorization.user", leafUser],
  ["leafnodes.authorization.password", leafUser],
  ["leafnodes.authorization.account", leafUser],
  [
    "leafnodes.authorization.nkey",
    within("leafnodes", { authorization: { nkey: KEYS[0]!, account: "ONE" } }),
  ],
  ["leafnodes.compression", within("leafnodes", { compression: { mode: "s2_auto" } })],
  ["leafnodes.remotes.*.url", remote({})],
  ["leafnodes.remotes.*.compression", remote({ compression: { mode: "s2_auto" } })],
  ["leafnodes.remotes.*.proxy.tls", remote({ proxy: { ...PROXY, url: "https://127.0.0.1:9", tls: TLS } })],
  ["leafnodes.remotes.*.proxy", remote({ proxy: PROXY })],
  ["websocket.host", unlisted("websocket")],
  ["websocket.port", unlisted("websocket")],
  ["http_port", clear("http")],
  ["admin.mode", { ...BARE, admin: { socket: "one.sock" } }],
  ["allow_non_tls", BEGINNING],
];

/** What keys become, by the key or the end of its path; flags become what they are not. */
const ENDS: readonly (readonly [string, Value])[] = [
  ["server_name", "other"],
  ["cluster.name", "B"],
  ["gateway.name", "C"],
  ["gateways.*.name", "C"],
  ["host", "127.0.0.2"],
  ["http_port", -1],
  ["https_port", -1],
  ["port", 24_222],
  ["listen", "127.0.0.2:-1"],
  ["client_advertise", "here.example:4222"],
  ["advertise", "here.example:7222"],
  ["cert_file", "two.pem"],
  ["key_file", "two.key"],
  ["ca_file", "two-ca.pem"],
  ["timeout", "3s"],
  ["pinned_certs", [PIN]],
  ["tls.min_version", "1.3"],
  ["cipher_suites", ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"]],
  ["curve_preferences", ["CurveP256"]],
  ["connection_rate_limit", 7],
  ["handshake_first", true],
  ["max_connections", 77],
  ["max_payload", 7777],
  ["max_control_line", 777],
  ["max_pending", 7_777_777],
  ["max_subscriptions", 77],
  ["max_sub_tokens", 7],
  ["write_deadline", "7s"],
  ["ping_interval", "7s"],
  ["ping_max", 7],
  ["authorization.user", "eve"],
  ["users.*.user", "eve"],
  ["password", "another"],
  ["token", "two"],
  ["nkey", KEYS[1]!],
  ["remotes.*.nkey", SEED],
  ["publish.allow", ["c"]],
  ["publish.deny", ["c"]],
  ["subscribe.allow", ["c"]],
  ["subscribe.deny", ["c"]],
  ["allow_responses.max", 7],
  ["allow_responses.expires", "7s"],
  ["exports.*.stream", "u"],
  ["exports.*.service", "u"],
  ["exports.*.accounts", ["TWO"]],
  ["response_type", "stream"],
  ["threshold", "7s"],
  ["imports.*.stream.account", "SYS"],
  ["imports.*.stream.subject", "c"],
  ["imports.*.service.account", "SYS"],
  ["imports.*.service.subject", "c"],
  ["imports.*.prefix", "p"],
  ["imports.*.to", "renamed"],
  ["destination", "elsewhere"],
  ["weight", 60],
  ["cluster", "C"],
  ["no_auth_user", "ann"],
  ["system_account", "TWO"],
  ["connect_retries", 7],
  ["interest_only_threshold", 7],
  ["proxy.url", "http://127.0.0.1:7"],
  ["proxy.username", "q"],
  ["url", "nats://127.0.0.1:7"],
  ["urls", ["nats://127.0.0.1:7"]],
  ["allow", ["c"]],
  ["deny", ["c"]],
  ["account", "TWO"],
  ["credentials", "leaf.creds"],
  ["compression.mode", "off"],
  ["rtt_thresholds", ["1ms", "2ms", "3ms"]],
  ["leafnodes.min_version", "2.10.0"],
  ["reconnect", "7s"],
  ["dial_timeout", "7s"],
  ["handshake_timeout", "7s"],
  ["first_info_timeout", "7s"],
  ["deny_imports", ["c"]],
  ["deny_exports", ["c"]],
  ["allowed_origins", ["https://c.example"]],
  ["http", "127.0.0.2:-1"],
  ["https", "127.0.0.1:-1"],
  ["http_base_path", "/c"],
  ["log_format", "json"],
  ["log_file", "c.log"],
  ["pid_file", "c.pid"],
  ["log_size_limit", 7_777_777],
  ["log_max_num", 7],
  ["ports_file_dir", "."],
  ["admin.socket", "two.sock"],
  ["admin.mode", "0660"],
  ["connection_rate", 77],
  ["allowed_connection_types", ["WEBSOCKET"]],
  ["max_leafnodes", 7],
  ["lame_duck_duration", "77s"],
  ["lame_duck_grace_period", "7s"],
];

/** Keys that stand in the way when another one is set. */
const INSTEAD: Record<string, readonly string[]> = {
  "accounts.*.exports.*.stream": ["service"],
  "websocket.no_tls": ["tls"],
  "leafnodes.remotes.*.credentials": ["nkey"],
};

/** A change of every key that holds no others. */
export async function changes(): Promise<KeyChange[]> {
  const operators = await operated();
  return [...leafKeys()].map(([key, schema]) => {
    const trusted = operators.get(key);
    if (trusted !== undefined) return { key, ...trusted };
    const before = BEGINNINGS.find(([start]) => key.startsWith(start))?.[1] ?? BEGINNING;
    return { key, before, after: changed(before, key, endOf(key, absentValue(schema))) };
  });
}

/** Of operator mode, in which an operator signs what is preloaded. */
async function operated(): Promise<Map<string, { before: Block; after: Block }>> {
  const [one, other] = await Promise.all([Operator.create("."), Operator.create(".")]);
  const preload = { resolver_preload: { ...(one.config()["resolver_preload"] as Block) } };
  const before = { ...BARE, ...one.config(), ...preload };
  const bearer = await one.credentials(one.system, "anybody", { nats: { bearer_token: true } });
  const { id } = await one.account("MORE");
  const { resolver_preload: more = {} } = one.config();
  const afters: Record<string, Block> = {
    operator: { ...BARE, ...other.config() },
    resolver_preload: { ...before, resolver_preload: more },
    resolver_pinned_accounts: { ...before, resolver_pinned_accounts: [id] },
    default_sentinel: { ...before, default_sentinel: jwtOf(bearer) },
  };
  const { operator: _, ...nobody } = before as Block;
  const trusting = (...whom: Operator[]): Block => ({
    ...nobody,
    trusted_keys: whom.map(({ id: key }) => key),
  });
  const changes = Object.entries(afters).map(([key, after]) => [key, { before, after }] as const);
  return new Map([
    ...changes,
    ["trusted_keys", { before: trusting(one), after: trusting(one, other) }],
    ...kept(before),
    ...called(before),
  ]);
}

/** Of a file of credentials. */
const jwtOf = (credentials: string): string => /JWT-----\n(\S+)/.exec(credentials)![1]!;

/** Of a resolver that keeps accounts in a directory. */
function kept(rest: Block): [string, { before: Block; after: Block }][] {
  const one = { type: "full", dir: "jwt", allow_delete: true };
  const cache = { type: "cache", dir: "jwt" };
  const changes: Record<string, readonly [Block, Block]> = {
    type: [cache, { type: "full", dir: "jwt" }],
    dir: [one, { ...one, dir: "other-jwt" }],
    allow_delete: [one, { ...one, allow_delete: false }],
    hard_delete: [one, { ...one, hard_delete: true }],
    interval: [one, { ...one, interval: "77s" }],
    limit: [one, { ...one, limit: 77 }],
    ttl: [cache, { ...cache, ttl: "77s" }],
    timeout: [one, { ...one, timeout: "777ms" }],
  };
  return Object.entries(changes).map(([key, [before, after]]) => [
    `resolver.${key}`,
    { before: { ...rest, resolver: before }, after: { ...rest, resolver: after } },
  ]);
}

/** Of a resolver that is asked over HTTPS. */
function called({ resolver_preload: _, ...rest }: Block): [string, { before: Block; after: Block }][] {
  const resolver = "URL(https://127.0.0.1:9/jwt/v1/accounts/)";
  const before = { ...rest, resolver, resolver_tls: FILES };
  const ends: Block = { cert_file: "two.pem", key_file: "two.key", ca_file: "two-ca.pem", insecure: true };
  return Object.entries(ends).map(([key, to]) => [
    `resolver_tls.${key}`,
    { before, after: { ...before, resolver_tls: { ...FILES, [key]: to } } },
  ]);
}

function endOf(key: string, absent: unknown): Value {
  const found = ENDS.filter(([end]) => key === end || key.endsWith(`.${end}`));
  const longest = found.sort(([a], [b]) => b.length - a.length)[0];
  return longest?.[1] ?? absent !== true;
}

function changed(before: Block, key: string, to: Value): Block {
  const after = JSON.parse(JSON.stringify(before)) as Record<string, unknown>;
  let at: Record<string, unknown> = after;
  const parts = key.split(".");
  for (const [i, part] of parts.slice(0, -1).entries()) {
    // Of lists and tables, the entry that is there first.
    const name = part === "*" ? (Object.keys(at)[0] ?? "ONE") : part;
    if (typeof at[name] !== "object") at[name] = parts[i + 1] === "*" && part !== "accounts" ? [{}] : {};
    at = at[name] as Record<string, unknown>;
  }
  for (const other of INSTEAD[key] ?? []) delete at[other];
  at[parts.at(-1)!] = to;
  return after as Block;
}
