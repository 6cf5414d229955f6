// What is asked for in the body of a request in the system account: the options of the view, and which
// servers are meant at all. Read without trust, and refused in the words of Go's JSON reader, because tools
// show them. Source: nats-server 2.15, events.go, monitor.go.

import { ApplianceError } from "../base/errors.ts";
import { Query } from "./query.ts";

/** The request cannot be answered; code and text go into the answer. */
export class RequestError extends ApplianceError {
  readonly code = "request";

  constructor(
    readonly status: number,
    text: string,
  ) {
    super(text);
  }
}

export type FieldKind = "string" | "bool" | "int" | "uint64" | "[]string";
type Fields = Readonly<Record<string, FieldKind>>;

/** The options of one kind of request, as Go names them. */
export interface Shape {
  /** ConnzEventOptions. */
  readonly outer: string;
  /** ConnzOptions; "" without options of its own. */
  readonly inner: string;
  readonly fields: Fields;
}

export type Values = ReadonlyMap<string, unknown>;

/** Which servers are meant: whoever is not keeps silent. */
const FILTER: Fields = {
  server_name: "string",
  cluster: "string",
  host: "string",
  exact_match: "bool",
  tags: "[]string",
  domain: "string",
};

/** How deep a body may be nested is the reader's business; how long it may be is ours. */
const BODY_BYTES_MAX = 65_536;

/** The members of the body that are known, each of its kind. Throws RequestError. */
export function readValues(payload: Uint8Array, { outer, inner, fields }: Shape): Values {
  const values = new Map<string, unknown>();
  if (payload.length === 0) return values;
  const parsed = parse(payload);
  if (parsed === null) return values;
  if (typeof parsed !== "object" || Array.isArray(parsed)) {
    throw new RequestError(
      400,
      `json: cannot unmarshal ${kindOf(parsed)} into Go value of type server.${outer}`,
    );
  }
  for (const [written, value] of Object.entries(parsed)) {
    const name = written.toLowerCase();
    const kind = fields[name] ?? FILTER[name];
    if (kind === undefined || value === null) continue;
    if (!isOfKind(value, kind)) {
      const owner = fields[name] === undefined ? "EventFilterOptions" : inner;
      throw new RequestError(
        400,
        `json: cannot unmarshal ${kindOf(value, kind)} into Go struct field ${outer}.${owner}.${name} of type ${kind}`,
      );
    }
    values.set(name, value);
  }
  return values;
}

function parse(payload: Uint8Array): unknown {
  if (payload.length > BODY_BYTES_MAX) throw new RequestError(400, "request body too large");
  const text = Buffer.from(payload).toString("utf8");
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestError(400, syntaxFault(text));
  }
}

/** In Go's words where they are the usual ones. */
function syntaxFault(text: string): string {
  const first = text.trimStart()[0];
  if (first === undefined) return "unexpected end of JSON input";
  if (!'{["-0123456789tfn'.includes(first))
    return `invalid character ${quoted(first)} looking for beginning of value`;
  const last = text.trimEnd().at(-1)!;
  return "}]".includes(last)
    ? `invalid character ${quoted(last)} in JSON input`
    : "unexpected end of JSON input";
}

function quoted(character: string): string {
  return character === "'" ? `'\\''` : `'${JSON.stringify(character).slice(1, -1).replace('\\"', '"')}'`;
}

/** A number that is wanted, but not this one, is told. */
function kindOf(value: unknown, wanted?: FieldKind): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  const isTold = typeof value === "number" && (wanted === "int" || wanted === "uint64");
  return isTold ? `number ${value}` : typeof value;
}

function isOfKind(value: unknown, kind: FieldKind): boolean {
  switch (kind) {
    case "bool":
      return typeof value === "boolean";
    case "string":
      return typeof value === "string";
    case "[]string":
      return Array.isArray(value) && value.every((each) => typeof each === "string");
    case "int":
      return Number.isInteger(value);
    case "uint64":
      return Number.isInteger(value) && (value as number) >= 0;
  }
}

/** Who a request may mean. */
export interface Self {
  readonly name: string;
  readonly host: string;
  readonly cluster: string;
  readonly tags: readonly string[];
}

/** Is this server meant? */
export function isMeant(values: Values, self: Self): boolean {
  const exact = values.get("exact_match") === true;
  const fits = (name: string, own: string): boolean => {
    const wanted = (values.get(name) as string | undefined) ?? "";
    return wanted === "" || (exact ? own === wanted : own.includes(wanted));
  };
  if (!fits("server_name", self.name) || !fits("host", self.host) || !fits("cluster", self.cluster))
    return false;
  const tags = (values.get("tags") as readonly string[] | undefined) ?? [];
  if (!tags.every((tag) => self.tags.includes(tag))) return false;
  // We have no JetStream, so no domain is ours.
  return ((values.get("domain") as string | undefined) ?? "") === "";
}

/** Options of a message under the names that they have in a URL. */
const IN_URLS: Readonly<Record<string, string>> = {
  account_name: "acc_name",
  accounts: "accs",
  include_unused: "unused",
};

const STATES = ["open", "closed", "all"];

/** The same for a view that is asked for by URL. `more` counts over what the body says. */
export function queryOf(values: Values, more: Readonly<Record<string, string>> = {}): Query {
  const params = new URLSearchParams();
  for (const [name, value] of values) {
    if (name in FILTER) continue;
    if (name === "state") params.set("state", STATES[value as number] ?? "open");
    else params.set(IN_URLS[name] ?? name, String(value));
  }
  if (values.get("subscriptions") === true) params.set("subs", "1");
  if (values.get("subscriptions_detail") === true) params.set("subs", "detail");
  for (const [name, value] of Object.entries(more)) params.set(name, value);
  return new Query(params);
}
