// Imports and mappings for tests, with what is mostly the same filled in.

import type { ServiceImportOptions, TrafficOptions } from "../../src/forward/traffic-options.ts";

export const traffic = (account: string, more: Partial<TrafficOptions>): TrafficOptions => ({
  account,
  streams: [],
  services: [],
  mappings: [],
  ...more,
});

export const service = (
  account: string,
  subject: string,
  to: string,
  more: Partial<ServiceImportOptions> = {},
): ServiceImportOptions => ({
  account,
  subject,
  to,
  response: "single",
  thresholdMillis: 120_000,
  share: false,
  ...more,
});

export const maps = (source: string, ...destinations: (readonly [string, number, (string | null)?])[]) => ({
  source,
  destinations: destinations.map(([destination, weight, cluster = null]) => ({
    destination,
    weight,
    cluster,
  })),
});
