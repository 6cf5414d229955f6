#!/usr/bin/env bun
// argv to command; the only file that ends the process. Exit 0 after a clean stop, 1 for what cannot be
// started.

import { Appliance } from "./appliance/appliance.ts";
import { PRODUCT_VERSION } from "./base/version.ts";
import { checkConfiguration, explain, runCheck } from "./cli/check.ts";
import { parseFlags, type RunCommand } from "./cli/flags.ts";
import { runImport } from "./cli/import.ts";
import { planLine, runPlan } from "./cli/plan.ts";
import { USAGE, versionLine } from "./cli/usage.ts";
import { ConfigurationError } from "./config/finding.ts";
import { loadConfiguration } from "./config/load.ts";

function end(code: number, text: string): never {
  (code === 0 ? process.stdout : process.stderr).write(text);
  process.exit(code);
}

/** Runs until a signal. They are heard from before the first listener on, so that no stop is unclean. */
function run(command: RunCommand): void {
  const { configFile, overrides } = command;
  try {
    const loaded = loadConfiguration(configFile, { environment: process.env, overrides });
    const appliance: Appliance = new Appliance(loaded, {
      reload: async () => reload(appliance, command),
      // As the signal that asks for it.
      lameDuck: () => void process.kill(process.pid, "SIGUSR2"),
    });
    hear(appliance, command);
    appliance.start();
  } catch (error) {
    const known = error instanceof ConfigurationError;
    end(1, known ? explain(error) : `isthmus: ${(error as Error).message}\n`);
  }
}

function hear(appliance: Appliance, command: RunCommand): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    appliance.stop().then(
      () => process.exit(0),
      (error: Error) => end(1, `isthmus: ${error.message}\n`),
    );
  };
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, stop);
  process.on("SIGUSR2", () => {
    appliance.tellLameDuck();
    stop();
  });
  process.on("SIGHUP", () => reload(appliance, command));
  process.on("SIGUSR1", () => appliance.log.info("The log file is opened for each line: nothing to reopen"));
}

/** Whole or not at all, and said in the log either way. Answers why not, or null. */
function reload(appliance: Appliance, { configFile, overrides }: RunCommand): string | null {
  const { log } = appliance;
  log.info(`Reloading the configuration: ${configFile ?? "no file, defaults"}`);
  try {
    const changes = appliance.reload(loadConfiguration(configFile, { environment: process.env, overrides }));
    for (const change of changes) log.info(`  ${planLine(change)}`);
    log.info(`Reloaded: ${changes.length === 0 ? "nothing has changed" : `${changes.length} changes`}`);
    return null;
  } catch (error) {
    const known = error instanceof ConfigurationError;
    const why = known ? explain(error).trimEnd().split("\n") : [(error as Error).message];
    for (const line of why) log.error(`Not reloaded, nothing has changed: ${line}`);
    return why.join("\n");
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
  case "plan": {
    const { exitCode, stdout, stderr } = runPlan(command, process.env);
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
  case "run":
    if (command.checkOnly) {
      const { exitCode, stderr } = checkConfiguration(command, process.env);
      process.stderr.write(stderr);
      process.exit(exitCode);
    }
    run(command);
}
