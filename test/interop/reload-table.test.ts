// What a running nats-server takes up of a change of each key: docs/reload.md says it beside what the box
// does.

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { changes, type KeyChange, NAMED_FILES } from "../config/reload-changes.ts";
import { type There, thereOf } from "../config/reload-doc.ts";
import { Authority, whyNoCertificates } from "../support/certificates.ts";
import { findNatsServer, whyMissing } from "../support/nats-server.ts";
import { guardProcesses, ServerProcess } from "../support/process.ts";

setDefaultTimeout(60_000);
guardProcesses();

const why = whyNoCertificates() ?? whyMissing("2.15");
if (why !== undefined) console.error(`SKIPPED reloads of nats-server: ${why}`);

/** Where its log goes elsewhere the answer is not seen, and it does not start where no resolver answers; it
 *  does take that up (server/reload.go). It cannot begin with what it does not know. */
const UNSEEN = /^(log_file|resolver_tls\..*|admin\.mode)$/;

const said = /Reloaded server configuration|Failed to reload/;

const together = new Map<string, KeyChange[]>();
for (const change of await changes()) {
  const before = JSON.stringify(change.before);
  if (!UNSEEN.test(change.key)) together.set(before, [...(together.get(before) ?? []), change]);
}

describe.skipIf(why !== undefined)(`nats-server 2.15 ${why ?? ""}`.trim(), () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "isthmus-reload-"));
    const made = new Authority(dir, "made").tls("made");
    for (const name of [NAMED_FILES.one, NAMED_FILES.other]) {
      copyFileSync(String(made["cert_file"]), join(dir, `${name}.pem`));
      copyFileSync(String(made["key_file"]), join(dir, `${name}.key`));
    }
    for (const name of [NAMED_FILES.authority, NAMED_FILES.otherAuthority]) {
      copyFileSync(String(made["ca_file"]), join(dir, name));
    }
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  test.each([...together])(
    "takes up, refuses or does not know what the page says %#",
    async (before, all) => {
      const file = join(dir, "nats.conf");
      let server: ServerProcess | null = null;
      const wrong: unknown[] = [];
      try {
        for (const { key, after } of all) {
          writeFileSync(file, before);
          server ??= await ServerProcess.start({
            name: "nats-server",
            command: [findNatsServer("2.15")!.path, "-c", file],
            cwd: dir,
            ready: /Server is ready/,
          });
          writeFileSync(file, JSON.stringify(after));
          const from = server.log.length;
          server.signal("SIGHUP");
          await server.logged(said, 10_000, from);
          const { there, answer } = thereIn(server.log.slice(from));
          if (there !== thereOf(key)) wrong.push([key, there, answer]);
          if (there !== "taken") continue;
          await server.stop();
          server = null;
        }
      } finally {
        await server?.stop();
      }
      expect(wrong).toEqual([]);
    },
  );
});

function thereIn(log: string): { there: There; answer: string } {
  const failed = /Failed to reload server configuration: (.*)/.exec(log)?.[1];
  if (failed === undefined) return { there: "taken", answer: "" };
  const there = failed.includes("unknown field") ? "unknown" : "refused";
  return { there, answer: failed };
}
