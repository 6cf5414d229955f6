// Imports that lead round to where they began. Source: nats-server 2.15, checkStreamImportsForCycles and
// checkServiceImportsForCycles.

import { withWildcards } from "../subject/mapping.ts";
import type { Places } from "./places.ts";
import type { ImportSettings } from "./schema-traffic.ts";
import { type Kind, localForm, subjectCovers, subjectsCollide, type WrittenTraffic } from "./traffic.ts";

/** One import as the search sees it. */
interface Edge {
  readonly exporter: string;
  /** In the exporting account, and here. */
  readonly subject: string;
  readonly local: string;
}

type Graph = ReadonlyMap<string, readonly Edge[]>;

export function checkCycles(written: readonly WrittenTraffic[], places: Places): void {
  for (const kind of ["stream", "service"] as const) {
    const graph = new Map(written.map(({ account, imports }) => [account, edgesOf(imports, kind)]));
    const exported = new Map(
      written.map(({ account, exports }) => [account, exports.flatMap((each) => each[kind] ?? [])]),
    );
    for (const { account, path, imports } of written) {
      for (const [at, each] of imports.entries()) {
        const [edge] = edgesOf([each], kind);
        if (edge === undefined || !isCycle(kind, graph, exported, account, edge)) continue;
        const message = `imports of ${account} and ${edge.exporter} lead round in a circle`;
        places.onValue([...path, "imports", at], message);
      }
    }
  }
}

function edgesOf(imports: readonly ImportSettings[], kind: Kind): Edge[] {
  return imports.flatMap((each) => {
    const { account: exporter, subject } = each[kind] ?? {};
    if (exporter === undefined || subject === undefined) return [];
    return [{ exporter, subject, local: withWildcards(localForm(each)).pattern }];
  });
}

function isCycle(
  kind: Kind,
  graph: Graph,
  exported: ReadonlyMap<string, readonly string[]>,
  account: string,
  { exporter, subject, local }: Edge,
): boolean {
  const leads = (at: string, wanted: string, visited: Set<string>): boolean => {
    if (kind === "stream" && !(exported.get(at) ?? []).some((each) => subjectCovers(each, wanted)))
      return false;
    for (const edge of graph.get(at) ?? []) {
      const there = kind === "stream" ? edge.local : edge.subject;
      if (!subjectsCollide(wanted, there)) continue;
      if (visited.has(edge.exporter)) return true;
      visited.add(at);
      const next = subjectCovers(wanted, edge.local) ? edge.local : wanted;
      if (leads(edge.exporter, next, visited)) return true;
    }
    return false;
  };
  const from = kind === "stream" ? [local, subject] : [local];
  return from.some((wanted) => leads(exporter, wanted, new Set([account])));
}
