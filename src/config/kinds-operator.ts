// The kinds of scalar values that operator mode brought along.

import { z } from "zod";
import { isPublicKey } from "../auth/nkey.ts";
import { CONNECTION_TYPES, type ConnectionType } from "../auth/user-login.ts";
import type { Parsed } from "./address.ts";
import { OTHER_KIND, parsed } from "./kinds.ts";

/** Where the JWTs of accounts are: in resolver_preload, or at this URL with the account's key behind it. */
export type Resolver = { readonly is: "memory" } | { readonly is: "url"; readonly url: string };

/** What a block of `resolver` may be. */
export type ResolverType = "memory" | "full" | "cache";

export function resolverType() {
  const values = ["full", "cache", "memory"];
  const note = { wants: "full, cache or memory", example: "full", values };
  return parsed(z.string(), note, (value): Parsed<ResolverType> => {
    const written = value.toLowerCase();
    if (written === "mem") return { value: "memory" };
    if (written === "memory" || written === "full" || written === "cache") return { value: written };
    return { problem: OTHER_KIND };
  });
}

const URL_CALL = /^url\(\s*(["']?)(.*)\1\s*\)$/i;

export function resolver() {
  const note = { wants: "a resolver", example: "MEMORY" };
  return parsed(z.string(), note, (value): Parsed<Resolver> => {
    const written = value.trim();
    if (/^mem(ory)?$/i.test(written)) return { value: { is: "memory" } };
    const url = urlOf(URL_CALL.exec(written)?.[2]?.trim() ?? written);
    if (url !== null) return { value: { is: "url", url } };
    return {
      problem: "not a resolver; write MEMORY, URL(https://host/jwt/v1/accounts/) or {type: full, dir: ./jwt}",
    };
  });
}

/** As accounts are asked for below it, with a slash at its end; null when it is none. */
export function urlOf(written: string): string | null {
  if (!/^https?:\/\/[^\s/]/i.test(written) || !URL.canParse(written)) return null;
  return written.endsWith("/") ? written : `${written}/`;
}

/** How a user may come, in any case. */
export function connectionType() {
  const note = { wants: "a connection type", example: "STANDARD", values: CONNECTION_TYPES };
  return parsed(z.string(), note, (value): Parsed<ConnectionType> => {
    const written = CONNECTION_TYPES.find((type) => type === value.toUpperCase());
    if (written !== undefined) return { value: written };
    return { problem: `not a connection type; there are ${CONNECTION_TYPES.join(", ")}` };
  });
}

export function publicOperatorKey() {
  const note = { wants: "the public key of an operator", example: `O${"A".repeat(7)}...` };
  return parsed(z.string(), note, (value): Parsed<string> => {
    if (isPublicKey(value, "operator")) return { value };
    return { problem: "not the public key of an operator: 56 letters and digits that begin with O" };
  });
}

export function publicAccountKey() {
  const note = { wants: "the public key of an account", example: `A${"A".repeat(7)}...` };
  return parsed(z.string(), note, (value): Parsed<string> => {
    if (isPublicKey(value, "account")) return { value };
    return { problem: "not the public key of an account: 56 letters and digits that begin with A" };
  });
}
