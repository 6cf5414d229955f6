// The demonstration proves what it says: two boxes and a nats-server, and every claim of it holds.

import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";

setDefaultTimeout(60_000);

test("every claim of the demo holds", async () => {
  const root = join(import.meta.dir, "../..");
  const child = Bun.spawn([process.execPath, "bench/demo/demo.ts"], {
    cwd: root,
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  expect(`${out}${err}`).toContain("All 15 claims held");
  expect(code).toBe(0);
});
