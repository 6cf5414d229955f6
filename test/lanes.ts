// Runs test files in two processes at a time, and sums up what they say. With --check only what needs no real
// peer, as one does before a commit; with --interop only what needs one; else everything.

import { Glob } from "bun";

const LANES = 2;

/** Folders whose tests need a real peer, or real time: a process for each file. */
const REAL = ["interop", "net", "packaging", "ui"];

/** The rest in two parts that take about as long: these, and all others that there are. */
const FIRST_PART = ["tidy", "config", "sim", "core", "leaf", "gateway", "client", "peer", "appliance"];

interface Sum {
  passed: number;
  failed: number;
  /** What did not end as it should, to be told once more at the end. */
  readonly wrong: string[];
}

async function main(): Promise<number> {
  const [only] = process.argv.slice(2);
  const parts = only === "--interop" ? [] : [FIRST_PART.map((folder) => `test/${folder}`), otherFolders()];
  const jobs = only === "--check" ? parts : [...parts, ...realFiles().map((file) => [file])];
  const sum: Sum = { passed: 0, failed: 0, wrong: [] };
  const queue = [...jobs];
  await Promise.all(Array.from({ length: LANES }, (_, lane) => work(queue, lane, sum)));
  for (const line of sum.wrong) console.log(line);
  console.log(`\n ${sum.passed} pass\n ${sum.failed} fail`);
  return sum.wrong.length === 0 && sum.failed === 0 ? 0 : 1;
}

function otherFolders(): string[] {
  const named = new Set([...REAL, ...FIRST_PART]);
  const files = new Glob("test/*/**/*.test.ts").scanSync();
  const folders = new Set([...files].map((file) => file.split("/")[1]!));
  return [...folders].filter((folder) => !named.has(folder)).map((folder) => `test/${folder}`);
}

/** Long ones first, as far as their size tells, so that no lane is left alone at the end. */
function realFiles(): string[] {
  const files = REAL.flatMap((folder) => [...new Glob(`test/${folder}/*.test.ts`).scanSync()]);
  return files.sort((a, b) => Bun.file(b).size - Bun.file(a).size);
}

async function work(queue: string[][], lane: number, sum: Sum): Promise<void> {
  for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
    const child = Bun.spawn([process.execPath, "test", ...job], {
      stdout: "pipe",
      stderr: "pipe",
      env: { ...process.env, ISTHMUS_TEST_LANE: `${lane}/${LANES}` },
    });
    const [out, err, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    console.log(`\n── ${job.join(" ")}\n${out}${err}`);
    const count = (what: string): number => Number(new RegExp(`^ *(\\d+) ${what}$`, "m").exec(err)?.[1] ?? 0);
    sum.passed += count("pass");
    sum.failed += count("fail");
    sum.wrong.push(...err.split("\n").filter((line) => line.startsWith("(fail)")));
    if (code !== 0 && count("fail") === 0) {
      sum.failed++;
      sum.wrong.push(`(fail) ${job.join(" ")} ended with ${code}`);
    }
  }
}

process.exit(await main());
