// docs/metrics.md, made from the catalogue of our own metrics. `bun test/monitor/metrics-doc.ts` writes it.

import { writeFileSync } from "node:fs";
import { OWN_METRICS, type OwnMetric } from "../../src/monitor/metrics-own.ts";

export const METRICS_PAGE = `${import.meta.dir}/../../docs/metrics.md`;

const GROUPS = [
  ["The box", (name: string) => !/^isthmus_(?:gateway|leaf)_/.test(name)],
  ["Gateways", (name: string) => /^isthmus_gateway_(?!account_)/.test(name)],
  ["Accounts on gateways", (name: string) => name.startsWith("isthmus_gateway_account_")],
  ["Leaf nodes", (name: string) => name.startsWith("isthmus_leaf_")],
] as const;

const HEAD = `# Metrics

<!-- Written by \`bun test/monitor/metrics-doc.ts\` from src/monitor/metrics-own.ts. -->

\`/metrics\` on the monitoring port answers in Prometheus text format 0.0.4: our own metrics, which
stand below, and those of prometheus-nats-exporter under its own names (\`gnatsd_varz_*\`,
\`gnatsd_connz_*\`, \`gnatsd_subsz_*\`, \`gnatsd_routez_*\`, \`gnatsd_gatewayz_*\`,
\`gnatsd_leafz_*\`, \`gnatsd_accstatz_*\`, \`gnatsd_healthz_*\`), so that its dashboards work
without it. \`/metrics?only=isthmus\` and \`/metrics?only=gnatsd\` answer one of the two, and
\`/metrics?only=nats_core\` answers with nats-surveyor's names (\`nats_core_*\`) instead.

A remote that is configured has its series whether it is up or not. Counters go on when a link comes
back, and begin at 0 when the box starts. \`direction\` is, of gateways, \`outbound\` for the
connections that we dial and our messages leave by, and \`inbound\` for those that dial us and
theirs come by; elsewhere it is \`in\` and \`out\`. Reasons are those of [reasons.md](reasons.md).
At most 1,000 gateways, 1,000 accounts of gateways in one direction and 1,000 leafs have series;
\`isthmus_metrics_left_out\` tells how many more there are.

Scrapes and all other monitoring requests together take at most a fifth of the box's time: what
comes too fast waits its turn, and is refused with 503 when too many wait. \`/livez\`, \`/readyz\`
and \`/healthz\` are always answered.
`;

export function metricsPage(): string {
  const all: [string, OwnMetric][] = Object.entries(OWN_METRICS);
  const tables = GROUPS.map(([title, belongs]) => {
    const rows = all
      .filter(([name]) => belongs(name))
      .map(([name, { type, labels, help }]) => {
        const shown = labels.map((label) => `\`${label}\``).join(" ");
        return `| \`${name}\` | ${type} | ${shown} | ${help.replaceAll("|", "\\|")} |`;
      });
    return `\n## ${title}\n\n| name | type | labels | what it tells |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`;
  });
  return HEAD + tables.join("");
}

if (import.meta.main) writeFileSync(METRICS_PAGE, metricsPage());
