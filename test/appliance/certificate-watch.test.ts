// Certificates that are renewed on disk are taken up, wrong ones are not, and ends are warned of.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CertificateWatch } from "../../src/appliance/certificate-watch.ts";
import { TlsContexts } from "../../src/appliance/tls-contexts.ts";
import { Log } from "../../src/base/log.ts";
import { readConfiguration } from "../../src/config/read.ts";
import { Authority, whyNoCertificates } from "../support/certificates.ts";
import type { JsonObject } from "../support/member.ts";

const why = whyNoCertificates();
if (why !== undefined) console.error(`SKIPPED certificates on disk: ${why}`);

const DAY = 24 * 60 * 60 * 1_000;

describe.skipIf(why !== undefined)(`certificates on disk ${why ?? ""}`.trim(), () => {
  let dir: string;
  let authority: Authority;
  let made: Record<"old" | "renewed" | "ended" | "short", JsonObject>;
  let now: number;
  let lines: string[];
  let contexts: TlsContexts;
  let watch: CertificateWatch;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "isthmus-watch-"));
    authority = new Authority(dir, "authority");
    made = {
      old: authority.tls("old", { days: 100 }),
      renewed: authority.tls("renewed", { days: 200 }),
      ended: authority.tls("ended", { days: -1 }),
      short: authority.tls("short", { days: 3 }),
    };
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const cert = (): string => join(dir, "live.pem");
  const key = (): string => join(dir, "live.key");

  const put = (block: JsonObject, what: "both" | "cert" | "key" = "both"): void => {
    if (what !== "key") copyFileSync(String(block["cert_file"]), cert());
    if (what !== "cert") copyFileSync(String(block["key_file"]), key());
  };

  /** A box whose clients and gateways show the same files, with a hub that is trusted by them. */
  function begin(): void {
    const files = { cert_file: cert(), key_file: key(), ca_file: authority.certificate };
    const text = JSON.stringify({
      listen: "127.0.0.1:4222",
      tls: files,
      gateway: { name: "A", listen: "127.0.0.1:7222", tls: files },
      leafnodes: { remotes: [{ url: "tls://hub", tls: { ca_file: authority.certificate } }] },
    });
    const { configuration } = readConfiguration(text, { file: "box.yaml", environment: {} });
    const clock = { now: () => now };
    lines = [];
    contexts = new TlsContexts(configuration);
    const log = new Log({ write: (level, _at, line) => void lines.push(`${level} ${line}`) }, clock);
    watch = new CertificateWatch(contexts.uses, clock, log);
  }

  beforeEach(() => {
    now = Date.now();
    put(made.old);
    begin();
  });

  const isOld = (): boolean => contexts.clients.listen!.notAfter! < now + 150 * DAY;

  test("new files are taken up by all that name them, once they stay as they are", () => {
    const before = contexts.clients.listen!.server;
    watch.look();
    put(made.renewed);
    watch.look();
    expect(isOld()).toBe(true);
    watch.look();
    expect(isOld()).toBe(false);
    expect(contexts.gateways!.notAfter).toBe(contexts.clients.listen!.notAfter);
    expect(contexts.clients.listen!.server).not.toBe(before);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^info TLS of clients, gateways: renewed from disk, ends 20\d\d-/);
    watch.look();
    watch.look();
    expect(lines).toHaveLength(1);
  });

  test("who follows a context is told", () => {
    let told = 0;
    contexts.clients.listen!.onRenewal(() => told++);
    put(made.renewed);
    watch.look();
    watch.look();
    expect(told).toBe(1);
  });

  const WRONG: [string, () => void, RegExp][] = [
    [
      "a certificate without its key",
      () => put(made.renewed, "cert"),
      /the key is not that of the certificate/,
    ],
    [
      "a key without its certificate",
      () => put(made.renewed, "key"),
      /the key is not that of the certificate/,
    ],
    ["a certificate that has ended", () => put(made.ended), /the certificate ended 20/],
    ["no certificate at all", () => writeFileSync(cert(), "nothing"), /the certificate cannot be used: /],
    ["an empty key", () => writeFileSync(key(), ""), /the key cannot be used: /],
    ["a file that is gone", () => rmSync(key()), /ENOENT/],
  ];

  test.each(WRONG)("%s is refused, and what was there stays", (_, spoil, reason) => {
    spoil();
    for (let i = 0; i < 4; i++) watch.look();
    expect(isOld()).toBe(true);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^error TLS of clients, gateways: .*what was read before stays in use$/);
    expect(lines[0]).toMatch(reason);
    expect(lines[0]).toContain(cert());
    put(made.renewed);
    watch.look();
    watch.look();
    expect(isOld()).toBe(false);
  });

  test("an end within fourteen days is warned of at start and every day, and one that is over is an error", () => {
    put(made.short);
    begin();
    watch.start(3_600_000);
    watch.stop();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /^warn TLS of clients, gateways: the certificate .*live\.pem ends 20.*, in 2 days$/,
    );
    now += DAY - 1;
    watch.look();
    expect(lines).toHaveLength(1);
    now += 1;
    watch.look();
    expect(lines[1]).toMatch(/, in 1 day$/);
    now += 3 * DAY;
    watch.look();
    expect(lines[2]).toMatch(/^error TLS of clients, gateways: the certificate .* ended 20/);
  });

  test("an end that is far is nobody's business", () => {
    watch.start(3_600_000);
    watch.stop();
    expect(lines).toEqual([]);
  });

  test("files that are of no use at start are told with the block that names them", () => {
    put(made.renewed, "cert");
    expect(begin).toThrow("TLS of clients: the key is not that of the certificate");
    writeFileSync(cert(), "x");
    expect(begin).toThrow(/^TLS of clients: the certificate cannot be used: /);
  });
});
