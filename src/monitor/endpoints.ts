// Which path shows which view. Views that are asked for by message take the same options.

import { routez } from "./absent.ts";
import { accountz, accountzOptions } from "./accountz.ts";
import { accstatz, accstatzOptions } from "./accstatz.ts";
import { connz, connzOptions } from "./connz.ts";
import type { Document } from "./document.ts";
import { gatewayz, gatewayzOptions } from "./gatewayz.ts";
import { healthz, healthzOptions } from "./healthz.ts";
import { leafz, leafzOptions } from "./leafz.ts";
import type { Query } from "./query.ts";
import type { MonitorListener, MonitorSource } from "./source.ts";
import { subsz, subszOptions } from "./subsz.ts";
import { varz } from "./varz.ts";

/** What an endpoint answers: a document, or an HTML page. */
export type Answer =
  | { readonly status: number; readonly document: Document; readonly indent: 0 | 2 }
  | { readonly html: string };

export interface Endpoint {
  /** Under which name requests are counted. */
  readonly counted: string;
  /** Throws QueryError for what cannot be read. */
  answer(source: MonitorSource, query: Query, listener: MonitorListener): Answer;
}

type View = (source: MonitorSource, query: Query, listener: MonitorListener) => Document;

const endpoint = (counted: string, view: View): [string, Endpoint] => [
  counted,
  { counted, answer: (...asked) => ({ status: 200, document: view(...asked), indent: 2 }) },
];

const SUBSZ = endpoint("/subsz", (source, query) => subsz(source, subszOptions(query)));

/** By path without the base path. */
export const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>([
  ["/", { counted: "/", answer: (_source, _query, { basePath }) => ({ html: indexPage(basePath) }) }],
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
  [
    "/healthz",
    {
      counted: "/healthz",
      answer: (source, query) => ({ ...healthz(source, healthzOptions(query)), indent: 0 }),
    },
  ],
]);

const LINKS = [
  ["/varz", "General"],
  ["/gatewayz", "Gateways"],
  ["/connz", "Connections"],
  ["/subsz", "Subscriptions"],
  ["/accountz", "Accounts"],
  ["/accstatz", "Account statistics"],
  ["/routez", "Routes"],
  ["/leafz", "Leaf nodes"],
  ["/healthz", "Health"],
] as const;

/** The base path comes from the configuration, where it is checked; it is escaped all the same. */
function indexPage(basePath: string): string {
  const links = LINKS.map(
    ([path, title]) => `<li><a href="${Bun.escapeHTML(basePath + path)}">${title}</a></li>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Monitoring</title></head>
<body><ul>
${links.join("\n")}
</ul></body></html>
`;
}
