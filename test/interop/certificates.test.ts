// Certificates as identity on gateways: verify_and_map, verify_cert_and_check_known_urls and pinned_certs of
// the box, tried by an unmodified nats-server that dials it.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Authority, whyNoCertificates } from "../support/certificates.ts";
import { inbound } from "../support/gatewayz.ts";
import type { JsonObject } from "../support/member.ts";
import { SuperCluster } from "../support/peers.ts";
import { guardProcesses } from "../support/process.ts";
import { until } from "../support/wait.ts";

const why = whyNoCertificates();
if (why !== undefined) console.error(`SKIPPED certificates as identity: ${why}`);
const TEST_MILLIS = 40_000;
guardProcesses();

describe.skipIf(why !== undefined)("certificates as identity", () => {
  let dir: string;
  let authority: Authority;
  let world: SuperCluster | undefined;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "isthmus-certificates-"));
    authority = new Authority(dir, "authority");
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  afterEach(async () => {
    await world?.close();
    world = undefined;
  }, TEST_MILLIS);

  async function start(box: JsonObject, more: JsonObject = {}): Promise<SuperCluster> {
    world = await SuperCluster.start(
      {
        name: "BOX",
        kind: "box",
        gateway: { tls: { ...authority.tls("box"), ...box }, ...more },
        tapped: true,
      },
      { name: "PEER", kind: "2.15", gateway: { tls: authority.tls("peer") }, tapped: true },
    );
    return world;
  }

  async function refused(regions: SuperCluster): Promise<void> {
    const vain = () => regions.tap("BOX").connections.filter(({ closed }) => closed).length;
    await until("the peer was turned away twice", () => vain() >= 2, 15_000);
    expect(await inbound(regions.member("BOX"), "PEER")).toEqual([]);
  }

  const accepted = (regions: SuperCluster): Promise<true> =>
    until(
      "the peer is let in",
      async () => (await inbound(regions.member("BOX"), "PEER")).length > 0,
      15_000,
    );

  for (const user of ["localhost", "CN=peer"]) {
    test(
      `verify_and_map lets in a certificate that names ${user}`,
      async () => {
        await accepted(await start({ verify_and_map: true }, { authorization: { user } }));
      },
      TEST_MILLIS,
    );
  }

  test(
    "verify_and_map refuses a certificate that names somebody else",
    async () => {
      await refused(await start({ verify_and_map: true }, { authorization: { user: "elsewhere" } }));
    },
    TEST_MILLIS,
  );

  const keyOf = (holder: string): string => {
    const tls = authority.tls(holder);
    const spki = new X509Certificate(readFileSync(String(tls["cert_file"]))).publicKey.export({
      type: "spki",
      format: "der",
    });
    return createHash("sha256").update(spki).digest("hex");
  };

  test(
    "a certificate that is not pinned is refused although it verifies",
    async () => {
      await refused(await start({ pinned_certs: [keyOf("another")] }));
    },
    TEST_MILLIS,
  );
});
