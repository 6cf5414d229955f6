// `bun run bench`: which suites run, with which options, and what is made of what they say.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { writeBaseline } from "./compare/baseline.ts";
import { failuresOf, type SuiteOptions, type WholeReport } from "./lib/report.ts";
import { writeDocs } from "./report/docs.ts";
import { outFiles } from "./report/out.ts";
import { wholeText } from "./report/text.ts";
import { runSuites } from "./run.ts";
import { SUITES, suitesNamed } from "./suites.ts";

const HELP = `bun run bench [SUITE ...] [options]

Without a suite all of them but cores and soak, in under ten minutes (--quick: two minutes): the box beside an
unmodified nats-server, which is fetched if need be. At the end tables here, and bench/out/report.html with
plots.

suites
${Object.entries(SUITES)
  .map(([name, { says }]) => `  ${name.padEnd(12)}  ${says}`)
  .join("\n")}

options
  --quick           fewer cases, shorter rounds
  --json            the report as JSON on stdout instead of the tables
  --only TEXT       only cases whose name holds TEXT
  --self            nats-server against itself: how far its ratios are from 1 is the error of the method
  --minutes N       how long soak takes (5)
  --from FILE       a report that was kept (bench/out/report.json) instead of a run
  --write-docs      docs/benchmarks.md and its figures, from this run
  --write-baseline  bench/baseline.json, from this run: what bun run bench:compare compares with
  --help            this text

Progress goes to stderr. Exit code 1 when a message was lost, doubled or changed, or a case could not run.`;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      self: { type: "boolean", default: false },
      only: { type: "string", default: "" },
      minutes: { type: "string", default: "5" },
      from: { type: "string" },
      "write-docs": { type: "boolean", default: false },
      "write-baseline": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error(`--minutes wants a number above 0, not "${values.minutes}"`);
  const options: SuiteOptions = { ...values, minutes };
  const report =
    values.from === undefined
      ? await runSuites(suitesNamed(positionals), options)
      : (JSON.parse(readFileSync(values.from, "utf8")) as WholeReport);
  const files = values.from === undefined ? outFiles(report, positionals.join("-") || "report") : [];
  console.log(values.json ? JSON.stringify(report, null, 2) : wholeText(report));
  if (values["write-docs"]) files.push(...writeDocs(report));
  if (values["write-baseline"]) files.push(writeBaseline(report));
  for (const file of files) console.error(`wrote ${file}`);
  return failuresOf(report.suites).length === 0 ? 0 : 1;
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  console.error(`bench: ${(error as Error).message}`);
  process.exit(1);
}
