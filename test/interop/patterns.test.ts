// The files of docs/patterns themselves: valid as they stand, all of them told of, and started by the script
// that a reader is given. What each pattern promises is shown in the files beside this one.

import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { HAS_STAND_IN } from "../support/member.ts";
import { REPO_ROOT } from "../support/nats-server.ts";
import {
  listensOn,
  PATTERNS_DIR,
  type Pattern,
  PORT_OF,
  patternNames,
  portsIn,
  readPattern,
  topPort,
  withPorts,
} from "../support/pattern-files.ts";
import { commandOf } from "../support/pattern-world.ts";
import { freePort } from "../support/ports.ts";
import { guardProcesses, ServerProcess } from "../support/process.ts";
import { describeWith } from "../support/sides.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(30_000);
guardProcesses();

const README_LINES_MAX = 60;

const patterns = patternNames().map((name) => readPattern(name));
const allFiles = patterns.flatMap(({ files }) => files);

describeWith("every file of every pattern", HAS_STAND_IN ? ["2.15"] : ["box", "2.15"], () => {
  test("is found valid by the program that it is for, without a warning", async () => {
    const kinds = allFiles.filter(({ kind }) => kind !== "box" || !HAS_STAND_IN);
    const verdicts = await Promise.all(
      kinds.map(async ({ kind, path }) => {
        const { variables } = patterns.find(({ files }) => files.some((file) => file.path === path))!;
        const check = Bun.spawn([...commandOf(kind), "-c", path, "-t"], {
          env: { ...process.env, ...variables },
          stdout: "ignore",
          stderr: "pipe",
        });
        const said = await new Response(check.stderr).text();
        return { path, exitCode: await check.exited, said: said.trim().split("\n") };
      }),
    );
    expect(verdicts.length).toBeGreaterThan(10);
    for (const { path, exitCode, said } of verdicts) {
      expect({ path, exitCode, said }).toEqual({
        path,
        exitCode: 0,
        said: [expect.stringContaining("is valid")],
      });
    }
  });
});

test("no two servers listen on the same port, and each port says what it is for", () => {
  const listening = allFiles.flatMap(({ text }) => listensOn(text));
  expect(listening.length).toBeGreaterThan(2 * allFiles.length);
  expect(new Set(listening).size).toBe(listening.length);
  for (const { text, name } of allFiles) {
    expect(text).toContain(`\nserver_name: ${name}\n`);
    const server = topPort(text, "listen") % 100;
    expect(topPort(text, "listen")).toBe(PORT_OF.client * 100 + server);
    expect(topPort(text, "http")).toBe(PORT_OF.monitor * 100 + server);
    for (const port of listensOn(text)) {
      expect(port % 100).toBe(server);
      expect(Object.values(PORT_OF) as number[]).toContain(Math.floor(port / 100));
    }
  }
});

test("every port that a file or a variable names is one that a server of the same pattern listens on", () => {
  for (const { files, variables } of patterns) {
    const listening = files.flatMap(({ text }) => listensOn(text));
    const named = [...files.map(({ text }) => text), ...Object.values(variables)].flatMap(portsIn);
    expect([...new Set(named)].sort()).toEqual(listening.sort());
  }
});

test("a text with an address that is left as it was is refused", () => {
  const plus = (port: number) => port + 10_000;
  expect(withPorts('listen: 127.0.0.1:4311 # 4222\nurl: "nats://127.0.0.1:7311"', plus)).toBe(
    'listen: 127.0.0.1:14311 \nurl: "nats://127.0.0.1:17311"',
  );
  for (const missed of ["urls: [nats://127.0.0.1]", "listen: 80", "host: localhost", "host: 127.0.0.1"]) {
    expect(() => withPorts(`port: 4311\n${missed}\n`, plus)).toThrow("not replaced");
  }
});

test("every pattern is in the index, and its README names its files and no port of anybody else", () => {
  const index = readFileSync(join(PATTERNS_DIR, "README.md"), "utf8");
  expect([...index.matchAll(/\]\((\S+?)\/README\.md\)/g)].map((found) => found[1]!).sort()).toEqual(
    patternNames(),
  );
  for (const { name, dir, files } of patterns) {
    const readme = readFileSync(join(dir, "README.md"), "utf8");
    expect(readme.trimEnd().split("\n").length).toBeLessThanOrEqual(README_LINES_MAX);
    for (const { path } of files) expect(readme).toContain(basename(path));
    expect(readme).toContain(`sh docs/patterns/start.sh ${name}\n`);
    const listening = files.flatMap(({ text }) => listensOn(text));
    const named = [...readme.matchAll(/:(\d{4})\b/g)].map((found) => Number(found[1]));
    expect(named.length).toBeGreaterThan(0);
    for (const port of named) expect(listening).toContain(port);
  }
});

describeWith("the script that starts a pattern", HAS_STAND_IN ? ["2.15"] : ["box", "2.15"], () => {
  test("starts all of its servers, and ends them when it is ended", async () => {
    const pattern = patterns.find(({ name }) => name === "laptop")!;
    const dir = mkdtempSync(join(tmpdir(), "isthmus-pattern-"));
    const { monitors } = await movedTo(pattern, join(dir, pattern.name));
    const script = await ServerProcess.start({
      name: "start.sh",
      command: [
        ...["env", `TMPDIR=${dir}`, `NATS_SERVER=${commandOf("2.15").join(" ")}`],
        ...[`ISTHMUS=${commandOf("box").join(" ")}`, "sh", join(PATTERNS_DIR, "start.sh")],
        join(dir, pattern.name),
      ],
      cwd: REPO_ROOT,
      ready: /running, until Ctrl-C/,
    });
    try {
      await until("both links are up", async () => {
        const counts = await Promise.all(monitors.map(leafCount));
        return counts.reduce((sum, count) => sum + count, 0) === 4;
      });
    } finally {
      // The script's own end is what ends the servers, so it must come whatever happened.
      await script.stop();
      rmSync(dir, { recursive: true, force: true });
    }
    expect(script.exitCode).toBe(0);
    for (const url of monitors) await expect(fetch(`${url}/varz`, { keepalive: false })).rejects.toThrow();
  });
});

async function leafCount(monitorUrl: string): Promise<number> {
  const answer = await fetch(`${monitorUrl}/leafz`, { keepalive: false });
  return ((await answer.json()) as { leafnodes: number }).leafnodes;
}

/** Copies a pattern to a folder, with free ports. */
async function movedTo(
  { files, variables, dir }: Pattern,
  to: string,
): Promise<{ readonly monitors: string[] }> {
  mkdirSync(to);
  const free = new Map<number, number>();
  const moved = (port: number) => {
    if (!free.has(port)) free.set(port, freePort());
    return free.get(port)!;
  };
  for (const { path, text } of files) await Bun.write(join(to, basename(path)), withPorts(text, moved));
  const defaults = readFileSync(join(dir, "defaults.env"), "utf8");
  await Bun.write(join(to, "defaults.env"), withPorts(defaults, moved));
  expect(Object.keys(variables).length).toBeGreaterThan(0);
  return { monitors: files.map(({ text }) => `http://127.0.0.1:${moved(topPort(text, "http"))}`) };
}
