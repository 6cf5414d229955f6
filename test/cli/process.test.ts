// The box as a process: what it prints, and which code it ends with.

import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;
const TEST_MILLIS = 20_000;

/** Runs the box; `until` is a text at which it is sent SIGTERM. */
async function run(args: string[], until?: string): Promise<{ code: number; out: string; err: string }> {
  const child = Bun.spawn([process.execPath, MAIN, ...args], {
    stdout: "pipe",
    stderr: "pipe",
    stdin: "ignore",
  });
  const killer = setTimeout(() => child.kill("SIGKILL"), TEST_MILLIS / 2);
  let err = "";
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of child.stderr) {
      err += decoder.decode(chunk, { stream: true });
      if (until !== undefined && err.includes(until)) child.kill("SIGTERM");
    }
  })();
  const out = await new Response(child.stdout).text();
  await reading;
  const code = await child.exited;
  clearTimeout(killer);
  return { code, out, err };
}

function withFile<T>(text: string, use: (file: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), "isthmus-process-"));
  const file = join(dir, "box.yaml");
  writeFileSync(file, text);
  return use(file).finally(() => rmSync(dir, { recursive: true, force: true }));
}

describe("the process", () => {
  test(
    "prints what it listens on and ends with 0 after a clean stop",
    async () => {
      const yaml =
        "listen: 127.0.0.1:-1\nhttp: 127.0.0.1:-1\ngateway: { name: here, listen: '127.0.0.1:-1' }\n";
      const { code, err } = await withFile(yaml, (file) => run(["-c", file], "Server is ready"));
      for (const what of ["client connections on", "gateway connections on", "http monitor on"]) {
        expect(err).toMatch(new RegExp(`${what} 127\\.0\\.0\\.1:[1-9]\\d+`));
      }
      expect(err).toContain("Server Exiting");
      expect(code).toBe(0);
    },
    TEST_MILLIS,
  );

  test(
    "ends with 1 and every finding for a bad configuration, and opens nothing",
    async () => {
      const yaml = "listen: 127.0.0.1:-1\nmax_payloda: 5\ngateway: { name: 7 }\n";
      const { code, err } = await withFile(yaml, (file) => run(["-c", file]));
      expect(err).toContain("box.yaml:2:1 max_payloda");
      expect(err).toContain("box.yaml:3:");
      expect(err).not.toContain("Listening");
      expect(code).toBe(1);
    },
    TEST_MILLIS,
  );

  test(
    "ends with 1 and names the listener that cannot be opened",
    async () => {
      const taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
      const yaml = `listen: 127.0.0.1:${taken.port}\n`;
      const { code, err } = await withFile(yaml, (file) => run(["-c", file]));
      taken.stop(true);
      expect(err).toContain(`Error listening for client connections on 127.0.0.1:${taken.port}`);
      expect(code).toBe(1);
    },
    TEST_MILLIS,
  );

  test(
    "checks a configuration for people and for tools, with the same code",
    async () => {
      const wise = "listen: 127.0.0.1:4222\n";
      expect(await withFile(wise, (file) => run(["check", "-c", file]))).toMatchObject({ code: 0, out: "" });
      const unwise = "host: 0.0.0.0\n";
      const { code, out } = await withFile(unwise, (file) => run(["check", "--json", "-c", file]));
      expect(code).toBe(0);
      expect(JSON.parse(out)[0]).toMatchObject({ key: "host", severity: "warning", danger: "clear-text" });
      const wrong = "prot: 1\n";
      const told = await withFile(wrong, (file) => run(["check", "-c", file]));
      expect(told).toMatchObject({ code: 1, out: "" });
      expect(told.err).toContain("box.yaml:1:1 prot: unknown key; did you mean port?");
    },
    TEST_MILLIS,
  );

  test(
    "tells its version and its flags, and ends with 0",
    async () => {
      expect(await run(["-v"])).toMatchObject({ code: 0, out: expect.stringContaining("isthmus: v") });
      expect(await run(["--help"])).toMatchObject({ code: 0, out: expect.stringContaining("--config") });
    },
    TEST_MILLIS,
  );
});
