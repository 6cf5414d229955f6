// Which path shows which view. Views that are asked for by message take the same options.

import { debugVars, ipqueuesz, jsz, NO_RAFT, routez, STACKS } from "./absent.ts";
import { accountz, accountzOptions } from "./accountz.ts";
import { accstatz, accstatzOptions } from "./accstatz.ts";
import { connz, connzOptions } from "./connz.ts";
import type { Document } from "./document.ts";
import { explainz, explainzOptions } from "./explainz.ts";
import { gatewayz, gatewayzOptions } from "./gatewayz.ts";
import { type Health, healthz, healthzOptions } from "./healthz.ts";
import { leafz, leafzOptions } from "./leafz.ts";
import { metrics, metricsOptions } from "./metrics.ts";
import { METRICS_TYPE } from "./metrics-text.ts";
import { livez, readyz } from "./probes.ts";
import type { Query } from "./query.ts";
import type { MonitorListener, MonitorSource } from "./source.ts";
import { subsz, subszOptions } from "./subsz.ts";
import { UI_PATH } from "./ui.ts";
import { varz } from "./varz.ts";

/** What an endpoint answers: a document, or a text of another type. */
export type Answer =
  | { readonly status: number; readonly document: Document; readonly indent: 0 | 2 }
  | { readonly status?: number; readonly body: string; readonly type: string };

export interface Endpoint {
  /** Under which name requests are counted. */
  readonly counted: string;
  /** It costs next to nothing, and somebody restarts us by it: never refused, never late. */
  readonly isProbe?: boolean;
  /** Throws QueryError for what cannot be read. */
  answer(source: MonitorSource, query: Query, listener: MonitorListener): Answer;
}

type View = (source: MonitorSource, query: Query, listener: MonitorListener) => Document;

const endpoint = (counted: string, view: View): [string, Endpoint] => [
  counted,
  { counted, answer: (...asked) => ({ status: 200, document: view(...asked), indent: 2 }) },
];

const probe = (
  counted: string,
  view: (source: MonitorSource, query: Query) => Health,
): [string, Endpoint] => [
  counted,
  { counted, isProbe: true, answer: (source, query) => ({ ...view(source, query), indent: 0 }) },
];

const INDEX: Endpoint = {
  counted: "/",
  answer: (_source, _query, { basePath }) => ({
    body: indexPage(basePath),
    type: "text/html; charset=utf-8",
  }),
};

const TEXT = "text/plain; charset=utf-8";

const METRICS: Endpoint = {
  counted: "/metrics",
  answer: (source, query, listener) => ({
    body: metrics(source, metricsOptions(query), listener),
    type: METRICS_TYPE,
  }),
};

const RAFTZ: Endpoint = {
  counted: "/raftz",
  answer: () => ({ status: 404, body: NO_RAFT, type: TEXT }),
};

/** It is text, and nats-server calls it so all the same. */
const STACKSZ: Endpoint = {
  counted: "/stacksz",
  answer: () => ({ body: STACKS, type: "application/json" }),
};

const SUBSZ = endpoint("/subsz", (source, query) => subsz(source, subszOptions(query)));

/** By path without the base path. */
export const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>([
  ["/", INDEX],
  endpoint("/varz", (source, _query, listener) => varz(source, listener)),
  endpoint("/gatewayz", (source, query) => gatewayz(source, gatewayzOptions(query))),
  endpoint("/connz", (source, query) => connz(source, connzOptions(query))),
  SUBSZ,
  ["/subscriptionsz", SUBSZ[1]],
  endpoint("/accountz", (source, query) => accountz(source, accountzOptions(query))),
  endpoint("/accstatz", (source, query) => accstatz(source, accstatzOptions(query))),
  endpoint("/routez", (source, query) => {
    query.subs();
    return routez(source);
  }),
  endpoint("/leafz", (source, query) => leafz(source, leafzOptions(query))),
  endpoint("/explainz", (source, query) => explainz(source, explainzOptions(query))),
  endpoint("/jsz", (source, query) => jsz(source, query)),
  ["/raftz", RAFTZ],
  endpoint("/ipqueuesz", (_source, query) => ipqueuesz(query)),
  ["/stacksz", STACKSZ],
  endpoint("/debug/vars", (source) => debugVars(source)),
  ["/metrics", METRICS],
  probe("/healthz", (source, query) => healthz(source, healthzOptions(query))),
  probe("/livez", () => livez()),
  probe("/readyz", (source) => readyz(source)),
]);

const LINKS = [
  [UI_PATH, "Dashboard"],
  ["/varz", "General"],
  ["/gatewayz", "Gateways"],
  ["/connz", "Connections"],
  ["/subsz", "Subscriptions"],
  ["/accountz", "Accounts"],
  ["/accstatz", "Account statistics"],
  ["/routez", "Routes"],
  ["/leafz", "Leaf nodes"],
  ["/explainz", "Who gets a subject"],
  ["/jsz", "JetStream"],
  ["/raftz", "Raft"],
  ["/ipqueuesz", "Queues"],
  ["/stacksz", "Stacks"],
  ["/debug/vars", "Variables"],
  ["/healthz", "Health"],
  ["/livez", "Alive"],
  ["/readyz", "Ready"],
  ["/metrics", "Metrics"],
] as const;

/** The base path comes from the configuration, where it is checked; it is escaped all the same. */
function indexPage(basePath: string): string {
  const links = LINKS.map(
    ([path, title]) => `<li><a href="${Bun.escapeHTML(basePath + path)}">${title}</a></li>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Monitoring</title>
<link rel="icon" href="${Bun.escapeHTML(`${basePath}${UI_PATH}icon.svg`)}" type="image/svg+xml"></head>
<body><ul>
${links.join("\n")}
</ul></body></html>
`;
}
