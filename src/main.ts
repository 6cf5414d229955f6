#!/usr/bin/env bun
// argv to command; the only file that ends the process. Exit 0 after a clean stop, 1 for what cannot be
// started.

import { Appliance } from "./appliance/appliance.ts";
import type { Load } from "./appliance/reload.ts";
import { hearSignals } from "./appliance/signals.ts";
import { PRODUCT_VERSION } from "./base/version.ts";
import { checkConfiguration, explain, runCheck } from "./cli/check.ts";
import { parseFlags, type RunCommand } from "./cli/flags.ts";
import { runImport } from "./cli/import.ts";
import { runPlan } from "./cli/plan.ts";
import { runSignal } from "./cli/signal.ts";
import { runTool } from "./cli/tools.ts";
import { USAGE, versionLine } from "./cli/usage.ts";
import { ConfigurationError } from "./config/finding.ts";
import { loadConfiguration, loadText } from "./config/load.ts";

function end(code: number, text: string): never {
  (code === 0 ? process.stdout : process.stderr).write(text);
  process.exit(code);
}

/** Runs until it is told to stop. Signals are heard from before the first listener on, so that no stop is
 *  unclean. */
async function run({ configFile, overrides }: RunCommand): Promise<void> {
  const options = { environment: process.env, overrides };
  const load: Load = (text) =>
    text === undefined ? loadConfiguration(configFile, options) : loadText(text, "request", options);
  try {
    const appliance = new Appliance(load(), load);
    hearSignals(appliance, (code) => process.exit(code));
    appliance.ended.then(
      () => process.exit(0),
      (error: Error) => end(1, `isthmus: ${error.message}\n`),
    );
    await appliance.start();
  } catch (error) {
    const known = error instanceof ConfigurationError;
    end(1, known ? explain(error) : `isthmus: ${(error as Error).message}\n`);
  }
}

const command = parseFlags(process.argv.slice(2));
switch (command.is) {
  case "help":
    end(0, USAGE);
    break;
  case "version":
    end(0, versionLine(PRODUCT_VERSION));
    break;
  case "mistake":
    end(1, `isthmus: ${command.message}\n`);
    break;
  case "plan":
  case "signal": {
    const ran = command.is === "plan" ? runPlan(command, process.env) : runSignal(command);
    const { exitCode, stdout, stderr } = ran;
    process.stderr.write(stderr);
    end(exitCode, stdout);
    break;
  }
  case "check":
  case "import": {
    const ran = command.is === "check" ? runCheck(command, process.env) : runImport(command, process.env);
    const { exitCode, stdout, stderr } = ran;
    // Waited for, since a pipe takes little at one time.
    await Bun.write(Bun.stdout, stdout);
    await Bun.write(Bun.stderr, stderr);
    process.exit(exitCode);
    break;
  }
  case "tool":
    process.exit(await runTool(command));
    break;
  case "run":
    if (command.checkOnly) {
      const { exitCode, stderr } = checkConfiguration(command, process.env);
      process.stderr.write(stderr);
      process.exit(exitCode);
    }
    await run(command);
}
