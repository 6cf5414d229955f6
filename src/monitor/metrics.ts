// /metrics: the exporter's names for what it has, and our own for the rest.

import { scrapeAccounts } from "./metrics-accounts.ts";
import { ExporterScrape } from "./metrics-exporter.ts";
import { scrapeGateways, shownLinks } from "./metrics-gateways.ts";
import { scrapeLeafs } from "./metrics-leafs.ts";
import { PastTraffic } from "./metrics-past.ts";
import { scrapeProcess } from "./metrics-process.ts";
import { OwnScrape } from "./metrics-scrape.ts";
import { SurveyorScrape } from "./metrics-surveyor.ts";
import { MetricsText } from "./metrics-text.ts";
import { type Query, QueryError } from "./query.ts";
import type { MonitorListener, MonitorSource } from "./source.ts";

export interface MetricsOptions {
  /** Whose names: ours, the exporter's or the surveyor's; "" for ours and the exporter's. */
  readonly only: "" | "isthmus" | "gnatsd" | "nats_core";
}

export function metricsOptions(query: Query): MetricsOptions {
  const only = query.text("only");
  switch (only) {
    case "":
    case "isthmus":
    case "gnatsd":
    case "nats_core":
      return { only };
  }
  throw new QueryError("only can be isthmus, gnatsd or nats_core");
}

export function metrics(source: MonitorSource, { only }: MetricsOptions, listener: MonitorListener): string {
  const { core } = source;
  const past = listener.past ?? new PastTraffic();
  core.forwarder.settle(); // Suppressed messages are counted where answers are cached, until somebody asks.
  past.follow(core);
  const text = new MetricsText();
  if (only === "" || only === "isthmus") {
    const own = new OwnScrape(text);
    scrapeProcess(own, source, listener, past);
    scrapeAccounts(own, core, past, scrapeGateways(own, core, past));
    scrapeLeafs(own, core, past);
  }
  if (only === "" || only === "gnatsd") {
    new ExporterScrape(text, source, listener).scrape(shownLinks(core, past));
  }
  if (only === "nats_core") new SurveyorScrape(text, source).scrape(shownLinks(core, past));
  return text.text();
}
