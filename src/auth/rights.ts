// What a user may do, as JWTs say it: in his own, in the template of a scoped signing key, and in the default
// permissions of an account. Source: client-and-auth.md §4.

import type { ClaimReader } from "./claim-reader.ts";
import type { Permission } from "./permission.ts";

/** Permissions as they are written; an empty one says nothing. */
export interface PermissionClaims {
  readonly publish: Permission;
  readonly subscribe: Permission;
  /** Without: no answers beyond what may be published. */
  readonly responses: { readonly max: number; readonly ttlNanos: number } | null;
}

/** A time of day, "HH:MM:SS". */
export interface TimeOfDayRange {
  readonly start: string;
  readonly end: string;
}

export interface UserRights {
  readonly permissions: PermissionClaims;
  /** CIDR blocks; empty: from everywhere. */
  readonly sources: readonly string[];
  /** Empty: always. */
  readonly times: readonly TimeOfDayRange[];
  /** IANA name; "": where the server is. */
  readonly timeZone: string;
  /** -1: no limit. */
  readonly subs: number;
  readonly data: number;
  readonly payload: number;
  readonly bearer: boolean;
  readonly proxyRequired: boolean;
  /** Empty: all. */
  readonly connectionTypes: readonly string[];
}

/** How often and how long a reply may be answered; -1: without end. */
export interface AllowedResponses {
  readonly max: number;
  readonly expiresMillis: number;
}

/** Permissions as they take effect; null: everything. */
export interface EffectivePermissions {
  readonly publish: Permission | null;
  readonly subscribe: Permission | null;
  readonly allowResponses: AllowedResponses | null;
}

/** `absent` is what a number means that is not there: 0 in a JWT, -1 in a template and in version 1. */
export function readRights(reader: ClaimReader, absent: 0 | -1): UserRights {
  return {
    permissions: readPermissions(reader),
    sources: readSources(reader),
    times: reader.objects("times").map((time) => ({ start: time.text("start"), end: time.text("end") })),
    timeZone: reader.text("times_location"),
    subs: reader.integer("subs", absent),
    data: reader.integer("data", absent),
    payload: reader.integer("payload", absent),
    bearer: reader.flag("bearer_token"),
    proxyRequired: reader.flag("proxy_required"),
    connectionTypes: reader.texts("allowed_connection_types"),
  };
}

export function readPermissions(reader: ClaimReader): PermissionClaims {
  const responses = reader.objectOrNull("resp");
  return {
    publish: readPermission(reader.object("pub")),
    subscribe: readPermission(reader.object("sub")),
    responses:
      responses === null ? null : { max: responses.integer("max"), ttlNanos: responses.integer("ttl") },
  };
}

function readPermission(reader: ClaimReader): Permission {
  return { allow: reader.textsOrNull("allow"), deny: reader.texts("deny") };
}

/** A list, or one text with commas. */
function readSources(reader: ClaimReader): readonly string[] {
  const value = reader.raw("src");
  if (typeof value !== "string") return reader.texts("src");
  const blocks = value.toLowerCase().split(",");
  return [...new Set(blocks.map((block) => block.trim()).filter((block) => block !== ""))];
}

const saysNothing = ({ allow, deny }: Permission): boolean => (allow ?? []).length + deny.length === 0;

/** Nothing is granted and nothing is bounded: what a user must bring whose signing key has a template. */
export function areEmpty(rights: UserRights): boolean {
  const { permissions, sources, times, timeZone, subs, data, payload, connectionTypes } = rights;
  const { publish, subscribe, responses } = permissions;
  return (
    saysNothing(publish) &&
    saysNothing(subscribe) &&
    responses === null &&
    sources.length + times.length + timeZone.length + connectionTypes.length === 0 &&
    subs === 0 &&
    data === 0 &&
    payload === 0 &&
    !rights.bearer &&
    !rights.proxyRequired
  );
}

const RESPONSES_DEFAULT = 1;
const RESPONSE_MILLIS_DEFAULT = 120_000;
const NANOS_PER_MILLI = 1_000_000;

/** null when these claims say nothing at all, so that others count. Source: client-and-auth.md §2. */
export function effective(claims: PermissionClaims): EffectivePermissions | null {
  const { responses } = claims;
  const subscribe = saysNothing(claims.subscribe) ? null : withoutEmptyAllow(claims.subscribe);
  const publish = saysNothing(claims.publish) ? null : claims.publish;
  if (responses === null) {
    return publish === null && subscribe === null ? null : { publish, subscribe, allowResponses: null };
  }
  return {
    // Who may answer may not do more than that unless it is allowed.
    publish: { allow: publish?.allow ?? [], deny: publish?.deny ?? [] },
    subscribe,
    allowResponses: {
      max: bounded(responses.max, RESPONSES_DEFAULT),
      expiresMillis: bounded(responses.ttlNanos / NANOS_PER_MILLI, RESPONSE_MILLIS_DEFAULT),
    },
  };
}

/** An empty list of what may be subscribed to is none; one of what may be published allows nothing. */
function withoutEmptyAllow({ allow, deny }: Permission): Permission {
  return { allow: allow?.length === 0 ? null : allow, deny };
}

function bounded(value: number, instead: number): number {
  if (value === 0) return instead;
  return value < 0 ? -1 : Math.ceil(value);
}
