// `bun run completion`: completion for bash, zsh and fish, written to packaging/completion from what --help
// prints and what the command line takes, so that it never says more or less than they do.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseFlags } from "../src/cli/flags.ts";
import { USAGE } from "../src/cli/usage.ts";

interface Flag {
  /** As they are typed, with one dash for a letter and two for a word. */
  readonly names: readonly string[];
  readonly takes: "file" | "value" | "nothing";
  readonly says: string;
}

interface Subcommand {
  readonly name: string;
  readonly flags: readonly Flag[];
}

const FOLDER = join(import.meta.dir, "completion");
const NOTE = "Written by `bun run completion` from src/cli; not to be edited.";

/** The flags of the box itself, in the order of --help. */
const FLAGS = optionLines(USAGE);
const SUBCOMMANDS = subcommandsOf(USAGE);

/** The text of each file, by its name. */
export function completionFiles(): Record<string, string> {
  return { "isthmus.bash": bash(), _isthmus: zsh(), "isthmus.fish": fish() };
}

/** Every name of a flag of the box, for a test that compares. */
export function completedFlags(): string[] {
  return FLAGS.flatMap(({ names }) => names);
}

/** Lines such as `-p, --port <port>   Use port`; a line that ends in a comma goes on in the next one. */
function optionLines(usage: string): Flag[] {
  const flags: Flag[] = [];
  let held: string[] = [];
  const lines = usage.split("\n");
  for (const [at, line] of lines.entries()) {
    const found = /^ {4,8}(-[^ ]+(?:, -[^ ]+)*)(?: (<\w+>))?(?: {2,}(\S.*))?$/.exec(line);
    if (found === null) continue;
    const names = [...held, ...found[1]!.split(", ")];
    if (found[3] === undefined && /^ +--/.test(lines[at + 1] ?? "")) {
      held = names;
      continue;
    }
    held = [];
    flags.push({ names, takes: takes(found[2]), says: (found[3] ?? "").replace(/ \(.*$/, "") });
  }
  return flags.map((flag) => ({ ...flag, names: flag.names.filter(isTaken) }));
}

/** Whether the command line knows the flag at all, with a value or without. */
function isTaken(name: string): boolean {
  const outcomes = [[name], [name, "1"], ["-c", "x", name]].map((argv) => parseFlags(argv));
  return outcomes.some((command) => command.is !== "mistake" || /needs|value/.test(command.message));
}

function takes(value: string | undefined): Flag["takes"] {
  if (value === undefined) return "nothing";
  return /file|yaml|conf/.test(value) ? "file" : "value";
}

/** Lines such as `isthmus plan -c <new.yaml> [--from <running.yaml>]`, which may go on below with a bracket. */
function subcommandsOf(usage: string): Subcommand[] {
  const joined = usage.replace(/\n {9,}(?=\[)/g, " ");
  const lines = [...joined.matchAll(/^(?:Usage:|) +isthmus ([a-z]\w*)(.*)$/gm)];
  return lines.map(([, name = "", rest = ""]) => {
    const flags = [...rest.matchAll(/(--?\w[\w-]*)(?: (<[^>]+>))?/g)];
    return {
      name,
      flags: flags.map(([, flag = "", value]) => ({ names: [flag], takes: takes(value), says: "" })),
    };
  });
}

const namesOf = (flags: readonly Flag[], kind?: Flag["takes"]): string[] =>
  flags.filter((flag) => kind === undefined || flag.takes === kind).flatMap(({ names }) => names);

function bash(): string {
  const cases = SUBCOMMANDS.map(
    ({ name, flags }) => `    ${name}) words="${["--help", ...namesOf(flags)].join(" ")}" ;;`,
  );
  const subs = SUBCOMMANDS.flatMap(({ flags }) => flags);
  const files = [...new Set([...namesOf(FLAGS, "file"), ...namesOf(subs, "file")])];
  return `# ${NOTE}
# Into a folder of bash-completion as "isthmus", or: source isthmus.bash
_isthmus() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} words
  COMPREPLY=()
  case $previous in
    ${files.join("|")}) COMPREPLY=($(compgen -f -- "$current")); return ;;
    ${namesOf(FLAGS, "value").join("|")}) return ;;
  esac
  case \${COMP_WORDS[1]} in
${cases.join("\n")}
    *) words="${namesOf(FLAGS).join(" ")}"
      if [ "$COMP_CWORD" = 1 ]; then words="${SUBCOMMANDS.map(({ name }) => name).join(" ")} $words"; fi ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ \${#COMPREPLY[@]} = 0 ]; then COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _isthmus isthmus
`;
}

function zsh(): string {
  const spec = ({ names, takes, says }: Flag): string[] => {
    const value = takes === "nothing" ? "" : takes === "file" ? ":file:_files" : ":value:";
    const excluded = names.length > 1 ? `(${names.join(" ")})` : "";
    const told = says === "" ? "" : `[${says.replace(/[[\]:]/g, "\\$&").replaceAll("'", "'\\''")}]`;
    return names.map((name) => `'${excluded}${name}${told}${value}'`);
  };
  const cases = SUBCOMMANDS.map(
    ({ name, flags }) => `  ${name}) _arguments ${[...flags.flatMap(spec), "'*:file:_files'"].join(" ")} ;;`,
  );
  return `#compdef isthmus
# ${NOTE}
# Into a folder of $fpath, under this name.
case \${words[2]} in
${cases.join("\n").replaceAll("_arguments ", "shift words; (( CURRENT-- )); _arguments ")}
  *)
    (( CURRENT == 2 )) && compadd ${SUBCOMMANDS.map(({ name }) => name).join(" ")}
    _arguments ${FLAGS.flatMap(spec).join(" \\\n      ")} ;;
esac
`;
}

function fish(): string {
  const option = (name: string): string => {
    if (name.startsWith("--")) return `-l ${name.slice(2)}`;
    return name.length === 2 ? `-s ${name.slice(1)}` : `-o ${name.slice(1)}`;
  };
  const line = ({ names, takes, says }: Flag, when: string): string => {
    const value = takes === "nothing" ? "" : takes === "file" ? " -r -F" : " -x";
    const told = says === "" ? "" : ` -d '${says.replaceAll("'", "\\'")}'`;
    return `complete -c isthmus -n '${when}' ${names.map(option).join(" ")}${value}${told}`;
  };
  const subs = SUBCOMMANDS.map(({ name }) => name);
  const none = `not __fish_seen_subcommand_from ${subs.join(" ")}`;
  return [
    `# ${NOTE}`,
    "# Into ~/.config/fish/completions.",
    ...subs.map((name) => `complete -c isthmus -n __fish_use_subcommand -a ${name}`),
    ...FLAGS.map((flag) => line(flag, none)),
    ...SUBCOMMANDS.flatMap(({ name, flags }) =>
      flags.map((flag) => line(flag, `__fish_seen_subcommand_from ${name}`)),
    ),
    "",
  ].join("\n");
}

if (import.meta.main) {
  mkdirSync(FOLDER, { recursive: true });
  for (const [name, text] of Object.entries(completionFiles())) writeFileSync(join(FOLDER, name), text);
}
