// nats-server's own configuration syntax: where values stand, which comments are theirs, what is said of a
// text that cannot be read, and that no text does any harm.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ConfigurationError, formatFinding } from "../../src/config/finding.ts";
import { parseNatsConf } from "../../src/config/nats-conf.ts";
import type { ConfEntry, ConfMap, ConfValue } from "../../src/config/nats-conf-tree.ts";

interface World {
  readonly files?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly file?: string;
}

function parse(text: string, { files = {}, environment = {}, file = "nats.conf" }: World = {}) {
  const readFile = (name: string) => {
    return Object.hasOwn(files, name) ? { text: files[name]! } : { problem: "no such file" };
  };
  return parseNatsConf(text, { file, environment, readFile });
}

function problems(text: string, world: World = {}): string[] {
  try {
    parse(text, world);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.findings.map(formatFinding);
  }
}

function entryAt(map: ConfMap, ...keys: string[]): ConfEntry {
  const [key, ...rest] = keys;
  const entry = map.entries.find((one) => one.key === key)!;
  return rest.length === 0 ? entry : entryAt(entry.value as ConfMap, ...rest);
}

function placeOf({ place }: ConfEntry | ConfValue): string {
  return `${place.file}:${place.line}:${place.column}`;
}

describe("places", () => {
  test("every key and value knows its file, line and column", () => {
    const { root } = parse("a: 1\n\ngateway {\r\n\tname = x; urls: [\n  'u'\n\n  v ]\n}\n");
    const urls = entryAt(root, "gateway", "urls");
    expect(placeOf(entryAt(root, "a"))).toBe("nats.conf:1:1");
    expect(placeOf(entryAt(root, "a").value)).toBe("nats.conf:1:4");
    expect(placeOf(entryAt(root, "gateway"))).toBe("nats.conf:3:1");
    expect(placeOf(entryAt(root, "gateway", "name").value)).toBe("nats.conf:4:9");
    expect(placeOf(urls)).toBe("nats.conf:4:12");
    expect(urls.value.is === "list" && urls.value.items.map(({ value }) => placeOf(value))).toEqual([
      "nats.conf:5:3",
      "nats.conf:7:3",
    ]);
  });

  test("keys of an included file stand in that file, and a variable where it is used", () => {
    const files = { "conf/sub/b.conf": "\nb: $c\nc: 1" };
    const { root } = parse("include sub/b.conf\nd: $V", {
      ...{ file: "conf/nats.conf", files: { ...files, "conf/sub/b.conf": "c: 1\n b: $c" } },
      environment: { V: "7" },
    });
    expect(placeOf(entryAt(root, "b"))).toBe("conf/sub/b.conf:2:2");
    expect(placeOf(entryAt(root, "b").value)).toBe("conf/sub/b.conf:2:5");
    expect(placeOf(entryAt(root, "d").value)).toBe("conf/nats.conf:2:4");
    expect(entryAt(root, "d").value.variable).toBe("V");
    expect(entryAt(root, "c").isVariable).toBe(true);
    expect(entryAt(root, "d").isVariable).toBe(false);
  });
});

describe("comments", () => {
  const text = [
    ...["# head", "# more head", "", "# far", "", "# near 1", "// near 2", "a: 1 # behind a", "b: 2", ""],
    ...["c { # into c", "  d: [ 1 # one", "    # above two", "    2 ] // behind d", "} # behind c", "# last"],
  ].join("\n");
  const { root, head } = parse(text);

  test("those directly above a key are its own, and no others", () => {
    expect(entryAt(root, "a").comments).toEqual([" near 1", " near 2"]);
    expect(entryAt(root, "b").comments).toEqual([]);
    expect(entryAt(root, "c", "d").comments).toEqual([" into c"]);
  });

  test("what follows a value on its line is kept, too", () => {
    expect(entryAt(root, "a").trailing).toBe(" behind a");
    expect(entryAt(root, "c", "d").trailing).toBe(" behind d");
    expect(entryAt(root, "c").trailing).toBe(" behind c");
    const list = entryAt(root, "c", "d").value;
    expect(list.is === "list" && list.items.map(({ comments, trailing }) => [comments, trailing])).toEqual([
      [[], " one"],
      [[" above two"], null],
    ]);
  });

  test("what stands at the top and belongs to no key is the head of the file", () => {
    expect(head).toEqual([" head", " more head", " far"]);
  });
});

describe("what cannot be read is told with its place and what to write", () => {
  const cases: Readonly<Record<string, string>> = {
    "port:\n  4222": "nats.conf:1:6: the value is missing; it begins on the line of its key",
    "a: b c":
      'nats.conf:1:6: expected a new line, a comma or a comment, not "c"; a text with blanks or brackets stands in quotes',
    'a: "b': 'nats.conf:1:4: the text is not closed; write " at its end',
    "a {\n b: 1\n": "nats.conf:1:3: the map is not closed; write } at its end",
    "x: 1\na: [b,\n": "nats.conf:2:4: the list is not closed; write ] at its end",
    'a: "\\q"':
      'nats.conf:1:5: an unknown escape; write \\\\ for a backslash; \\t, \\n, \\r, \\" and \\xFF are known too',
    "a: [1, 2]": "nats.conf:1:9: nats-server needs a blank between a number and ]; write [1, 2 ]",
    "a: 1.5s":
      'nats.conf:1:7: expected a new line, a comma or a comment, not "s"; a text with blanks or brackets stands in quotes',
    "a: 2024-13-01T00:00:00Z":
      "nats.conf:1:4: not a date such as 2024-05-04T18:53:41Z; a text stands in quotes",
    "a: 1\n\n  b": "nats.conf:3:3: the key has no value; write KEY: VALUE",
    "a: 1kbb": "nats.conf:1:4: not a number; suffixes are K, M, G, T, P, E, each alone or with B, i or iB",
    "a: \0": "nats.conf:1:4: a NUL byte; a configuration is text",
    "include no.conf": "nats.conf:1:9: the included file no.conf: no such file",
    "a { include [x] }": 'nats.conf:1:13: expected the name of a file in quotes, not "["',
    "a: 1\n}\nb: 2": "nats.conf:2:1: this brace closes nothing; take it away",
  };

  test.each(Object.entries(cases))("%p", (text, problem) => {
    expect(problems(text)).toEqual([problem]);
  });

  test("every variable that there is not is told at once", () => {
    expect(problems("a: $ONE\nb: [$TWO]\nc: 1").map((line) => line.split(";")[0]!)).toEqual([
      "nats.conf:1:4: no key above and no environment variable is called ONE",
      "nats.conf:2:5: no key above and no environment variable is called TWO",
    ]);
  });

  test("a variable's value never appears in what is said of it", () => {
    const [problem] = problems("a: $PASSWORD", { environment: { PASSWORD: "hunter2 [secret" } });
    expect(problem).toBe(
      "nats.conf:1:4: the value of the environment variable PASSWORD cannot be read; a text with blanks needs quotes: PASSWORD='\"...\"'",
    );
  });

  test("a slip in an included file stands in that file", () => {
    expect(problems("include b.conf", { files: { "b.conf": "a: [" } })).toEqual([
      "b.conf:1:4: the list is not closed; write ] at its end",
    ]);
  });
});

describe("circles and bombs end", () => {
  test("files that include themselves, directly or not", () => {
    expect(problems("include nats.conf")).toEqual(["nats.conf:1:9: nats.conf includes itself"]);
    const files = { "b.conf": "include c.conf", "c.conf": "include ./b.conf" };
    expect(problems("include b.conf", { files })).toEqual(["c.conf:1:9: b.conf includes itself"]);
  });

  test("files that include ever more files", () => {
    const files = Object.fromEntries(
      Array.from({ length: 30 }, (_, at) => [`f${at}.conf`, `include f${at + 1}.conf\n`.repeat(2)]),
    );
    expect(problems("include f0.conf", { files })).toEqual(["f15.conf:1:9: too many includes in each other"]);
    const wide = { ...files, "f12.conf": "a: 1" };
    expect(problems("include f0.conf", { files: wide })[0]).toContain("more than 1000 includes");
  });

  test("variables that mean themselves, or ever more values", () => {
    const environment = { A: "$B", B: "$A" };
    expect(problems("a: $A", { environment })[0]).toStartWith(
      "nats.conf:1:4: the value of the environment variable A",
    );
    const bomb = ["a0: [x, x, x, x, x, x, x, x, x, x]"];
    for (let at = 1; at < 9; at++) bomb.push(`a${at}: [${`$a${at - 1}, `.repeat(10)}]`);
    expect(problems(bomb.join("\n"))[0]).toContain("variables make more than 200000 values");
    const deep = ["a0: [x]"];
    for (let at = 1; at < 60; at++) deep.push(`a${at}: [$a${at - 1}]`);
    expect(problems(deep.join("\n"))[0]).toContain("nested too deeply");
  });

  test.each([
    ["nested maps", "a {".repeat(3_000_000), "nested too deeply"],
    ["nested lists", `a: ${"[".repeat(10_000_000)}`, "nested too deeply"],
    ["more values than anybody writes", "a:1;".repeat(2_500_000), "more than 200000 values"],
    ["a number without an end", `a: ${"9".repeat(10_000_000)}`, "the number is too large"],
    ["ends of blocks that are none", `a: (\n${"\n)x".repeat(3_000_000)}`, "the text is not closed"],
    ["ten megabytes of comments", `${"#\n".repeat(5_000_000)}a`, "the key has no value"],
    [
      "one line of ten megabytes",
      `${"a:x,".repeat(10)}b: '${"x".repeat(10_000_000)}`,
      "the text is not closed",
    ],
  ])("%s", (_, text, problem) => {
    const start = performance.now();
    expect(problems(text)[0]).toContain(problem);
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  test("whatever the text is, there is a value or a finding", () => {
    const pieces = [
      "a",
      ":",
      "=",
      " ",
      "\n",
      "{",
      "}",
      "[",
      "]",
      "(",
      ")",
      '"',
      "'",
      "$a",
      "\\",
      "#",
      "/",
      "1",
      ".",
      "-",
      "k",
      "é",
      "\u{1d7cf}",
      "include b",
      "\0",
    ];
    const text = fc.oneof(
      fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((parts) => parts.join("")),
      fc.string({ unit: "binary", maxLength: 60 }),
    );
    fc.assert(
      fc.property(text, (written) => {
        for (const line of problems(written, { files: { b: "a: $c" }, environment: { c: written } })) {
          expect(line).toMatch(/^(nats\.conf|b):\d+:\d+: ./);
        }
      }),
      { numRuns: 3_000, seed: 7 },
    );
  });
});
