// docs/configuration.md, every key of the schema, for people. `bun run schema` writes it; a test compares the
// file with what would be written.

import type { z } from "zod";
import type { Range, Unsupported, UnsupportedKeys } from "../../src/config/keys.ts";
import { absentValue, alternative, keyNote, kindNote, type Shape, shapeOf } from "../../src/config/keys.ts";
import { CHAPTERS, SETTINGS } from "../../src/config/schema.ts";

export const CONFIGURATION_PAGE = new URL("../../docs/configuration.md", import.meta.url).pathname;

const HEAD = `# Configuration

<!-- Written by \`bun run schema\` from src/config/schema.ts and its neighbours. -->

Every key of the file that \`isthmus -c FILE\` reads. [\`appliance.yaml\`](../appliance.yaml) has the same
keys with values to copy, the [schema](appliance.schema.json) helps editors, and \`isthmus check -c FILE\`
tells everything that is wrong or unwise.

- **Format**: YAML, and so JSON; a file whose name ends in \`.conf\` is read as nats-server reads its own.
  Keys are nats-server's, in any case. A key that is not known is an error with its place and the nearest
  key that is.
- **Durations**: \`500ms\`, \`2s\`, \`1m30s\`; a bare number counts seconds. **Sizes**: \`64KB\`, \`64KiB\`
  and \`64Ki\` are 65,536 bytes, \`64K\` is 64,000; a bare number counts bytes. The same letters serve
  counts.
- **Environment**: an unquoted \`$NAME\` in place of any value is replaced by the environment variable
  \`NAME\`, which is an error if it is not set. Its text is read like a value of the file, so that numbers
  and \`true\` are such; where only a text will do, letter by letter. In quotes it is no variable:
  \`"$SYS"\`. The box reads no other environment variable as configuration.
- **Quotes** belong around a text that begins with \`$\` or \`*\`, is \`>\` alone, or consists of digits.
- **Flags** win over the file: \`-a -p -n -P -m -ms -l -T -D -V --ports_file_dir --log_size_limit\`
  (\`isthmus --help\`).
- **Paths** of files are relative to where the box was started.
- **reload** says whether \`kill -HUP\`, \`POST /-/reload\` or \`$SYS.REQ.SERVER.<id>.RELOAD\` may take up
  a change: *yes*, or *restart*, in which case all of that reload is refused and nothing changes. What becomes
  of connections is in [a table](reload.md); \`isthmus plan -c new.yaml --from running.yaml\` says it before.

\`[]\` after a key stands for each entry of its list, \`<name>\` for a name of yours.
`;

/** Lists of values longer than this stand at the end, once. */
const VALUES_IN_PLACE = 9;

interface Block {
  readonly path: string;
  readonly keys: Readonly<Record<string, z.ZodType>>;
  readonly unsupported: UnsupportedKeys;
}

/** What the page says already: blocks by their keys, with where they stand, and long lists of values. */
class Page {
  readonly #told = new Map<Block["keys"], string>();
  readonly #values = new Map<string, readonly string[]>();

  text(): string {
    const { unsupported } = blockOf(SETTINGS, "")!;
    const chapters = Object.entries(CHAPTERS).map(([title, keys]) => {
      const rest = title === "The process" ? unsupported : {};
      return `\n## ${title}\n\n${this.#table({ path: "", keys, unsupported: rest })}${this.#below("", keys)}`;
    });
    const values = [...this.#values].map(
      ([title, all]) => `\n### ${title}\n\n${all.map((value) => `\`${value}\``).join(", ")}\n`,
    );
    return `${HEAD}\n${this.#contents()}${chapters.join("")}\n## Values\n${values.join("")}`;
  }

  #contents(): string {
    const links = [...Object.keys(CHAPTERS), "Values"].map((title) => `[${title}](#${slug(title)})`);
    return `${links.join(" · ")}\n`;
  }

  /** The sections of the blocks under these keys, each in the place where it is met first. */
  #below(path: string, keys: Block["keys"]): string {
    return Object.entries(keys)
      .map(([name, schema]) => blockOf(schema, join(path, name)))
      .map((inner) =>
        inner === null || this.#told.get(inner.keys) !== inner.path ? "" : this.#section(inner),
      )
      .join("");
  }

  #section(block: Block): string {
    return `\n### \`${block.path}\`\n\n${this.#table(block)}${this.#below(block.path, block.keys)}`;
  }

  #table({ path, keys, unsupported }: Block): string {
    const rows = Object.entries(keys).map(([name, schema]) => this.#row(join(path, name), name, schema));
    const head = "| key | value | default | reload | what it is |\n| --- | --- | --- | --- | --- |\n";
    const others = Object.entries(unsupported).filter(([name]) => !Object.hasOwn(keys, name));
    return `${head}${rows.join("\n")}\n${refused(others)}`;
  }

  #row(path: string, name: string, schema: z.ZodType): string {
    const note = keyNote(schema)!;
    const absent = absentValue(schema);
    const told = / \(absent(?: or -1)?: ([^)]*)\)/.exec(note.help);
    const byDefault = absent === undefined ? (told?.[1] ?? "") : `\`${plain(absent)}\``;
    const help = absent === undefined && told !== null ? note.help.replace(told[0], "") : note.help;
    const others =
      note.aliases === undefined ? "" : ` Also: ${note.aliases.map((one) => `\`${one}\``).join(", ")}.`;
    const cells = [
      `<a id="${anchor(path)}"></a>\`${name}\``,
      this.#value(path, schema),
      byDefault,
      note.reload ? "yes" : "restart",
      help + others,
    ];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  }

  #value(path: string, schema: z.ZodType): string {
    const inner = blockOf(schema, path);
    const { wants } = kindNote(schema);
    if (inner !== null) {
      const place = this.#told.get(inner.keys) ?? inner.path;
      this.#told.set(inner.keys, place);
      return `[${wants}](#${slug(place)})`;
    }
    const { unit, range, values } = kindNote(entryOf(schema));
    if (range !== undefined) return bounds(range, unit);
    if (values === undefined) return wants;
    if (values.length <= VALUES_IN_PLACE) return values.map((value) => `\`${value}\``).join(", ");
    const title = /suite/.test(wants) ? "Cipher suites" : wants;
    this.#values.set(title, values);
    return `[${wants}](#${slug(title)})`;
  }
}

/** The block that a key holds, or a list or table of which it holds; null if there is none. */
function blockOf(schema: z.ZodType, path: string): Block | null {
  const shape = innerShape(schema);
  if (shape.is === "block") return { path, keys: shape.keys, unsupported: shape.unsupported };
  if (shape.is === "list") return blockOf(shape.entry, `${path}[]`);
  if (shape.is === "table") return blockOf(shape.entry, join(path, "<name>"));
  return null;
}

/** Of a choice, what has names or entries. */
function innerShape(schema: z.ZodType): Shape {
  const shape = shapeOf(alternative(schema, "map"));
  return shape.is === "choice" ? shapeOf(alternative(schema, "list")) : shape;
}

function entryOf(schema: z.ZodType): z.ZodType {
  const shape = shapeOf(schema);
  return shape.is === "list" ? shape.entry : schema;
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function anchor(path: string): string {
  return `key-${path.replaceAll(/[[\]<>]/g, "")}`;
}

/** As the places that show Markdown make an anchor of a heading. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, "")
    .replaceAll(" ", "-");
}

function plain(value: unknown): string {
  return Array.isArray(value) ? `[${value.join(", ")}]` : String(value);
}

function bounds({ min, max }: Range, unit: string | undefined): string {
  const say = (value: number): string => {
    if (unit === "milliseconds")
      return inUnits(
        value,
        [
          [3_600_000, "h"],
          [60_000, "m"],
          [1_000, "s"],
        ],
        "ms",
      );
    const isRound = value >= 1024 && (unit === "bytes" || value % 1024 === 0);
    if (isRound && value % 1024 === 0)
      return inUnits(
        value,
        [
          [1024 ** 4, "TB"],
          [1024 ** 3, "GB"],
          [1024 ** 2, "MB"],
          [1024, "KB"],
        ],
        "",
      );
    return value.toLocaleString("en");
  };
  const what = unit === "milliseconds" ? "a duration" : unit === "bytes" ? "a size" : unit;
  return `${what}, ${say(min)} to ${say(max)}`;
}

/** In the largest unit of which it is a whole number. */
function inUnits(value: number, units: readonly (readonly [number, string])[], least: string): string {
  const found = units.find(([size]) => value >= size && value % size === 0);
  return found === undefined ? `${value}${least}` : `${value / found[0]}${found[1]}`;
}

/** What nats-server knows in this place and the box does not, by what it is. */
function refused(unsupported: [string, Unsupported][]): string {
  const groups = new Map<string, string[]>();
  for (const [name, { what, off }] of unsupported) {
    const allowed = off === undefined ? "" : ` (but ${off.map((value) => `\`${value}\``).join(", ")})`;
    groups.set(what, [...(groups.get(what) ?? []), `\`${name}\`${allowed}`]);
  }
  if (groups.size === 0) return "";
  const told = [...groups].map(([what, names]) => `${names.join(", ")}: ${what}`);
  return `\nRefused, as they are not there: ${told.join("; ")}.\n`;
}

export function configurationPage(): string {
  return new Page().text();
}

if (import.meta.main) await Bun.write(CONFIGURATION_PAGE, configurationPage());
