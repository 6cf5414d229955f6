// Which request in the system account shows which view, and which options it takes. Source: nats-server 2.15,
// events.go.

import { routez } from "./absent.ts";
import { accountz, accountzOptions } from "./accountz.ts";
import { accstatz, accstatzOptions } from "./accstatz.ts";
import { connz, connzOptions } from "./connz.ts";
import type { Document } from "./document.ts";
import { head } from "./document.ts";
import { gatewayz, gatewayzOptions } from "./gatewayz.ts";
import { healthz, healthzOptions } from "./healthz.ts";
import { leafz, leafzOptions } from "./leafz.ts";
import type { MonitorListener, MonitorSource } from "./source.ts";
import { subsz, subszOptions } from "./subsz.ts";
import { queryOf, RequestError, type Shape, type Values } from "./system-options.ts";
import { varz } from "./varz.ts";

export interface SystemView {
  readonly shape: Shape;
  /** null: nothing is answered. Throws QueryError or RequestError. */
  show(source: MonitorSource, values: Values, listener: MonitorListener): Document | null;
}

/** The same for one account, which stands in the subject. */
export interface AccountView {
  readonly shape: Shape;
  show(source: MonitorSource, values: Values, account: string): Document | null;
}

const SUBS = { subscriptions: "bool", subscriptions_detail: "bool" } as const;

const NONE: Shape = { outer: "EventFilterOptions", inner: "", fields: {} };
const VARZ: Shape = { outer: "VarzEventOptions", inner: "VarzOptions", fields: {} };
const CONNZ: Shape = {
  outer: "ConnzEventOptions",
  inner: "ConnzOptions",
  fields: {
    ...SUBS,
    sort: "string",
    auth: "bool",
    offset: "int",
    limit: "int",
    cid: "uint64",
    mqtt_client: "string",
    state: "int",
    user: "string",
    acc: "string",
    filter_subject: "string",
  },
};
const SUBSZ: Shape = {
  outer: "SubszEventOptions",
  inner: "SubszOptions",
  fields: { offset: "int", limit: "int", subscriptions: "bool", account: "string", test: "string" },
};
const ROUTEZ: Shape = { outer: "RoutezEventOptions", inner: "RoutezOptions", fields: SUBS };
const GATEWAYZ: Shape = {
  outer: "GatewayzEventOptions",
  inner: "GatewayzOptions",
  fields: { ...SUBS, name: "string", accounts: "bool", account_name: "string" },
};
const LEAFZ: Shape = {
  outer: "LeafzEventOptions",
  inner: "LeafzOptions",
  fields: { subscriptions: "bool", account: "string" },
};
const ACCOUNTZ: Shape = {
  outer: "AccountzEventOptions",
  inner: "AccountzOptions",
  fields: { account: "string" },
};
const ACCSTATZ: Shape = {
  outer: "AccountStatzEventOptions",
  inner: "AccountStatzOptions",
  fields: { accounts: "[]string", include_unused: "bool" },
};
const HEALTHZ: Shape = {
  outer: "HealthzEventOptions",
  inner: "HealthzOptions",
  fields: {
    "js-enabled": "bool",
    "js-enabled-only": "bool",
    "js-server-only": "bool",
    "js-meta-only": "bool",
    account: "string",
    stream: "string",
    consumer: "string",
    details: "bool",
  },
};
const JSZ: Shape = { outer: "JszEventOptions", inner: "JSzOptions", fields: { account: "string" } };
const PROFILEZ: Shape = {
  outer: "ProfilezEventOptions",
  inner: "ProfilezOptions",
  fields: { name: "string", debug: "int", duration: "int" },
};

const text = (values: Values, name: string): string => (values.get(name) as string | undefined) ?? "";

/** By the last token of `$SYS.REQ.SERVER.<id>.<name>` and `$SYS.REQ.SERVER.PING.<name>`. */
export const SERVER_VIEWS: Readonly<Record<string, SystemView>> = {
  VARZ: { shape: VARZ, show: (source, _values, listener) => varz(source, listener) },
  CONNZ: { shape: CONNZ, show: (source, values) => connz(source, connzOptions(queryOf(values))) },
  SUBSZ: {
    shape: SUBSZ,
    show: (source, values) => subsz(source, subszOptions(queryOf(values, { acc: text(values, "account") }))),
  },
  ROUTEZ: { shape: ROUTEZ, show: (source) => routez(source) },
  GATEWAYZ: {
    shape: GATEWAYZ,
    show: (source, values) =>
      gatewayz(source, gatewayzOptions(queryOf(values, { gw_name: text(values, "name") }))),
  },
  LEAFZ: {
    shape: LEAFZ,
    show: (source, values) => leafz(source, leafzOptions(queryOf(values, { acc: text(values, "account") }))),
  },
  ACCOUNTZ: {
    shape: ACCOUNTZ,
    show: (source, values) =>
      accountz(source, accountzOptions(queryOf(values, { acc: text(values, "account") }))),
  },
  ACCSTATZ: { shape: ACCSTATZ, show: accountStatz },
  JSZ: { shape: JSZ, show: jsz },
  HEALTHZ: {
    shape: HEALTHZ,
    show: (source, values) => {
      const { status, document } = healthz(source, healthzOptions(queryOf(values)));
      return { ...document, status_code: status };
    },
  },
  // What there is to see only in a program written in Go, or in JetStream, is answered empty.
  EXPVARZ: { shape: NONE, show: expvarz },
  IPQUEUESZ: { shape: NONE, show: () => ({}) },
  RAFTZ: { shape: NONE, show: () => ({}) },
  PROFILEZ: { shape: PROFILEZ, show: profilez },
};

/** By the last token of `$SYS.REQ.ACCOUNT.<account>.<name>`. */
export const ACCOUNT_VIEWS: Readonly<Record<string, AccountView>> = {
  CONNZ: {
    shape: CONNZ,
    show: (source, values, account) => connz(source, connzOptions(queryOf(values, { acc: account }))),
  },
  LEAFZ: {
    shape: LEAFZ,
    show: (source, values, account) => leafz(source, leafzOptions(queryOf(values, { acc: account }))),
  },
  SUBSZ: {
    shape: SUBSZ,
    show: (source, values, account) =>
      subsz(source, subszOptions(queryOf(values, { acc: account, subs: "1" }))),
  },
  JSZ: {
    shape: JSZ,
    show: () => {
      throw new RequestError(500, "jetstream not enabled");
    },
  },
  INFO: {
    shape: NONE,
    show: (source, _values, account) => accountz(source, { account })["account_detail"] as Document,
  },
  STATZ: {
    shape: ACCSTATZ,
    // `$SYS.REQ.ACCOUNT.PING.STATZ` is a request of its own.
    show: (source, values, account) =>
      account === "PING" ? null : accountStatz(source, new Map([...values, ["accounts", [account]]])),
  },
};

/** `$SYS.REQ.ACCOUNT.PING.STATZ`. */
export const PING_STATZ: SystemView = { shape: ACCSTATZ, show: accountStatz };

/** Silence where there is nothing to tell, unless that is wanted. */
function accountStatz(source: MonitorSource, values: Values): Document | null {
  const shown = accstatz(source, accstatzOptions(queryOf(values)));
  const wanted = (values.get("accounts") as readonly string[] | undefined) ?? [];
  const all = shown["account_statz"] as { readonly acc: string }[];
  const chosen = wanted.length === 0 ? all : all.filter(({ acc }) => wanted.includes(acc));
  if (chosen.length === 0 && values.get("include_unused") !== true) return null;
  return { ...shown, account_statz: chosen };
}

/** As a nats-server without JetStream. */
function jsz(source: MonitorSource): Document {
  const zeros = (...names: string[]): Document => Object.fromEntries(names.map((name) => [name, 0]));
  return {
    ...zeros("memory", "storage", "reserved_memory", "reserved_storage", "accounts", "ha_assets"),
    api: { level: 0, total: 0, errors: 0 },
    ...head(source),
    disabled: true,
    config: { max_memory: 0, max_storage: 0 },
    ...zeros("streams", "consumers", "messages", "bytes", "total"),
  };
}

function expvarz(source: MonitorSource): Document {
  return { memstats: { Sys: source.process().memBytes }, cmdline: [source.facts().productName] };
}

function profilez(_source: MonitorSource, values: Values): Document {
  const name = text(values, "name");
  const error = name === "" ? "Profile name not specified" : `Profile ${JSON.stringify(name)} not found`;
  return { profile: null, error };
}
