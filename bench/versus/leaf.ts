// What does a message cost over a leaf link, plain and compressed, in the box and in an unmodified
// nats-server? Both are hub and gateway and configured alike; the load plays spokes and a remote gateway.

import type { Figures } from "../lib/duel.ts";
import type { SuiteOptions } from "../lib/report.ts";
import { casesTable, runSuite, type SuiteReport, suiteText } from "../lib/suite.ts";
import { isCompressed } from "./cases.ts";
import { leafCases } from "./leaf-cases.ts";
import { times } from "./times.ts";

export async function leaf(options: SuiteOptions): Promise<SuiteReport> {
  return runSuite({ name: "leaf", cases: leafCases(options.quick), ...times(options.quick) }, options);
}

const WIRE_HEAD = ["nats B/msg", "box B/msg", "nats KiB/block", "box KiB/block"];
const WIRE_NOTES = [
  "B/msg is on the wire of the leaf hop; to a gateway it is what the load sends to both, an S2 stream for each",
  "64 KiB. KiB/block is how much the system compressed in one go. Before the rounds messages are compared byte",
  "for byte, and all blocks decoded under load; in the rounds the blocks are asked for their length.",
];

export function leafText(report: SuiteReport): string {
  const plain = report.cases.filter((one) => !isCompressed(one.spec));
  const compressed = report.cases.filter((one) => isCompressed(one.spec));
  const tables: string[] = [];
  if (plain.length > 0) tables.push(casesTable(plain));
  if (compressed.length > 0) {
    const wire = casesTable(compressed, WIRE_HEAD, (nats, box) => [
      bytesText(nats),
      bytesText(box),
      blockText(nats),
      blockText(box),
    ]);
    tables.push(wire, WIRE_NOTES.join("\n"));
  }
  return suiteText(report, tables);
}

function bytesText(figures: Figures): string {
  return figures.leafBytes?.median.toFixed(1) ?? "";
}

function blockText(figures: Figures): string {
  return figures.blockBytes === null ? "" : (figures.blockBytes.median / 1_024).toFixed(1);
}
