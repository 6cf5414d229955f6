// /metrics: the exporter's names for what it has, and our own for the rest.

import { scrapeAccounts } from "./metrics-accounts.ts";
import { ExporterScrape } from "./metrics-exporter.ts";
import { gatewayLinks, scrapeGateways } from "./metrics-gateways.ts";
import { scrapeLeafs } from "./metrics-leafs.ts";
import { PastTraffic } from "./metrics-past.ts";
import { scrapeProcess } from "./metrics-process.ts";
import { OwnScrape } from "./metrics-scrape.ts";
import { MetricsText } from "./metrics-text.ts";
import { type Query, QueryError } from "./query.ts";
import type { MonitorListener, MonitorSource } from "./source.ts";

export interface MetricsOptions {
  /** Whose names: ours, the exporter's, or both. */
  readonly only: "" | "isthmus" | "gnatsd";
}

export function metricsOptions(query: Query): MetricsOptions {
  const only = query.text("only");
  if (only !== "" && only !== "isthmus" && only !== "gnatsd") {
    throw new QueryError("only can be isthmus or gnatsd");
  }
  return { only };
}

export function metrics(source: MonitorSource, { only }: MetricsOptions, listener: MonitorListener): string {
  const { core } = source;
  const past = listener.past ?? new PastTraffic();
  core.forwarder.settle(); // Suppressed messages are counted where answers are cached, until somebody asks.
  past.follow(core);
  const text = new MetricsText();
  let links = null;
  if (only !== "gnatsd") {
    const own = new OwnScrape(text);
    scrapeProcess(own, source, listener, past);
    links = scrapeGateways(own, core, past);
    scrapeAccounts(own, core, past, links);
    scrapeLeafs(own, core, past);
  }
  if (only !== "isthmus") {
    new ExporterScrape(text, source, listener).scrape(links ?? gatewayLinks(core, past));
  }
  return text.text();
}
