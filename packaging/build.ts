// `bun run build`: the box as one file, dist/isthmus, for machines that have no Bun. An argument names
// another file to write.

import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { BunPlugin } from "bun";
import { buildUi } from "../src/monitor/ui-build.ts";

const ROOT = join(import.meta.dir, "..");
const MAIN = join(ROOT, "src/main.ts");

/** What bunfig.toml says for `bun src/main.ts`: a binary reads no such file, and no .env that lies about. */
const EXEC_ARGV = ["--smol"];

/**
 * Snappy looks for its native part by name when it runs, where the bundler cannot see it; so this names the
 * part for this machine, which is then put into the binary.
 */
const snappy: BunPlugin = {
  name: "snappy",
  setup(build) {
    build.onLoad({ filter: /@napi-rs\/snappy\/index\.js$/ }, ({ path }) => ({
      loader: "js",
      contents: [
        `const { compressSync, uncompressSync } = require(${JSON.stringify(nativePart(dirname(path)))});`,
        "module.exports.compressSync = (input) => compressSync(Buffer.from(input));",
        "module.exports.uncompressSync = uncompressSync;",
      ].join("\n"),
    }));
  },
};

/** The dashboard is put into the binary as the files that it comes down to. */
const dashboard: BunPlugin = {
  name: "dashboard",
  async setup(build) {
    const files = JSON.stringify(await buildUi());
    build.onLoad({ filter: /monitor[\\/]ui-build\.ts$/ }, () => ({
      loader: "js",
      contents: `export const buildUi = async () => (${files});`,
    }));
  },
};

/** The .node file of the package that was installed beside Snappy for this system. */
function nativePart(snappyFolder: string): string {
  const scope = dirname(snappyFolder);
  const system = `snappy-${process.platform}-${process.arch}`;
  const wanted = process.platform === "linux" ? `${system}-${isMusl() ? "musl" : "gnu"}` : system;
  const folder = readdirSync(scope).find((name) => name === wanted || name === `${wanted}-msvc`);
  const file = folder && readdirSync(join(scope, folder)).find((name) => name.endsWith(".node"));
  if (!folder || !file)
    throw new Error(`no native part of Snappy for this system: ${wanted} is not installed`);
  return join(scope, folder, file);
}

function isMusl(): boolean {
  const libraries = existsSync("/lib") ? readdirSync("/lib") : [];
  return libraries.some((name) => name.startsWith("ld-musl-"));
}

const outfile = process.argv[2] ?? join(ROOT, "dist/isthmus");
const built = await Bun.build({
  entrypoints: [MAIN],
  compile: { outfile, execArgv: EXEC_ARGV, autoloadBunfig: false, autoloadDotenv: false },
  plugins: [snappy, dashboard],
  throw: false,
});
for (const log of built.logs) console.error(String(log));
if (!built.success) process.exit(1);
console.log(`${outfile}: ${Math.round(statSync(outfile).size / 1e6)} MB`);
