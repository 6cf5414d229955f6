// A scrape's own metrics: only what the catalogue has can be added.

import { OWN_METRICS, type OwnName } from "./metrics-own.ts";
import type { Labels, MetricsText } from "./metrics-text.ts";

export class OwnScrape {
  constructor(private readonly to: MetricsText) {
    for (const [name, family] of Object.entries(OWN_METRICS)) to.family(name, family);
  }

  add(name: OwnName, labels: Labels, value: number): void {
    this.to.add(name, labels, value);
  }
}
