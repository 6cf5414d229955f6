// What does a forwarded message cost, in the box and in an unmodified nats-server? Both get the same load
// from the same generator in turn (A B A B), each bound to the same core, and are judged by their CPU time.

import { casesTable, runSuite, type SuiteOptions, type SuiteReport, suiteText } from "../lib/suite.ts";
import { caseName, forwardCases } from "./forward-cases.ts";

const FULL = { rounds: 5, roundMillis: 600, warmUpMillis: 500 } as const;
const QUICK = { rounds: 3, roundMillis: 400, warmUpMillis: 300 } as const;

export async function forward(options: SuiteOptions): Promise<SuiteReport> {
  const times = options.quick ? QUICK : FULL;
  return runSuite({ name: "forward", cases: forwardCases(options.quick), nameOf: caseName, times }, options);
}

export function forwardText(report: SuiteReport): string {
  return suiteText(report, [casesTable(report.cases)]);
}
