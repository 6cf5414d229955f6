// The bench with real systems: a customer's command ends with figures, and with 1 where a message is missing.

import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Contestant, contest } from "../../bench/lib/contest.ts";
import type { WholeReport } from "../../bench/lib/report.ts";
import { whyNoCertificates } from "../support/certificates.ts";
import { REPO_ROOT, whyMissing } from "../support/nats-server.ts";
import { freePort } from "../support/ports.ts";

const missing = whyMissing("2.15");
if (missing !== undefined) console.log(`skipped, the bench beside nats-server: ${missing}`);
const noTls = missing ?? whyNoCertificates();
if (noTls !== undefined) console.log(`skipped, the bench with TLS: ${noTls}`);

interface Ended {
  readonly report: WholeReport;
  readonly code: number;
}

/** Runs a command of the bench to its end, in a process of its own. */
async function bench(...args: string[]): Promise<Ended> {
  const child = Bun.spawn([process.execPath, "bench/main.ts", "--quick", "--json", ...args], {
    cwd: REPO_ROOT,
    stdout: "pipe",
    stderr: "ignore",
  });
  const report = JSON.parse(await new Response(child.stdout).text()) as WholeReport;
  return { report, code: await child.exited };
}

/** The name and whether there is a ratio, of each row. */
const rows = ({ report }: Ended): [string, boolean][] =>
  report.suites.flatMap(({ ratios }) =>
    ratios.map(({ name, ratio }) => [name, (ratio ?? 0) > 0] as [string, boolean]),
  );

const failures = ({ report }: Ended) => report.suites.flatMap((suite) => suite.failures ?? []);

test.skipIf(missing !== undefined)(
  "a case gives a ratio, and leaves a page and its figures",
  async () => {
    const ended = await bench("forward", "--only", "client→gateway 16 B");
    expect(failures(ended)).toEqual([]);
    expect(rows(ended)).toEqual([["client→gateway 16 B", true]]);
    expect(ended.code).toBe(0);
    for (const name of ["forward.html", "forward.json", "targets.svg"]) {
      expect(existsSync(join(REPO_ROOT, "bench/out", name))).toBe(true);
    }
  },
  60_000,
);

test.skipIf(missing !== undefined)(
  "requests are answered across two regions of each system",
  async () => {
    const ended = await bench("request", "--only", "64 requests under way");
    expect(failures(ended)).toEqual([]);
    expect(rows(ended).every(([, has]) => has)).toBe(true);
    expect(rows(ended).length).toBeGreaterThan(1);
  },
  60_000,
);

test.skipIf(missing !== undefined)(
  "a suite that has no such case is told as failed, and the others run",
  async () => {
    const ended = await bench("leaf", "micro", "--only", "write RS+");
    expect(failures(ended)).toEqual(['no case has "write RS+" in its name']);
    expect(rows(ended).map(([name]) => name)).toEqual(["write RS+"]);
    expect(ended.code).toBe(1);
  },
  60_000,
);

const METHOD = { rounds: 1, roundMillis: 60, warmUpMillis: 30, leadMillis: 0, pinned: null };

/** A relay in this process that hands each chunk to `pass`, with how many bytes came before it. */
function relay(pass: (chunk: Uint8Array, before: number) => Uint8Array): Contestant {
  return {
    name: "a faulty relay",
    spec: { direction: "raw-to-raw", size: 16, subjects: 1, connections: 1 },
    async start(loadPort) {
      const port = freePort();
      let came = 0;
      const to = await Bun.connect({ hostname: "127.0.0.1", port: loadPort, socket: { data() {} } });
      Bun.listen({
        hostname: "127.0.0.1",
        port,
        socket: {
          data(_, chunk) {
            const passed = pass(chunk, came);
            came += chunk.length;
            to.write(passed);
          },
        },
      });
      return { children: [], ports: { client: port, gateway: port, leaf: port } };
    },
  };
}

test("a byte that changed on its way is found before anything is measured", async () => {
  const changed = relay((chunk, before) => {
    const copy = chunk.slice();
    if (before === 0) copy[copy.length - 4]! ^= 1;
    return copy;
  });
  await expect(contest([changed], METHOD)).rejects.toThrow(
    /a faulty relay: \d+ messages sent, \d+ arrived; number/,
  );
}, 30_000);

test("a message that is missing is no figure but a failure", async () => {
  const frame = "RMSG $G bench.orders.10000 16\r\n0123456789abcdef\r\n".length;
  const short = relay((chunk, before) => (before === 0 ? chunk.slice(frame) : chunk));
  await expect(contest([short], METHOD)).rejects.toThrow(/1\d\d\d messages sent, \d+ arrived/);
}, 30_000);
