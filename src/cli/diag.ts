// `isthmus diag`: one archive for a bug report, with everything that a box shows of itself and without its
// secrets.

import { writeFileSync } from "node:fs";
import { PRODUCT_VERSION } from "../base/version.ts";
import { withoutSecrets } from "../config/effective.ts";
import { type Box, EXIT_NO, ToolError } from "./box.ts";
import type { ToolCommand } from "./tool-flags.ts";
import type { Out } from "./tools.ts";

/** What monitoring shows, by the name of the file. */
const VIEWS: Readonly<Record<string, string>> = {
  "varz.json": "/varz",
  "gatewayz.json": "/gatewayz?accs=1",
  "leafz.json": "/leafz?history=1",
  "connz.json": "/connz?limit=1024&sort=bytes_to",
  "connz-closed.json": "/connz?state=closed&limit=1024&sort=stop",
  "subsz.json": "/subsz",
  "accountz.json": "/accountz",
  "accstatz.json": "/accstatz?unused=1",
  "routez.json": "/routez",
  "healthz.json": "/healthz?details=1",
  "readyz.json": "/readyz",
  "livez.json": "/livez",
  "metrics.txt": "/metrics",
};

/** What only the admin socket shows. */
const ACTS: Readonly<Record<string, string>> = {
  "config.json": "/-/config",
  "state.json": "/-/state",
  "log.txt": "/-/log",
};

/** The archive is for its owner's eyes until he sends it. */
const MODE = 0o600;

export async function diagnose(box: Box, { flags }: ToolCommand, out: Out): Promise<number> {
  const folder = `isthmus-diag-${new Date().toISOString().slice(0, 19).replace(/[-:]/g, "")}`;
  const file = flags["output"] ?? `${folder}.tar.gz`;
  const { files, missing } = await collected(box);
  files.set("about.json", pretty(about(box, missing)));
  const entries = [...files].map(([name, text]) => [`${folder}/${name}`, withoutSecrets(text)] as const);
  const archive = await new Bun.Archive(Object.fromEntries(entries), { compress: "gzip" }).bytes();
  try {
    writeFileSync(file, archive, { flag: "wx", mode: MODE });
  } catch (error) {
    const why =
      (error as { code?: string }).code === "EEXIST" ? "is there already" : (error as Error).message;
    throw new ToolError(`${file}: ${why}`, EXIT_NO);
  }
  if (flags["json"] !== undefined) out.line(JSON.stringify({ file, files: [...files.keys()], missing }));
  else out.line(summary(file, files.size, missing, box));
  return 0;
}

/** Throws ToolError when the box cannot be reached at all; of a view that fails, the failure is kept. */
async function collected(box: Box): Promise<{ files: Map<string, string>; missing: string[] }> {
  const files = new Map<string, string>();
  const missing = box.isAdmin ? [] : Object.keys(ACTS);
  // One after the other: a box in trouble is not to be troubled more.
  for (const [name, path] of Object.entries({ ...VIEWS, ...(box.isAdmin ? ACTS : {}) })) {
    const { status, body } = await box.ask(path);
    const isProbe = name === "healthz.json" || name === "readyz.json";
    if (status !== 200 && !isProbe) missing.push(name);
    if (name === "log.txt" && status === 200) files.set(name, (body as { lines: string[] }).lines.join(""));
    else files.set(name, typeof body === "string" ? body : pretty(body));
  }
  return { files, missing };
}

function about(box: Box, missing: readonly string[]): object {
  return {
    made_at: new Date().toISOString(),
    made_by: `isthmus ${PRODUCT_VERSION}, bun ${Bun.version} (${Bun.revision.slice(0, 9)})`,
    system: { platform: process.platform, arch: process.arch, node_api: process.versions.node },
    asked: box.place,
    missing,
    secrets: "left out: passwords, tokens, seeds, JWTs, and users and passwords in URLs",
  };
}

function summary(file: string, count: number, missing: readonly string[], box: Box): string {
  const lines = [`${file}: ${count} files, without secrets; look into it before you send it`];
  if (missing.length > 0) {
    const why = box.isAdmin ? "" : " (with --admin SOCKET they are there)";
    lines.push(`missing: ${missing.join(", ")}${why}`);
  }
  return lines.join("\n");
}

function pretty(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
