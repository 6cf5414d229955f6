// The command line of the tools that ask a box: what each takes, and where the box is.

export type ToolName = "explain" | "healthcheck" | "top" | "tap" | "diag";

/** Values as they were written; a flag without a value is "true". */
export interface ToolCommand {
  readonly is: "tool";
  readonly tool: ToolName;
  readonly words: readonly string[];
  readonly flags: Readonly<Record<string, string>>;
}

interface Spec {
  /** Words without dashes, as usage has them. */
  readonly words: readonly string[];
  /** Flags with a value, and what the value must look like. */
  readonly values: Readonly<Record<string, RegExp>>;
  readonly switches: readonly string[];
}

const ANY = /^[\s\S]+$/;
const NUMBER = /^\d{1,9}$/;
const SECONDS = /^\d{1,6}(?:\.\d+)?$/;

/** Where the box is; for every tool. */
const WHERE = { admin: ANY, url: /^https?:\/\/[^\s]+$/ };

const SPECS: Readonly<Record<ToolName, Spec>> = {
  explain: {
    words: ["account", "subject"],
    values: { reply: ANY, from: /^(?:client|leaf|gateway)$/, size: NUMBER },
    switches: ["json"],
  },
  healthcheck: { words: [], values: { timeout: SECONDS }, switches: ["ready", "live", "json"] },
  top: { words: [], values: { interval: SECONDS, rows: NUMBER }, switches: ["once", "json"] },
  tap: {
    words: ["link"],
    values: { account: ANY, subject: ANY, limit: NUMBER, rate: NUMBER, seconds: SECONDS },
    switches: ["payload", "json"],
  },
  diag: { words: [], values: { output: ANY }, switches: ["json"] },
};

export function isTool(word: string | undefined): word is ToolName {
  return word !== undefined && Object.hasOwn(SPECS, word);
}

/** Answers what is wrong as text, or null for --help. */
export function toolCommand(tool: ToolName, argv: readonly string[]): ToolCommand | string | null {
  const spec = SPECS[tool];
  const values: Record<string, RegExp> = { ...WHERE, ...spec.values };
  const words: string[] = [];
  const flags: Record<string, string> = {};
  for (let at = 0; at < argv.length; at++) {
    const written = argv[at]!;
    const match = /^--?([a-z_]\w*)(?:=([\s\S]*))?$/.exec(written);
    if (match === null) {
      words.push(written);
      continue;
    }
    const name = match[1] === "o" ? "output" : match[1]!;
    if (name === "h" || name === "help") return null;
    if (spec.switches.includes(name) && match[2] === undefined) flags[name] = "true";
    else if (!Object.hasOwn(values, name)) return `${tool} knows ${known(spec)}, not ${written}`;
    else {
      const value = match[2] ?? argv[++at] ?? "";
      if (!values[name]!.test(value)) return `--${name} of ${tool} cannot be ${JSON.stringify(value)}`;
      flags[name] = value;
    }
  }
  if (flags["admin"] !== undefined && flags["url"] !== undefined) return "--admin or --url, not both";
  const wanted = spec.words.map((word) => `<${word}>`).join(" ");
  if (words.length !== spec.words.length) return `${tool} takes ${wanted === "" ? "no words" : wanted}`;
  return { is: "tool", tool, words, flags };
}

function known({ values, switches }: Spec): string {
  return [...Object.keys(values), ...switches, "admin", "url"].map((name) => `--${name}`).join(", ");
}
