// The command line to a command: flags as nats-server has them, in Go's spelling, each checked for itself.

import { parseArgs } from "node:util";
import type { z } from "zod";
import { nearest } from "../config/nearest.ts";
import type { Overrides } from "../config/overrides.ts";
import { SETTINGS } from "../config/schema.ts";
import { SIGNALS } from "./signal.ts";
import { isTool, type ToolCommand, type ToolName, toolCommand } from "./tool-flags.ts";

/** What the command line asks for. */
export type Command =
  | RunCommand
  | ImportCommand
  | PlanCommand
  | CheckCommand
  | SignalCommand
  | ToolCommand
  | { readonly is: "help" }
  | { readonly is: "version" }
  /** Says what is wrong with the command line; the process ends with 1. */
  | { readonly is: "mistake"; readonly message: string };

/** Runs the box, or with `checkOnly` only looks at its configuration. */
export interface RunCommand {
  readonly is: "run";
  /** Null: no file, all defaults. */
  readonly configFile: string | null;
  readonly checkOnly: boolean;
  readonly overrides: Overrides;
}

/** Writes the YAML of a nats-server configuration. */
export interface ImportCommand {
  readonly is: "import";
  readonly file: string;
  /** Null: to standard output. */
  readonly output: string | null;
}

/** Says what a box that runs with one configuration would do with another. */
export interface PlanCommand {
  readonly is: "plan";
  readonly from: string;
  readonly to: string;
}

/** Tells everything that is wrong or unwise in a configuration. */
export interface CheckCommand {
  readonly is: "check";
  readonly file: string;
  readonly asJson: boolean;
}

/** Sends a signal to a box that runs. */
export interface SignalCommand {
  readonly is: "signal";
  /** One of those that are known. */
  readonly signal: string;
  /** A process id, a file that has one, or "". */
  readonly target: string;
}

type Target =
  | { readonly takes: "text" | "port"; readonly to: ValueKey }
  | { readonly takes: "signal"; readonly to: "signal" }
  | { readonly takes: "file"; readonly to: "config" }
  | { readonly takes: "nothing"; readonly to: FlagEffect };

type ValueKey =
  | "host"
  | "serverName"
  | "pidFile"
  | "logFile"
  | "portsFileDir"
  | "port"
  | "httpPort"
  | "httpsPort"
  | "logSizeLimit";
type FlagEffect = "help" | "version" | "check" | readonly ("debug" | "trace" | "traceVerbose" | "logtime")[];

const HOST: Target = { takes: "text", to: "host" };
const NAME: Target = { takes: "text", to: "serverName" };
const PID: Target = { takes: "text", to: "pidFile" };
const LOG: Target = { takes: "text", to: "logFile" };
const PORT: Target = { takes: "port", to: "port" };
const HTTP_PORT: Target = { takes: "port", to: "httpPort" };
const HTTPS_PORT: Target = { takes: "port", to: "httpsPort" };
const PORTS_DIR: Target = { takes: "text", to: "portsFileDir" };
const LOG_SIZE: Target = { takes: "text", to: "logSizeLimit" };
const SIGNAL: Target = { takes: "signal", to: "signal" };
const CONFIG: Target = { takes: "file", to: "config" };

function effect(to: FlagEffect): Target {
  return { takes: "nothing", to };
}

/** Every flag by its name without dashes. Names differ in case: -v is not -V. */
const FLAGS: Readonly<Record<string, Target>> = {
  ...{ a: HOST, addr: HOST, net: HOST, p: PORT, port: PORT, m: HTTP_PORT, http_port: HTTP_PORT },
  ...{ ms: HTTPS_PORT, https_port: HTTPS_PORT, sl: SIGNAL, signal: SIGNAL },
  ...{ ports_file_dir: PORTS_DIR, log_size_limit: LOG_SIZE },
  ...{
    n: NAME,
    name: NAME,
    server_name: NAME,
    P: PID,
    pid: PID,
    l: LOG,
    log: LOG,
    c: CONFIG,
    config: CONFIG,
  },
  ...{ t: effect("check"), h: effect("help"), help: effect("help") },
  ...{ v: effect("version"), version: effect("version") },
  ...{ T: effect(["logtime"]), logtime: effect(["logtime"]), D: effect(["debug"]), debug: effect(["debug"]) },
  ...{ V: effect(["trace"]), trace: effect(["trace"]), VV: effect(["trace", "traceVerbose"]) },
  ...{ DV: effect(["debug", "trace"]), DVV: effect(["debug", "trace", "traceVerbose"]) },
};

/** Flags of nats-server that this product does not have yet. */
const UNSUPPORTED = new Set([
  ...["client_advertise", "logtime_utc", "s", "syslog", "r", "remote_syslog", "max_traced_msg_len", "js"],
  ...["jetstream", "sd", "store_dir"],
  ...["user", "pass", "auth", "tls", "tlscert", "tlskey", "tlsverify", "tlscacert", "help_tls", "routes"],
  ...["cluster", "cluster_name", "cluster_listen", "cluster_advertise", "no_advertise", "connect_retries"],
  "profile",
]);

/** The keys of the schema that judge a flag's value, so that file and command line take the same values. */
const JUDGES: Readonly<Record<ValueKey, z.ZodType>> = {
  host: SETTINGS.shape.host,
  serverName: SETTINGS.shape.server_name,
  pidFile: SETTINGS.shape.pid_file,
  logFile: SETTINGS.shape.log_file,
  port: SETTINGS.shape.port,
  httpPort: SETTINGS.shape.http_port,
  httpsPort: SETTINGS.shape.https_port,
  portsFileDir: SETTINGS.shape.ports_file_dir,
  logSizeLimit: SETTINGS.shape.log_size_limit,
};

const SEE_HELP = "isthmus --help lists all flags";

/** Reads the arguments after the program's name. Never throws and never ends the process. */
export function parseFlags(argv: readonly string[]): Command {
  try {
    return commandOf(argv);
  } catch (error) {
    if (error instanceof Mistake) return { is: "mistake", message: error.message };
    throw error;
  }
}

class Mistake extends Error {}

function commandOf(argv: readonly string[]): Command {
  if (argv[0] === "import") return importCommand(argv.slice(1));
  if (argv[0] === "plan") return planCommand(argv.slice(1));
  if (argv[0] === "check") return checkCommand(argv.slice(1));
  if (isTool(argv[0])) return asked(argv[0], argv.slice(1));
  const { tokens } = parseArgs({
    args: normalised(argv),
    options: Object.fromEntries(Object.keys(FLAGS).map((name) => [name, { type: "string" } as const])),
    allowPositionals: true,
    tokens: true,
  });
  let configFile: string | null = null;
  let overrides: Overrides = {};
  let signal: SignalCommand | null = null;
  const wants = { help: false, version: false, check: false };
  for (const token of tokens) {
    if (token.kind === "positional") takeWord(token.value, wants);
    if (token.kind !== "option") continue;
    const target = FLAGS[token.name]!;
    const value = token.value ?? "";
    if (target.takes === "file") configFile = value;
    else if (target.takes === "signal") signal = signalCommand(value);
    else if (target.takes !== "nothing")
      overrides = { ...overrides, [target.to]: judged(token.name, target, value) };
    else if (typeof target.to === "string") wants[target.to] = switched(token.name, value);
    else for (const key of target.to) overrides = { ...overrides, [key]: switched(token.name, value) };
  }
  if (wants.version) return { is: "version" };
  if (wants.help) return { is: "help" };
  if (signal !== null) return signal;
  if (configFile === "") throw new Mistake("-c needs the name of a configuration file");
  if (wants.check && configFile === null)
    throw new Mistake("-t checks a configuration file; name it with -c FILE");
  return { is: "run", configFile, checkOnly: wants.check, overrides };
}

function asked(tool: ToolName, words: readonly string[]): Command {
  const command = toolCommand(tool, words);
  if (command === null) return { is: "help" };
  if (typeof command === "string") throw new Mistake(`${command}; ${SEE_HELP}`);
  return command;
}

/** `reload`, or `reload=` and a process id or a file that has one. */
function signalCommand(value: string): SignalCommand {
  const [signal = "", target = "", ...rest] = value.split("=");
  if (rest.length > 0) throw new Mistake(`invalid signal parameters: ${rest.join("=")}`);
  if (Object.hasOwn(SIGNALS, signal)) return { is: "signal", signal, target };
  const known = Object.keys(SIGNALS).join(", ");
  throw new Mistake(`unknown signal ${JSON.stringify(signal)}; it is one of ${known}`);
}

function importCommand(words: readonly string[]): Command {
  let file: string | null = null;
  let output: string | null = null;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const match = /^--?(?:o|output)(?:=(.*))?$/s.exec(word);
    if (/^--?(?:h|help)$/.test(word)) return { is: "help" };
    if (match !== null) {
      output = match[1] ?? words[++at] ?? "";
      if (output === "") throw new Mistake("-o needs the name of a file; write -o appliance.yaml");
    } else if (word.startsWith("-")) throw new Mistake(`import knows no flag ${word}; ${SEE_HELP}`);
    else if (file !== null) throw new Mistake(`import takes one file, not ${JSON.stringify(word)} as well`);
    else file = word;
  }
  if (file === null) throw new Mistake("import needs a nats-server configuration; write import nats.conf");
  return { is: "import", file, output };
}

/** Where the file is looked for when a command names none. */
const USUAL_FILE = "appliance.yaml";

function checkCommand(words: readonly string[]): Command {
  let file: string | null = null;
  let asJson = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const match = /^--?(?:c|config)(?:=(.*))?$/s.exec(word);
    if (/^--?(?:h|help)$/.test(word)) return { is: "help" };
    if (/^--?json$/.test(word)) asJson = true;
    else if (match === null) throw new Mistake(`check knows -c and --json, not ${JSON.stringify(word)}`);
    else {
      file = match[1] ?? words[++at] ?? "";
      if (file === "") throw new Mistake("-c needs the name of a configuration file");
    }
  }
  return { is: "check", file: file ?? USUAL_FILE, asJson };
}

function planCommand(argv: readonly string[]): PlanCommand {
  let from = USUAL_FILE;
  let to: string | null = null;
  for (let at = 0; at < argv.length; at += 2) {
    const value = argv[at + 1];
    if (value === undefined) throw new Mistake(`${argv[at]} needs a file; ${SEE_HELP}`);
    if (argv[at] === "-c" || argv[at] === "--config") to = value;
    else if (argv[at] === "--from") from = value;
    else throw new Mistake(`plan knows -c and --from, not ${JSON.stringify(argv[at])}`);
  }
  if (to === null) throw new Mistake("plan needs the new configuration; write plan -c new.yaml");
  return { is: "plan", from, to };
}

/** nats-server takes these two words as well as the flags. */
function takeWord(word: string, asked: { help: boolean; version: boolean }): void {
  if (word === "help") asked.help = true;
  else if (word === "version") asked.version = true;
  else throw new Mistake(`there is no command ${JSON.stringify(word)}; ${SEE_HELP}`);
}

/**
 * Every flag as `--name=value`, which parseArgs reads without guessing: -DV is one flag, and -1 may be a
 * value.
 */
function normalised(argv: readonly string[]): string[] {
  const args: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const written = argv[at]!;
    if (written === "--") return [...args, ...argv.slice(at)];
    const match = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(written);
    if (match === null && !written.startsWith("-")) args.push(written);
    else if (match === null) throw new Mistake(`${written} is no flag; ${SEE_HELP}`);
    else {
      const name = match[1]!;
      const target = known(written, name);
      let value = match[2];
      if (value === undefined && target.takes === "nothing") value = "true";
      if (value === undefined) value = argv[++at];
      if (value === undefined) throw new Mistake(`${written} needs a value; ${SEE_HELP}`);
      args.push(`--${name}=${value}`);
    }
  }
  return args;
}

function known(written: string, name: string): Target {
  if (Object.hasOwn(FLAGS, name)) return FLAGS[name]!;
  const dashed = written.split("=", 1)[0]!;
  if (UNSUPPORTED.has(name)) throw new Mistake(`${dashed} is not supported yet; ${SEE_HELP}`);
  const near = name.length < 3 ? null : nearest(name, Object.keys(FLAGS));
  throw new Mistake(`unknown flag ${dashed}; ${near === null ? SEE_HELP : `did you mean --${near}?`}`);
}

function judged(name: string, target: Extract<Target, { to: ValueKey }>, value: string): unknown {
  const flag = name.length === 1 ? `-${name}` : `--${name}`;
  if (target.takes === "port" && !/^-?\d+$/.test(value)) {
    throw new Mistake(`${flag} needs a port, not ${JSON.stringify(value)}`);
  }
  const outcome = JUDGES[target.to].safeParse(target.takes === "port" ? Number(value) : value);
  if (outcome.success) return outcome.data;
  throw new Mistake(`${flag}: ${outcome.error.issues[0]?.message ?? "not a value for this flag"}`);
}

/** The values that Go's flag package reads as booleans. */
function switched(name: string, value: string): boolean {
  if (/^(1|t|true)$/i.test(value)) return true;
  if (/^(0|f|false)$/i.test(value)) return false;
  throw new Mistake(`-${name} is true or false, not ${JSON.stringify(value)}`);
}
