// The sources as the tidy tests see them: text, code without comments and strings, imports and exports. No
// compiler is asked: the formatter has made the text regular enough.

import { readdirSync, readFileSync } from "node:fs";
import { join, normalize } from "node:path";

/** The top of the repository. */
export const ROOT = join(import.meta.dir, "../..");

export interface Import {
  /** As written between the quotes. */
  readonly from: string;
  /** From the top of the repository, or "" for packages. */
  readonly file: string;
  readonly names: readonly string[];
  /** Gone when the program runs. */
  readonly typeOnly: boolean;
}

export interface Source {
  /** From the top of the repository, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
  /** The text with comments and the insides of strings blanked out, line by line the same. */
  readonly code: string;
  readonly imports: readonly Import[];
  readonly exports: readonly string[];
}

/** All TypeScript files, those with JSX too, below a folder of the repository. */
export function sourcesOf(folder: string): Source[] {
  return filesOf(folder)
    .filter((path) => /\.tsx?$/.test(path))
    .map(sourceOf);
}

/** All files below a folder of the repository, in order of their paths. */
export function filesOf(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
    .sort();
}

function sourceOf(path: string): Source {
  const text = readFileSync(join(ROOT, path), "utf8");
  const code = codeOf(text);
  return {
    path,
    text,
    lines: text.split("\n"),
    code,
    imports: importsOf(path, text, code),
    exports: exportsOf(code),
  };
}

const IMPORT = /^(?:import|export) (type )?(?:([^"';]*?) from )?"([^"]*)";/gm;
const DYNAMIC = /\bimport\("([^"]*)"\)/g;

function importsOf(path: string, text: string, code: string): Import[] {
  const imports: Import[] = [];
  for (const found of text.matchAll(IMPORT)) {
    if (isBlank(code, found.index)) continue;
    const [, type = "", what = "", from = ""] = found;
    imports.push({ from, file: fileOf(path, from), names: namesOf(what), typeOnly: isTypeOnly(type, what) });
  }
  for (const found of text.matchAll(DYNAMIC)) {
    if (isBlank(code, found.index)) continue;
    const from = found[1] ?? "";
    imports.push({ from, file: fileOf(path, from), names: ["*"], typeOnly: false });
  }
  return imports;
}

const isBlank = (code: string, at: number): boolean => code[at] === " ";

function fileOf(path: string, from: string): string {
  return from.startsWith(".") ? normalize(join(path, "..", from)) : "";
}

/** The names in `{ type A, b as c }` as the exporting file knows them; "*" for a whole module. */
function namesOf(what: string): string[] {
  if (what.startsWith("*")) return ["*"];
  const braces = /\{([^}]*)\}/.exec(what)?.[1] ?? "";
  const names = braces.split(",").map((part) =>
    part
      .trim()
      .replace(/^type /, "")
      .replace(/ as .*$/, ""),
  );
  return names.filter((name) => name !== "");
}

function isTypeOnly(type: string, what: string): boolean {
  if (type !== "") return true;
  const braces = /^\{([^}]*)\}$/.exec(what.trim())?.[1];
  if (braces === undefined) return false;
  const parts = braces.split(",").filter((part) => part.trim() !== "");
  return parts.length > 0 && parts.every((part) => part.trim().startsWith("type "));
}

const EXPORT =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:const|let|function\*?|class|interface|type|enum) ([\w$]+)/gm;

function exportsOf(code: string): string[] {
  return [...new Set([...code.matchAll(EXPORT)].map((found) => found[1]!))];
}

/** After one of these a slash begins a regular expression. */
const BEFORE_REGEX = /(?:^|[(,=:[!&|?{};+~^>*%\n-]|\breturn|\btypeof|\bcase)\s*$/;

/** Blanks out comments, and the insides of strings, templates and regular expressions; keeps line ends. */
export function codeOf(text: string): string {
  const out = text.split("");
  const blank = (from: number, to: number): void => {
    for (let i = from; i < to; i++) if (out[i] !== "\n") out[i] = " ";
  };
  /** Where each open template waits for its `}`, as depths of braces. */
  const templates: number[] = [];
  let depth = 0;
  let i = 0;
  const template = (): void => {
    const from = i;
    while (i < text.length && text[i] !== "`" && !(text[i] === "$" && text[i + 1] === "{")) {
      i += text[i] === "\\" ? 2 : 1;
    }
    blank(from, i);
    if (text[i] === "$") {
      i += 2;
      templates.push(depth++);
    } else i++;
  };
  while (i < text.length) {
    const char = text[i]!;
    const next = text[i + 1];
    const from = i;
    if (char === "/" && next === "/") {
      i = endOf(text, "\n", i);
      blank(from, i);
    } else if (char === "/" && next === "*") {
      i = endOf(text, "*/", i) + 2;
      blank(from, i);
    } else if (char === '"' || char === "'") {
      i = closing(text, i, char);
      blank(from + 1, i);
      i++;
    } else if (char === "`") {
      i++;
      template();
    } else if (char === "/" && BEFORE_REGEX.test(text.slice(Math.max(0, i - 20), i))) {
      i = closing(text, i, "/");
      blank(from + 1, i);
      i++;
    } else {
      if (char === "{") depth++;
      if (char === "}") depth--;
      i++;
      if (char === "}" && templates.at(-1) === depth) {
        templates.pop();
        template();
      }
    }
  }
  return out.join("");
}

function endOf(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found < 0 ? text.length : found;
}

/** Where the string or regular expression that begins at `from` closes; a class `[/]` of the latter is
 *  skipped. */
function closing(text: string, from: number, mark: string): number {
  let inClass = false;
  let i = from + 1;
  while (i < text.length && (text[i] !== mark || inClass) && text[i] !== "\n") {
    if (mark === "/" && text[i] === "[") inClass = true;
    if (mark === "/" && text[i] === "]") inClass = false;
    i += text[i] === "\\" ? 2 : 1;
  }
  return i;
}
