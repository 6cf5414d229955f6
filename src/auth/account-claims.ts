// What an account's JWT says: its imports and exports, its limits, who may sign for it and who may not come
// any more. Source: client-and-auth.md §4.

import type { ClaimReader } from "./claim-reader.ts";
import type { ClaimHead } from "./claims.ts";
import { type PermissionClaims, readPermissions, readRights, type UserRights } from "./rights.ts";

/** null only in claims that are refused. */
export type ExportKind = "stream" | "service" | null;

export interface ImportClaim {
  readonly name: string;
  /** Who exports. */
  readonly account: string;
  readonly kind: ExportKind;
  /** For a stream, and with `localSubject` for a service too, as the exporter calls it. */
  readonly subject: string;
  /** As the importer calls it, with $1 for the first wildcard of `subject`; "": the same. */
  readonly localSubject: string;
  /** The old way to say it: a prefix of a stream; of a service the exporter's subject. "": absent. */
  readonly to: string;
  /** A JWT that activates a private export, or "". */
  readonly token: string;
  readonly share: boolean;
  readonly allowTrace: boolean;
}

export interface ExportClaim {
  readonly name: string;
  readonly kind: ExportKind;
  readonly subject: string;
  /** Private: an importer needs an activation. */
  readonly tokenRequired: boolean;
  readonly revocations: ReadonlyMap<string, number>;
  /** "": Singleton. */
  readonly responseType: string;
  readonly responseThresholdNanos: number;
  /** sampling: percent; 0 when headers decide. */
  readonly latency: { readonly sampling: number; readonly results: string } | null;
  /** Which token of the subject is the importing account; 0: none. */
  readonly accountTokenPosition: number;
  readonly allowTrace: boolean;
  readonly description: string;
  readonly infoUrl: string;
}

export interface JetStreamLimits {
  readonly memoryStorage: number;
  readonly diskStorage: number;
  readonly streams: number;
  readonly consumers: number;
  readonly ackPendingMax: number;
  readonly memoryStreamBytesMax: number;
  readonly diskStreamBytesMax: number;
  readonly streamBytesRequired: boolean;
}

/** -1: no limit. */
export interface AccountLimits {
  readonly subs: number;
  readonly data: number;
  readonly payload: number;
  readonly imports: number;
  readonly exports: number;
  readonly connections: number;
  readonly leafs: number;
  readonly wildcardExports: boolean;
  readonly bearerForbidden: boolean;
  readonly jetStream: JetStreamLimits;
  readonly tiers: ReadonlyMap<string, JetStreamLimits>;
}

/** A signing key whose users get these rights and bring none of their own. */
export interface Scope {
  readonly key: string;
  readonly role: string;
  readonly template: UserRights;
}

export interface WeightedMapping {
  readonly subject: string;
  /** Percent. */
  readonly weight: number;
  /** Only in this cluster; "": in all. */
  readonly cluster: string;
}

export interface AccountClaims extends ClaimHead {
  readonly kind: "account";
  readonly imports: readonly ImportClaim[];
  readonly exports: readonly ExportClaim[];
  readonly limits: AccountLimits;
  /** null: a key without a scope. */
  readonly signingKeys: ReadonlyMap<string, Scope | null>;
  /** By the user's public key or "*": JWTs issued at or before these seconds count no more. */
  readonly revocations: ReadonlyMap<string, number>;
  readonly defaultPermissions: PermissionClaims;
  readonly mappings: ReadonlyMap<string, readonly WeightedMapping[]>;
  /** Users that a service decides about, which is not supported: all but these are refused. */
  readonly authorization: {
    readonly users: readonly string[];
    readonly accounts: readonly string[];
    readonly curveKey: string;
  };
  readonly trace: { readonly destination: string; readonly sampling: number } | null;
  readonly clusterTraffic: string;
  readonly description: string;
  readonly infoUrl: string;
}

export function readAccount(head: ClaimHead, reader: ClaimReader): AccountClaims {
  const nats = reader.object("nats");
  // Version 1 had none of the rest.
  const rest = head.version === 1 ? reader.absent() : nats;
  const authorization = rest.object("authorization");
  const trace = rest.objectOrNull("trace");
  return {
    kind: "account",
    ...head,
    imports: nats.objects("imports").map(readImport),
    exports: nats.objects("exports").map(readExport),
    limits: readLimits(nats.object("limits"), head.version),
    signingKeys: readSigningKeys(nats),
    revocations: nats.integers("revocations"),
    defaultPermissions: readPermissions(rest.object("default_permissions")),
    mappings: readMappings(rest),
    authorization: {
      users: authorization.texts("auth_users"),
      accounts: authorization.texts("allowed_accounts"),
      curveKey: authorization.text("xkey"),
    },
    trace: trace === null ? null : { destination: trace.text("dest"), sampling: trace.integer("sampling") },
    clusterTraffic: rest.text("cluster_traffic"),
    description: rest.text("description"),
    infoUrl: rest.text("info_url"),
  };
}

function readImport(reader: ClaimReader): ImportClaim {
  return {
    name: reader.text("name"),
    account: reader.text("account"),
    kind: reader.word("type", ["stream", "service"]),
    subject: reader.text("subject"),
    localSubject: reader.text("local_subject"),
    to: reader.text("to"),
    token: reader.text("token"),
    share: reader.flag("share"),
    allowTrace: reader.flag("allow_trace"),
  };
}

function readExport(reader: ClaimReader): ExportClaim {
  const latency = reader.objectOrNull("service_latency");
  const position = reader.integer("account_token_position");
  if (position < 0) reader.complain("an account token position is negative");
  return {
    name: reader.text("name"),
    kind: reader.word("type", ["stream", "service"]),
    subject: reader.text("subject"),
    tokenRequired: reader.flag("token_req"),
    revocations: reader.integers("revocations"),
    responseType: reader.text("response_type"),
    responseThresholdNanos: reader.integer("response_threshold"),
    latency: latency === null ? null : { sampling: sampling(latency), results: latency.text("results") },
    accountTokenPosition: position,
    allowTrace: reader.flag("allow_trace"),
    description: reader.text("description"),
    infoUrl: reader.text("info_url"),
  };
}

function sampling(latency: ClaimReader): number {
  const value = latency.raw("sampling");
  return typeof value === "string" && value.toLowerCase() === "headers" ? 0 : latency.integer("sampling");
}

function readLimits(reader: ClaimReader, version: 1 | 2): AccountLimits {
  const tiers = version === 1 ? [] : reader.entries("tiered_limits");
  return {
    subs: reader.integer("subs"),
    data: reader.integer("data"),
    payload: reader.integer("payload"),
    imports: reader.integer("imports"),
    exports: reader.integer("exports"),
    connections: reader.integer("conn"),
    leafs: reader.integer("leaf"),
    wildcardExports: reader.flag("wildcards"),
    bearerForbidden: reader.flag("disallow_bearer"),
    // Tiers replace the limits that hold for all of them.
    jetStream: readJetStream(version === 1 || tiers.length > 0 ? reader.absent() : reader),
    tiers: new Map(tiers.map(([tier, value]) => [tier, readJetStream(reader.inner(value, "tiered_limits"))])),
  };
}

function readJetStream(reader: ClaimReader): JetStreamLimits {
  return {
    memoryStorage: reader.integer("mem_storage"),
    diskStorage: reader.integer("disk_storage"),
    streams: reader.integer("streams"),
    consumers: reader.integer("consumer"),
    ackPendingMax: reader.integer("max_ack_pending"),
    memoryStreamBytesMax: reader.integer("mem_max_stream_bytes"),
    diskStreamBytesMax: reader.integer("disk_max_stream_bytes"),
    streamBytesRequired: reader.flag("max_bytes_required"),
  };
}

/** A key, or a key with the rights of its users. */
function readSigningKeys(nats: ClaimReader): ReadonlyMap<string, Scope | null> {
  const keys = new Map<string, Scope | null>();
  for (const item of nats.list("signing_keys")) {
    if (typeof item === "string") keys.set(item, null);
    else {
      const reader = nats.inner(item, "signing_keys");
      if (reader.text("kind") !== "user_scope") reader.complain("unknown signing key scope");
      const key = reader.text("key");
      keys.set(key, { key, role: reader.text("role"), template: readRights(reader.object("template"), -1) });
    }
  }
  return keys;
}

const WEIGHT_MAX = 255;

function readMappings(nats: ClaimReader): ReadonlyMap<string, readonly WeightedMapping[]> {
  return new Map(
    nats.entries("mappings").map(([source, value]) => {
      if (!Array.isArray(value)) nats.complain("a mapping is not a list");
      const items: readonly unknown[] = Array.isArray(value) ? value : [];
      return [source, items.map((item) => readMapping(nats.inner(item, "mappings")))];
    }),
  );
}

/** Without a weight all of it goes there. */
function readMapping(reader: ClaimReader): WeightedMapping {
  const weight = reader.integer("weight");
  if (weight < 0 || weight > WEIGHT_MAX) reader.complain("a weight is not between 0 and 255");
  return {
    subject: reader.text("subject"),
    weight: weight === 0 ? 100 : weight,
    cluster: reader.text("cluster"),
  };
}
