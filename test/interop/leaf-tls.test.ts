// Leaf links with TLS: begun after INFO or before it, with a certificate of the hub alone or of both ends.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Authority, whyNoCertificates } from "../support/certificates.ts";
import { acrossLeafs, type LeafPair, mixed, newest, startPair } from "../support/leaf-sides.ts";
import { bodiesOf, carriesBothWays } from "../support/leaf-traffic.ts";
import { type LeafLink, LeafWorld } from "../support/leaf-world.ts";
import { leafs } from "../support/leafz.ts";
import type { JsonObject } from "../support/member.ts";
import { allHeard } from "../support/messages.ts";
import { guardProcesses } from "../support/process.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(30_000);
guardProcesses();

const BODIES = bodiesOf(300);
const noCertificates = whyNoCertificates();
if (noCertificates !== undefined) console.error(`SKIPPED leafs with TLS: ${noCertificates}`);

describe.skipIf(noCertificates !== undefined)(`leafs with TLS ${noCertificates ?? ""}`.trim(), () => {
  let dir: string;
  let ours: Authority;
  let theirs: Authority;
  let certificate: { hub: JsonObject; spoke: JsonObject; stranger: JsonObject };
  let trust: JsonObject;
  let world: LeafWorld | undefined;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "isthmus-leaf-tls-"));
    ours = new Authority(dir, "ours");
    theirs = new Authority(dir, "theirs");
    certificate = { hub: ours.tls("hub"), spoke: ours.tls("spoke"), stranger: theirs.tls("stranger") };
    trust = { ca_file: ours.certificate };
  });
  afterEach(async () => {
    await world?.close();
    world = undefined;
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  /** A link that must work; `tls` are the blocks of the hub and of the remote. */
  const linked = async (
    pair: LeafPair,
    hub: JsonObject,
    remote: JsonObject,
    link: Partial<LeafLink> = {},
  ) => {
    world = await startPair(pair, {
      hub: { tapped: true, leafnodes: { tls: hub, ...(pair.hub === "2.9" ? {} : { compression: "off" }) } },
      link: { remote: { tls: remote }, ...link },
    });
    await carriesBothWays(await world.client("HUB"), await world.client("SPOKE"), BODIES);
    expect(readable(world).filter((verb) => verb !== "INFO")).toEqual([]);
    return world;
  };

  /** A link that must not come up, however often it is tried. */
  const refused = async (pair: LeafPair, hub: JsonObject, ...remotes: readonly JsonObject[]) => {
    const spokes = remotes.map((tls, i) => ({ name: `SPOKE${i}`, tls }));
    world = await LeafWorld.start({
      clusters: [
        { name: "HUB", kind: pair.hub, tapped: true, leafnodes: { tls: hub } },
        ...spokes.map(({ name }) => ({ name, kind: pair.spoke })),
      ],
      links: spokes.map(({ name, tls }) => ({ from: name, to: "HUB", remote: { tls } })),
    });
    const vain = () => world!.tap("HUB").connections.filter(({ closed }) => closed).length;
    await until("each is turned away twice", () => vain() >= 2 * remotes.length);
    for (const member of world.members()) {
      expect(await leafs(member)).toEqual([]);
      expect(member.running).toBe(true);
    }
  };

  acrossLeafs((pair) => {
    test("the hub's certificate is enough, and only its INFO is in clear", async () => {
      await linked(pair, certificate.hub, trust);
      expect(readable(world!)).toEqual(["INFO"]);
    });

    test("the hub asks for a certificate, and the spoke's is good", async () => {
      await linked(pair, { ...certificate.hub, verify: true }, certificate.spoke, { scheme: "tls" });
    });
  }, mixed);

  acrossLeafs(
    (pair) => {
      test("a hub of an authority that the spoke does not know is left alone", async () => {
        await refused(pair, certificate.stranger, trust);
      });

      test("a spoke without a certificate, and one of a strange authority, are turned away", async () => {
        const strange = { ...certificate.stranger, ca_file: ours.certificate };
        await refused(pair, { ...certificate.hub, verify: true }, trust, strange);
      });

      test("a certificate stands for its user, and so for his account", async () => {
        const users = [{ user: "localhost", account: "RED" }];
        world = await startPair(pair, {
          hub: {
            accounts: ["RED"],
            leafnodes: { tls: { ...certificate.hub, verify_and_map: true }, authorization: { users } },
          },
          link: { remote: { tls: certificate.spoke } },
        });
        expect((await leafs(world.member("HUB"))).map(({ account }) => account)).toEqual(["RED"]);
        await allHeard(await world.client("HUB", { account: "RED" }), await world.client("SPOKE"));
      });
    },
    (pair) => newest(pair) && mixed(pair),
  );

  acrossLeafs(
    (pair) => {
      test("TLS first: not even INFO is in clear", async () => {
        const first = { handshake_first: true };
        await linked(pair, { ...certificate.hub, ...first }, { ...trust, ...first });
        expect(readable(world!)).toEqual([]);
      });
    },
    // A 2.9 has no handshake first.
    ({ hub, spoke }) => hub !== "2.9" && spoke !== "2.9",
  );

  acrossLeafs(
    (pair) => {
      test("a hub that waits for either serves those who begin and those who wait", async () => {
        const hub = { ...certificate.hub, handshake_first: "auto" };
        await linked(pair, hub, { ...trust, handshake_first: true });
        expect(readable(world!)).toEqual([]);
        await world?.close();
        await linked(pair, hub, trust);
        expect(readable(world!)).toEqual(["INFO"]);
      });
    },
    // Of the nats-servers only the newer ones have it for leafs, and a 2.9 cannot begin with TLS.
    ({ hub, spoke }) => (hub === "box" || hub === "2.15") && spoke !== "2.9",
  );
});

/** The verbs of this protocol that can be read on the wire. */
function readable(linked: LeafWorld): string[] {
  const verbs = new Set(["INFO", "CONNECT", "PING", "PONG", "LS+", "LS-", "LMSG", "HMSG", "-ERR"]);
  const tap = linked.tap("HUB");
  return [...tap.frames("forth"), ...tap.frames("back")]
    .filter(({ verb, line }) => verbs.has(verb) && !line.includes("\u0000"))
    .map(({ verb }) => verb);
}
