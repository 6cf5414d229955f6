// Compiles the sources of src/kernel to the WebAssembly that is committed beside them: `bun run kernel`. A test
// compiles them again and compares, so the two cannot drift apart.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** As much as is used of the compiler. Its own types would declare a `console` of their own everywhere. */
interface Compiler {
  main(
    args: readonly string[],
    files: {
      readFile(name: string): string | null;
      writeFile(name: string, contents: string | Uint8Array): void;
      listFiles(): string[];
    },
  ): Promise<{ error: Error | null; stderr: { toString(): string } }>;
}

export interface Module {
  /** Of the folder src/kernel. */
  readonly source: string;
  readonly target: string;
  readonly constant: string;
  readonly is: string;
}

export const MODULES: readonly Module[] = [
  { source: "express.as", target: "code.ts", constant: "KERNEL_CODE", is: "The express lane" },
  { source: "s2.as", target: "s2-code.ts", constant: "S2_CODE", is: "S2" },
];

const COMPILER: string = "assemblyscript/asc";
export const FOLDER = join(import.meta.dir, "../src/kernel");
const FLAGS = [
  ...["-O3", "--noAssert", "--runtime", "stub", "--enable", "simd", "--enable", "bulk-memory"],
  ...["--importMemory", "--noExportMemory", "--zeroFilledMemory"],
];
const LINE = 100;

/** The compiler wants its own language's ending. */
function sourceOf(name: string): string | null {
  const path = join(FOLDER, name.replace(/\.ts$/, ".as"));
  return existsSync(path) ? readFileSync(path, "utf8") : null;
}

/** The text of the module's target. Throws what the compiler says of the source. */
export async function kernelCode({ source, constant, is }: Module): Promise<string> {
  const { default: compiler }: { default: Compiler } = await import(COMPILER);
  const entry = source.replace(/\.as$/, ".ts");
  let binary: Uint8Array | null = null;
  const { error, stderr } = await compiler.main([entry, "-o", "kernel.wasm", ...FLAGS], {
    readFile: sourceOf,
    writeFile: (_name, contents) => {
      binary = Buffer.from(contents);
    },
    listFiles: () => [],
  });
  if (error !== null || binary === null) throw new Error(`${error}\n${stderr}`);
  const text = Buffer.from(binary).toString("base64");
  const lines = text.match(new RegExp(`.{1,${LINE}}`, "g")) ?? [];
  return `// ${is}, compiled: written by \`bun run kernel\` from ${source}.

export const ${constant} = [
${lines.map((line) => `  "${line}",`).join("\n")}
].join("");
`;
}

if (import.meta.main) {
  for (const module of MODULES) writeFileSync(join(FOLDER, module.target), await kernelCode(module));
}
