// All suites by name, in the order in which they run.

import { run as cores, text as coresText } from "./cores/cores.ts";
import { run as interest, text as interestText } from "./interest/interest.ts";
import { run as latency, text as latencyText } from "./latency/latency.ts";
import type { Report, SuiteOptions } from "./lib/report.ts";
import { run as limits, text as limitsText } from "./limits/limits.ts";
import { run as micro, text as microText } from "./micro/micro.ts";
import { run as request, text as requestText } from "./request/request.ts";
import { run as soak, text as soakText } from "./soak/soak.ts";
import { run as transition, text as transitionText } from "./transition/transition.ts";
import { forward, forwardText } from "./versus/forward.ts";
import { leaf, leafText } from "./versus/leaf.ts";

export interface Suite {
  /** For the help. */
  readonly says: string;
  /** Whether it runs when none is named. */
  readonly inWhole: boolean;
  run(options: SuiteOptions): Promise<Report>;
  /** A report of its own for the terminal. */
  text(report: Report): string;
}

/** A suite takes the reports that it made itself, also when they come back from a file. */
function suite<Own extends Report>(
  says: string,
  run: (options: SuiteOptions) => Promise<Own>,
  text: (report: Own) => string,
  inWhole = true,
): Suite {
  return { says, inWhole, run, text: (report) => text(report as Own) };
}

export const SUITES: Readonly<Record<string, Suite>> = {
  transition: suite(
    "accounts that switch to interest-only, told and telling, quiet and under live traffic, and churn",
    transition,
    transitionText,
  ),
  forward: suite(
    "what a message costs between clients and gateways, beside nats-server",
    forward,
    forwardText,
  ),
  leaf: suite(
    "the same from and to leafs, plain and with S2, and what S2 leaves of their bytes",
    leaf,
    leafText,
  ),
  interest: suite(
    "very much interest of a remote cluster: lines taken in, memory, pauses, and how long a match takes",
    interest,
    interestText,
  ),
  limits: suite("what is possible: relays in Bun, Go and C that look at nothing", limits, limitsText),
  latency: suite("what the hop adds at 10, 50 and 80 % of capacity, by planned times", latency, latencyText),
  request: suite("what a request costs that is answered in another region", request, requestText),
  micro: suite("what the parts of the data path cost without sockets, in nanoseconds", micro, microText),
  cores: suite(
    "two processes on two cores beside one, and what they pay for it (not of the whole run)",
    cores,
    coresText,
    false,
  ),
  soak: suite("memory and latency of two boxes over time (not of the whole run)", soak, soakText, false),
};

/** The named suites, or all that belong to a whole run. Fails at a name that there is not. */
export function suitesNamed(names: readonly string[]): [name: string, suite: Suite][] {
  if (names.length === 0) return Object.entries(SUITES).filter(([, { inWhole }]) => inWhole);
  return names.map((name) => {
    const found = Object.hasOwn(SUITES, name) ? SUITES[name] : undefined;
    const known = Object.keys(SUITES).join(", ");
    if (found === undefined) throw new Error(`there is no suite "${name}"; suites: ${known}`);
    return [name, found];
  });
}
