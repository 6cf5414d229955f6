// `bun run bench:compare`: fails when a ratio has fallen by more than is noise against bench/baseline.json.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { failuresOf, type SuiteOptions, type WholeReport } from "../lib/report.ts";
import { table } from "../lib/table.ts";
import { runSuites } from "../run.ts";
import { suitesNamed } from "../suites.ts";
import { type Baseline, readBaseline } from "./baseline.ts";
import { betterOf, type Compared, compareWith, FALL_MAX } from "./compare.ts";

const FALL = FALL_MAX * 100;
const HELP = `bun run bench:compare [SUITE ...] [--quick] [--from FILE]

Runs the suites (all of them, or those named) and holds each ratio against bench/baseline.json. A row that
has fallen by more than ${FALL} % is measured once more, and the better of both counts. --from FILE judges
a report that was kept (bench/out/report.json) as it is. Exit code 1 when a ratio has fallen, or a count did
not hold.`;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: "boolean", default: false },
      from: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const baseline = readBaseline();
  const options: SuiteOptions = { quick: values.quick, self: false, only: "", minutes: 1 };
  const report =
    values.from === undefined
      ? await runSuites(suitesNamed(positionals), options)
      : (JSON.parse(readFileSync(values.from, "utf8")) as WholeReport);
  let rows = compareWith(baseline, report.suites);
  if (rows.length === 0) throw new Error("no row of this run is in the baseline");
  if (values.from === undefined) rows = await measuredAgain(baseline, rows, options);
  console.log(textOf(rows));
  const failures = failuresOf(report.suites);
  for (const failure of failures) console.log(`FAILED ${failure}`);
  const fallen = rows.filter(({ hasFallen }) => hasFallen);
  for (const { suite, name, accepted, is } of fallen) {
    console.log(`FALLEN ${suite}: ${name}: ${is === null ? "no ratio" : is.toFixed(2)}, was ${accepted}`);
  }
  return fallen.length + failures.length === 0 ? 0 : 1;
}

async function measuredAgain(
  baseline: Baseline,
  first: readonly Compared[],
  options: SuiteOptions,
): Promise<Compared[]> {
  let best = [...first];
  for (const { suite, name, hasFallen } of first) {
    if (!hasFallen) continue;
    const { suites } = await runSuites(suitesNamed([suite]), { ...options, only: name });
    best = betterOf(best, compareWith(baseline, suites));
  }
  return best;
}

function textOf(rows: readonly Compared[]): string {
  const head = ["", "accepted", "is", ""];
  const cells = rows.map(({ suite, name, accepted, is, hasFallen }) => [
    `${suite}: ${name}`,
    accepted.toFixed(2),
    is === null ? "–" : is.toFixed(2),
    hasFallen ? "FALLEN" : "",
  ]);
  return table(head, cells, ["left", "right", "right", "left"]);
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  console.error(`bench:compare: ${(error as Error).message}`);
  process.exit(1);
}
