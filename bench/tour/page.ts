// docs/failure-tour.md, written from a tour: what is seen where, why, and what to do.

import { join } from "node:path";
import { REPO_ROOT } from "../../test/support/nats-server.ts";
import type { Surface } from "./surfaces.ts";
import { isSeen, type Stop, type Tour } from "./tour.ts";

export const PAGE = join(REPO_ROOT, "docs", "failure-tour.md");

const SURFACES: readonly Surface["name"][] = ["log", "endpoint", "metrics", "health", "dashboard"];

/** The table of a tour: a head, then a row for each failure with the code that each surface had. */
export function rowsOf({ stops }: Tour): string[][] {
  const shown = SURFACES.filter((surface) => stops.every(({ seen }) => seen.has(surface)));
  const cell = (stop: Stop, surface: Surface["name"]): string => {
    return isSeen(stop, surface) ? "✓" : (stop.seen.get(surface)?.code ?? "nothing");
  };
  const head = ["failure", "reason code", ...shown];
  return [
    head,
    ...stops.map((stop) => [stop.failure.title, stop.failure.code, ...shown.map((one) => cell(stop, one))]),
  ];
}

/** A title or a code as an anchor of a page. */
export function anchor(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, "")
    .replaceAll(" ", "-");
}

export function pageOf(tour: Tour): string {
  const [head, ...rows] = rowsOf(tour);
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const parts = [
    INTRODUCTION,
    [line(head!), line(head!.map(() => "---")), ...rows.map(line)].join("\n"),
    ...tour.stops.map(sectionOf),
  ];
  return `${parts.join("\n\n")}\n`;
}

function sectionOf({ failure, seen }: Stop): string {
  const { title, code, how, why, cure, runbook } = failure;
  const said = SURFACES.filter((surface) => seen.has(surface)).map((surface) => {
    return `${surface.padEnd(10)} ${plain(seen.get(surface)?.text ?? "")}`;
  });
  return `## ${title}

${how} Reason code: [${code}](reasons.md#${code === "Dial Failed" ? "not-connected" : anchor(code)}).

\`\`\`text
${said.join("\n")}
\`\`\`

**Why.** ${why}

**Do.** ${cure} More in the [runbook](runbook.md#${anchor(runbook)}).`;
}

/** Without what is another one in each run. */
function plain(text: string): string {
  return text
    .replace(/127\.0\.0\.1:\d+/g, "10.0.0.2:7222")
    .replace(/\b([gcl]id):\d+/g, "$1:7")
    .replace(/"count":\d+/, '"count":1')
    .replace(/"state":"dialing"/, '"state":"waiting"')
    .replace(/\d+ bytes pending/, "1048700 bytes pending");
}

const INTRODUCTION = `# Failure tour

<!-- Written by \`bun run tour --write\`; a test walks the tour and compares the table. -->

\`bun run tour\` makes failures between real servers on the loopback, one after the other: a box, two regions,
a hub and an edge that are nats-servers, and a client. Each is looked for where an operator looks, and must
have the same [reason code](reasons.md) everywhere; then it is made good again, and every link must come back
by itself.

- **log**: a line with the field \`reason\` (\`log_format: json\`); the text of that line stands below
- **endpoint**: \`reason\` in \`/gatewayz\` (\`outbound_gateways\`), \`/leafz\` (\`remotes\`) or
  \`/connz?state=closed\`
- **metrics**: label \`reason\` of \`isthmus_gateway_down_info\`, \`isthmus_leaf_remote_down_info\` or
  \`isthmus_connections_closed_total\`
- **health**: \`/healthz?details=1\`, in \`details\` what is down and in \`ended_lately\` who was cut in the
  last five minutes. The status stays 200, and that of \`/readyz\`: a restart of the box would not help
- **dashboard**: the card on the map, and the table of closed clients`;
