// A strict reader of Prometheus text format 0.0.4: what the format leaves open to writers is refused here.

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ReadFamily {
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const VALUE = /(?:[+-]?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|Inf)|NaN)$/y;
const UNESCAPED: Readonly<Record<string, string>> = { "\\": "\\", '"': '"', n: "\n" };

/** Throws what is wrong, with the line. Each family once: HELP, TYPE, samples, no sample twice. */
export function readPrometheus(text: string): Map<string, ReadFamily> {
  if (text !== "" && !text.endsWith("\n")) throw new Error("the last line does not end");
  const families = new Map<string, ReadFamily & { samples: Sample[] }>();
  const seen = new Set<string>();
  let open: { name: string; help: string } | null = null;
  let current = "";
  for (const line of text.split("\n").slice(0, -1)) {
    const fail = (why: string): never => {
      throw new Error(`${why}: ${line}`);
    };
    const head = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/s.exec(line);
    if (head?.[1] === "HELP") {
      if (open !== null) fail("HELP without a TYPE behind it");
      if (families.has(head[2]!)) fail("a family stands twice");
      open = { name: head[2]!, help: unescapedHelp(head[3]!, fail) };
    } else if (head?.[1] === "TYPE") {
      if (open === null || open.name !== head[2]) return fail("TYPE without its HELP before it");
      if (!/^(?:counter|gauge)$/.test(head[3]!)) fail("another type");
      current = open.name;
      families.set(current, { type: head[3]!, help: open.help, samples: [] });
      open = null;
    } else {
      if (open !== null || line.startsWith("#")) fail("a stray comment");
      const sample = readSample(line, fail);
      if (sample.name !== current) fail("a sample outside its family");
      const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
      if (seen.has(key)) fail("a sample stands twice");
      seen.add(key);
      families.get(current)!.samples.push(sample);
    }
  }
  return families;
}

function readSample(line: string, fail: (why: string) => never): Sample {
  let at = 0;
  const take = (pattern: RegExp, what: string): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(line)?.[0] ?? fail(`no ${what} at ${at}`);
    at += found.length;
    return found;
  };
  const expectChar = (char: string): void => {
    if (line[at] !== char) fail(`no ${char} at ${at}`);
    at++;
  };
  const name = take(NAME, "name");
  const labels: Record<string, string> = {};
  if (line[at] === "{") {
    do {
      at++;
      const label = take(LABEL, "label");
      if (Object.hasOwn(labels, label)) fail(`label ${label} stands twice`);
      expectChar("=");
      expectChar('"');
      let value = "";
      for (; line[at] !== '"'; at++) {
        if (at >= line.length) fail("a label without an end");
        if (line[at] !== "\\") value += line[at];
        else value += UNESCAPED[line[++at] ?? ""] ?? fail("an unknown escape");
      }
      at++;
      labels[label] = value;
    } while (line[at] === ",");
    expectChar("}");
  }
  expectChar(" ");
  const value = take(VALUE, "value");
  return { name, labels, value: value.endsWith("Inf") ? Number(`${value}inity`) : Number(value) };
}

function unescapedHelp(help: string, fail: (why: string) => never): string {
  return help.replace(/\\(.?)/gs, (_all, char: string) =>
    char === "n" ? "\n" : char === "\\" ? "\\" : fail("an unknown escape in HELP"),
  );
}
