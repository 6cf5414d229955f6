// The loads of the suites that compare with nats-server, one model for all: what a case is called, and what
// is wanted of it. Targets: docs/benchmarks.md.

import type { Case } from "../lib/duel.ts";
import type { LoadSpec } from "../lib/frames.ts";
import { grouped, sizeText } from "../lib/table.ts";

export const MANY_SUBJECTS = 10_000;

type Wanted = Partial<LoadSpec> & Pick<LoadSpec, "direction" | "size">;

/** A row that is judged. */
export function mainCase(wanted: Wanted, target: number | null = null): Case {
  const spec: LoadSpec = { subjects: 1, connections: 1, ...wanted };
  return { name: caseName(spec), spec, target, isSide: false };
}

/** A row that teaches something beside the main ones: shorter, and so less exact. */
export function sideCase(wanted: Wanted, target: number | null = null): Case {
  return { ...mainCase(wanted, target), isSide: true };
}

export function isCompressed({ compression }: LoadSpec): boolean {
  return (compression ?? "off") !== "off";
}

/** What is not as usual is told: one subject, one connection, plain text in clear is not. */
function caseName(spec: LoadSpec): string {
  const way = spec.direction.replace("-to-", "→");
  const content = spec.content === undefined || spec.content === "text" ? "" : ` ${spec.content}`;
  const wildcard = spec.wildcard === true ? " by one wildcard" : "";
  const fanout = spec.fanout !== undefined;
  const parts = [
    `${way} ${sizeText(spec.size)}${content}`,
    spec.subjects === 1 ? "" : `${grouped(spec.subjects)} subjects${wildcard}`,
    spec.connections === 1 || fanout ? "" : `${grouped(spec.connections)} connections`,
    fanout ? `fan-out ${spec.fanout}` : "",
    spec.queues === undefined ? "" : `${spec.queues.length} queue groups`,
    spec.reply === true ? "with reply" : "",
    spec.headers === true ? "with headers" : "",
    spec.tls === undefined ? "" : `TLS of the ${spec.tls}`,
    isCompressed(spec) ? `${spec.compression}` : "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}
