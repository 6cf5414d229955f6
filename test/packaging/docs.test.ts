// The documents are run: files in them are written, commands executed in their order, on free ports and in a
// folder of their own. What a document marks is in the first line of its block: file=NAME, run, run
// refused, start.

import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as limits from "../../src/base/limits.ts";
import { loadConfiguration } from "../../src/config/load.ts";
import { findNatsCli } from "../support/nats-cli.ts";
import { findNatsServer, whyMissing } from "../support/nats-server.ts";
import { freePort } from "../support/ports.ts";
import { guardProcesses, ServerProcess } from "../support/process.ts";
import { until } from "../support/wait.ts";
import { filesOf, ROOT } from "../tidy/sources.ts";

setDefaultTimeout(60_000);
guardProcesses();

const PAGES = ["README.md", ...filesOf("docs").filter((path) => path.endsWith(".md"))];
const SECRETS = {
  GATEWAY_PASSWORD: "gateway-for-the-test",
  SIDECAR_PASSWORD: "sidecar-for-the-test",
  EAST_1: "nats-leaf://sidecar:sidecar-for-the-test@127.0.0.1:7421",
  EAST_2: "nats-leaf://sidecar:sidecar-for-the-test@127.0.0.2:7421",
};

interface Block {
  readonly marks: readonly string[];
  readonly text: string;
}

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

function blocksOf(page: string): Block[] {
  return [...read(page).matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(([, marks, text]) => ({
    marks: marks!.split(" "),
    text: text!,
  }));
}

/** A folder and ports of its own, in which a page comes true. */
class Stage {
  readonly dir = mkdtempSync(join(tmpdir(), "isthmus-docs-"));
  readonly #ports = new Map<string, string>();
  readonly #started: ServerProcess[] = [];

  /** The words of the page, with free ports in place of those that listen on the loopback. */
  here(text: string): string {
    return text.replace(/(127\.0\.0\.1:)(\d{4})\b/g, (_, host: string, port: string) => {
      if (!this.#ports.has(port)) this.#ports.set(port, String(freePort()));
      return host + this.#ports.get(port);
    });
  }

  write({ marks, text }: Block): string | null {
    const name = marks.find((mark) => mark.startsWith("file="))?.slice("file=".length);
    if (name === undefined) return null;
    const file = join(this.dir, name);
    writeFileSync(file, this.here(text));
    return file;
  }

  /** Each program as it is found here. */
  command(line: string): string {
    return this.here(line)
      .replace(/^bun src\/main\.ts/, `${process.execPath} ${join(ROOT, "src/main.ts")}`)
      .replace(/^nats-server/, findNatsServer("2.15")?.path ?? "nats-server")
      .replace(/^nats /, `${findNatsCli() ?? "nats"} --no-context `);
  }

  run(line: string): { readonly code: number; readonly said: string } {
    const child = Bun.spawnSync(["sh", "-c", this.command(line)], {
      cwd: this.dir,
      env: { ...process.env, ...SECRETS },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      timeout: 15_000,
    });
    return { code: child.exitCode, said: `${child.stdout}${child.stderr}` };
  }

  async start(line: string): Promise<void> {
    const command = ["sh", "-c", `exec ${this.command(line)}`];
    const ready = /Server is ready|Listening on/;
    this.#started.push(await ServerProcess.start({ name: line, command, cwd: this.dir, ready }));
  }

  async close(): Promise<void> {
    for (const process of this.#started.reverse()) await process.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

/** What a page has to say for itself when its commands are run. */
async function play(page: string, stage: Stage): Promise<string> {
  let said = "";
  for (const block of blocksOf(page)) {
    stage.write(block);
    if (block.marks.includes("start")) for (const line of lines(block.text)) await stage.start(line);
    if (!block.marks.includes("run")) continue;
    for (const line of lines(block.text)) {
      if (block.marks.includes("refused")) {
        const { said: why } = stage.run(line);
        expect([line, /no responders/i.test(why)]).toEqual([line, true]);
        continue;
      }
      // Interest crosses in its own time, for which a reader is slow enough.
      const ran = await until(`${line} goes well`, () => {
        const { code, said: now } = stage.run(line);
        if (code !== 0) throw new Error(now);
        return { now };
      });
      said += ran.now;
    }
  }
  return said;
}

const needs = [whyMissing("2.15"), findNatsCli() === undefined ? "no nats command line" : undefined];
const why = needs.find((reason) => reason !== undefined);
if (why !== undefined) console.error(`SKIPPED docs/getting-started.md: ${why}`);
test.skipIf(why !== undefined)("getting started: every command does what the page says", async () => {
  const stage = new Stage();
  try {
    const said = await play("docs/getting-started.md", stage);
    expect(said).toContain("hello from the edge");
    expect(said.match(/ is valid /g)?.length).toBe(2);
    expect(said).toContain('"state": "connected"');
    expect(said).toContain('"name": "edge-1"');
    expect(said).toMatch(/^isthmus_gateway_up\{gateway="west",configured="true"\} 1$/m);
  } finally {
    await stage.close();
  }
});

test("migration: the file of a nats-server is carried over whole, and the box takes the result", async () => {
  const stage = new Stage();
  try {
    const said = await play("docs/migration.md", stage);
    expect(said.match(/ is valid /g)?.length).toBe(2);
    expect(said).toContain("nats.conf is carried over whole");
    const file = join(stage.dir, "sidecar.yaml");
    const { configuration } = loadConfiguration(file, { environment: SECRETS });
    expect(configuration.leaf?.remotes[0]?.urls.length).toBe(2);
  } finally {
    await stage.close();
  }
});

test("the runbook's fields, metrics and log lines are those of the product", () => {
  const runbook = read("docs/runbook.md");
  const source = filesOf("src").map(read).join("\n");
  const metrics = [...runbook.matchAll(/\bisthmus_\w+/g)].map(([name]) => name);
  expect(metrics.length).toBeGreaterThan(10);
  for (const name of metrics) expect(read("docs/metrics.md")).toContain(`\`${name}\``);
  const fields = ["last_error", "last_close", "next_attempt", "refused_by", "refused_interest", "suppressed"];
  for (const field of [...fields, "loops", "attempts", "last_url", "dropped", "history", "num_subs"]) {
    expect(runbook).toContain(field);
    expect(source).toMatch(new RegExp(`\\b${field}\\b`));
  }
  const said = [
    "Error connecting to gateway",
    "Gateway connection closed: ",
    "authentication error",
    "gateway handshake error",
    "remote server has a duplicate name",
    "Duplicate Remote LeafNode Connection: ",
    "remote leafnode has same cluster name",
    "Not reloaded, nothing has changed: ",
    "Error trying to connect as leafnode to remote server",
    "connection rejected since minimum version required is",
    "Slow Consumer Detected",
    "what was read before stays in use",
    "cannot change while the box runs",
    "attempted to connect to wrong port",
  ];
  for (const text of said.map((one) => one.trim()))
    expect([text, runbook.includes(text)]).toEqual([text, true]);
  const inSource = said.filter((text) => !text.startsWith("gateway handshake"));
  for (const text of inSource) expect([text, source.includes(text)]).toEqual([text, true]);
});

test("the runbook's reasons are explained in reasons.md", () => {
  const reasons = new Set([...read("docs/reasons.md").matchAll(/^### (.*)$/gm)].map(([, name]) => name!));
  const used = [...reasons].filter((reason) => read("docs/runbook.md").includes(reason));
  expect(used.length).toBeGreaterThan(9);
  const linked = [...read("docs/runbook.md").matchAll(/connection closed: ([A-Z][\w ]+?)(?: - |`|\n)/g)];
  for (const [, reason] of linked) expect(reasons).toContain(reason!);
});

test("limits: the figures are those of the source", () => {
  const rows = [...read("docs/limits.md").matchAll(/^\| .* \| ([\d,]+)( [KM]iB| ms)? \| `(\w+)` \|$/gm)];
  expect(rows.length).toBeGreaterThan(15);
  const units: Record<string, number> = { " KiB": 1024, " MiB": 1024 * 1024, " ms": 1 };
  const known = limits as unknown as Record<string, number>;
  for (const [, figure, unit = " ms", name] of rows) {
    const value = Number(figure!.replaceAll(",", "")) * units[unit]!;
    expect([name, value]).toEqual([name, known[name!]!]);
  }
});

test("every link between the pages leads somewhere", () => {
  for (const page of PAGES) {
    for (const [, target, anchor] of read(page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)) {
      const path = target === "" ? page : join(dirname(page), target!);
      expect([page, target, existsSync(join(ROOT, path))]).toEqual([page, target, true]);
      if (anchor === undefined || !path.endsWith(".md")) continue;
      expect([page, path, anchor, anchorsOf(path).has(anchor)]).toEqual([page, path, anchor, true]);
    }
  }
});

/** As the places that show Markdown make them of headings. */
function anchorsOf(page: string): Set<string> {
  const titles = [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, title]) => title!.toLowerCase());
  return new Set(titles.map((title) => title.replaceAll(/[^\w\s-]/g, "").replaceAll(" ", "-")));
}

test("the index lists every page, and the README is short", () => {
  const index = read("docs/README.md");
  const pages = PAGES.filter((page) => /^docs\/[\w-]+\.md$/.test(page) && page !== "docs/README.md");
  expect(pages.length).toBeGreaterThan(12);
  for (const page of pages) expect([page, index.includes(`](${page.slice(5)})`)]).toEqual([page, true]);
  expect(read("README.md").split("\n").length).toBeLessThan(250);
});
