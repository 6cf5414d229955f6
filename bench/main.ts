// `bun run bench`: picks the suite by its name. A suite runs, reports, and says whether its counts held.

import { parseArgs } from "node:util";
import { run as interest, text as interestText } from "./interest/interest.ts";
import { suiteHeld } from "./lib/suite.ts";
import { run as transition, text as transitionText } from "./transition/transition.ts";
import { forward, forwardText } from "./versus/forward.ts";
import { leaf, leafText } from "./versus/leaf.ts";

const HELP = `bun run bench SUITE [options]

suites
  forward       what a message costs from client to gateway and from gateway to client, in the box and in an
                unmodified nats-server, in one run (about 4 minutes, --quick under one)
  leaf          the same for messages from and to leafs, plain and with S2, and what S2 leaves of their bytes
                on the wire (about 4 minutes, --quick under one)
  transition    accounts that switch to interest-only, told and telling, quiet and under live traffic, and
                churn of subscriptions (about 2 1/2 minutes, --quick under half a one)
  interest      very much interest of a remote cluster: lines taken in, memory, pauses, and how long a match
                takes (about 1 minute, --quick under half a one)

options
  --quick       fewer cases, shorter rounds
  --json        the report as JSON on stdout instead of the table
  --self        nats-server against itself: how far its ratios are from 1 is the error of the method
  --only TEXT   only cases whose name holds TEXT
  --help        this text

Progress goes to stderr. Exit code 1 when a message was lost, doubled or changed.`;

interface Options {
  readonly quick: boolean;
  readonly json: boolean;
  readonly self: boolean;
  readonly only: string;
}

/** A suite answers whether all it counted was right. */
type Suite = (options: Options) => Promise<boolean>;

const SUITES: Readonly<Record<string, Suite>> = {
  async forward(options) {
    const report = await forward(options);
    console.log(options.json ? JSON.stringify(report, null, 2) : forwardText(report));
    return suiteHeld(report);
  },
  async leaf(options) {
    const report = await leaf(options);
    console.log(options.json ? JSON.stringify(report, null, 2) : leafText(report));
    return suiteHeld(report);
  },
  async transition(options) {
    const report = await transition(options);
    console.log(options.json ? JSON.stringify(report, null, 2) : transitionText(report));
    return report.failures.length === 0;
  },
  async interest(options) {
    const report = await interest(options);
    console.log(options.json ? JSON.stringify(report, null, 2) : interestText(report));
    return report.failures.length === 0;
  },
};

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      self: { type: "boolean", default: false },
      only: { type: "string", default: "" },
      help: { type: "boolean", default: false },
    },
  });
  const [name, ...rest] = positionals;
  if (values.help || name === undefined) {
    console.log(HELP);
    return values.help ? 0 : 1;
  }
  const suite = Object.hasOwn(SUITES, name) ? SUITES[name] : undefined;
  if (suite === undefined || rest.length > 0) {
    const known = Object.keys(SUITES).join(", ");
    throw new Error(`there is no suite "${[name, ...rest].join(" ")}"; suites: ${known}`);
  }
  return (await suite(values)) ? 0 : 1;
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  console.error(`bench: ${(error as Error).message}`);
  process.exit(1);
}
