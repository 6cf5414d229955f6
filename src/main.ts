#!/usr/bin/env bun
// argv to command; the only file that ends the process. Exit 0 after a clean stop, 1 for what cannot be
// started.

import { Appliance } from "./appliance/appliance.ts";
import { PRODUCT_VERSION } from "./base/version.ts";
import { checkConfiguration, explain } from "./cli/check.ts";
import { parseFlags, type RunCommand } from "./cli/flags.ts";
import { runImport } from "./cli/import.ts";
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
    const appliance = new Appliance(loadConfiguration(configFile, { environment: process.env, overrides }));
    hear(appliance);
    appliance.start();
  } catch (error) {
    const known = error instanceof ConfigurationError;
    end(1, known ? explain(error) : `isthmus: ${(error as Error).message}\n`);
  }
}

function hear(appliance: Appliance): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    appliance.stop().then(
      () => process.exit(0),
      (error: Error) => end(1, `isthmus: ${error.message}\n`),
    );
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGUSR2"]) process.on(signal, stop);
  process.on("SIGHUP", () =>
    appliance.log.warn("Reload is not supported yet: the configuration stays as it is"),
  );
  process.on("SIGUSR1", () => appliance.log.info("The log file is opened for each line: nothing to reopen"));
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
  case "import": {
    const { exitCode, stdout, stderr } = runImport(command, process.env);
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
