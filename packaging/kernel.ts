// Compiles src/kernel/express.as to the WebAssembly that src/kernel/code.ts holds: `bun run kernel`. A test
// compiles it again and compares, so the two cannot drift apart.

import { readFileSync, writeFileSync } from "node:fs";
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

const COMPILER: string = "assemblyscript/asc";
const ROOT = join(import.meta.dir, "..");
const SOURCE = join(ROOT, "src/kernel/express.as");
const TARGET = join(ROOT, "src/kernel/code.ts");
const FLAGS = [
  ...["-O3", "--noAssert", "--runtime", "stub", "--enable", "simd", "--enable", "bulk-memory"],
  ...["--importMemory", "--noExportMemory", "--zeroFilledMemory"],
];
const LINE = 100;

/** The text of code.ts. Throws what the compiler says of the source. */
export async function kernelCode(): Promise<string> {
  const { default: compiler }: { default: Compiler } = await import(COMPILER);
  let binary: Uint8Array | null = null;
  const { error, stderr } = await compiler.main(["kernel.ts", "-o", "kernel.wasm", ...FLAGS], {
    readFile: (name) => (name === "kernel.ts" ? readFileSync(SOURCE, "utf8") : null),
    writeFile: (_name, contents) => {
      binary = Buffer.from(contents);
    },
    listFiles: () => [],
  });
  if (error !== null || binary === null) throw new Error(`${error}\n${stderr}`);
  const text = Buffer.from(binary).toString("base64");
  const lines = text.match(new RegExp(`.{1,${LINE}}`, "g")) ?? [];
  return `// The express lane, compiled: written by \`bun run kernel\` from express.as.

export const KERNEL_CODE = [
${lines.map((line) => `  "${line}",`).join("\n")}
].join("");
`;
}

if (import.meta.main) writeFileSync(TARGET, await kernelCode());
