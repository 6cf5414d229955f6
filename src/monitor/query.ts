// Query parameters, read and refused in nats-server's own words. Source: monitoring.md.

import { ApplianceError } from "../base/errors.ts";

/** A parameter that cannot be read: answered with 400 and this text. */
export class QueryError extends ApplianceError {
  readonly code = "query";
}

/** How subscriptions are listed. */
export type Subs = "none" | "list" | "detail";

const TRUE = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const FALSE = new Set(["", "0", "f", "F", "FALSE", "false", "False"]);
const UINT64_MAX = (1n << 64n) - 1n;
const INT64_MAX = (1n << 63n) - 1n;

export class Query {
  constructor(private readonly params: URLSearchParams) {}

  /** The first value of this name, or "". */
  text(name: string): string {
    return this.params.get(name) ?? "";
  }

  flag(name: string): boolean {
    const value = this.text(name);
    if (TRUE.has(value)) return true;
    if (FALSE.has(value)) return false;
    throw new QueryError(`Error decoding boolean for '${name}': ${unreadable("ParseBool", value, "syntax")}`);
  }

  /** A signed integer, 0 when it is absent. */
  int(name: string): number {
    return this.#integer(name, "int", "Atoi", /^[+-]?[0-9]+$/, -INT64_MAX - 1n, INT64_MAX);
  }

  /** An unsigned integer, 0 when it is absent. */
  uint(name: string): number {
    return this.#integer(name, "uint64", "ParseUint", /^[0-9]+$/, 0n, UINT64_MAX);
  }

  subs(): Subs {
    if (this.text("subs").toLowerCase() === "detail") return "detail";
    return this.flag("subs") ? "list" : "none";
  }

  /** Which connections are meant; nats-server takes `any` for all. */
  state(): "open" | "closed" | "all" {
    const value = this.text("state");
    switch (value.toLowerCase()) {
      case "":
      case "open":
        return "open";
      case "closed":
        return "closed";
      case "any":
      case "all":
        return "all";
    }
    throw new QueryError(`Error decoding state for ${value}`);
  }

  #integer(name: string, type: string, parser: string, shape: RegExp, min: bigint, max: bigint): number {
    const value = this.text(name);
    if (value === "") return 0;
    const fail = (why: "syntax" | "range"): never => {
      throw new QueryError(`Error decoding ${type} for '${name}': ${unreadable(parser, value, why)}`);
    };
    if (!shape.test(value)) return fail("syntax");
    if (value.length > 64) return fail("range"); // Leading zeros are legal, but nobody needs that many.
    const exact = BigInt(value.replace(/^\+/, ""));
    return exact < min || exact > max ? fail("range") : Number(exact);
  }
}

function unreadable(parser: string, value: string, why: "syntax" | "range"): string {
  const text = why === "syntax" ? "invalid syntax" : "value out of range";
  return `strconv.${parser}: parsing ${quoted(value)}: ${text}`;
}

/** As Go quotes a string. */
function quoted(value: string): string {
  return JSON.stringify(value)
    .replace(/\\u00([0-9a-f]{2})/g, "\\x$1")
    .replaceAll("\x7f", "\\x7f");
}
