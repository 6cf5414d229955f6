// Each wrong use of TLS at each listener of the box, and of each peer that the box dials: nobody gets in,
// nobody is linked, and whoever does it right is served all the same.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Authority, whyNoCertificates } from "../support/certificates.ts";
import { outbound } from "../support/gatewayz.ts";
import { LeafWorld } from "../support/leaf-world.ts";
import { leafs } from "../support/leafz.ts";
import { type JsonObject, whyAbsent } from "../support/member.ts";
import { SuperCluster } from "../support/peers.ts";
import { guardProcesses } from "../support/process.ts";
import { leafConnect } from "../support/raw-leaf.ts";
import { isLetIn, isLetInInClear } from "../support/tls-caller.ts";
import { until } from "../support/wait.ts";
import type { ServerWorld } from "../support/world.ts";

setDefaultTimeout(40_000);
guardProcesses();

const why = whyNoCertificates() ?? whyAbsent("2.15");
if (why !== undefined) console.error(`SKIPPED wrong TLS: ${why}`);

interface Door {
  readonly name: "client" | "leaf" | "gateway" | "websocket" | "https";
  readonly afterInfo: boolean;
  /** Certificates of callers are asked for. */
  readonly verifies: boolean;
  readonly says: string;
  readonly hears: RegExp;
}

const UPGRADE =
  "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

const DOORS: readonly Door[] = [
  { name: "client", afterInfo: true, verifies: true, says: "CONNECT {}\r\nPING\r\n", hears: /PONG/ },
  { name: "leaf", afterInfo: true, verifies: true, says: leafConnect(), hears: /connect_info/ },
  { name: "gateway", afterInfo: false, verifies: true, says: "PING\r\n", hears: /INFO / },
  { name: "websocket", afterInfo: false, verifies: true, says: UPGRADE, hears: / 101 / },
  {
    name: "https",
    afterInfo: false,
    verifies: false,
    says: "GET /varz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    hears: / 200 /,
  },
];

describe.skipIf(why !== undefined)(`wrong TLS ${why ?? ""}`.trim(), () => {
  let dir: string;
  let ours: Authority;
  let theirs: Authority;
  const blocks = new Map<string, JsonObject>();
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "isthmus-wrong-tls-"));
    ours = new Authority(dir, "ours");
    theirs = new Authority(dir, "theirs");
    blocks.set("good", ours.tls("good"));
    blocks.set("of an unknown authority", theirs.tls("unknown"));
    blocks.set("that has ended", ours.tls("ended", { days: -1 }));
    blocks.set("of another name", ours.tls("elsewhere", { names: "DNS:elsewhere.example.org" }));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  let world: ServerWorld | undefined;
  afterEach(async () => {
    await world?.close();
    world = undefined;
  });

  /** A box with all its listeners, with TLS or without; where each of them is. */
  async function listeners(secure: boolean): Promise<(door: Door) => number> {
    const tls = { ...blocks.get("good"), timeout: 1 };
    const verified = { tls: { ...tls, verify: true } };
    const started = await LeafWorld.start({
      clusters: [
        {
          name: "BOX",
          kind: "box",
          gateways: [],
          leafnodes: secure ? verified : {},
          websocket: secure ? verified : { no_tls: true },
        },
      ],
      links: [],
    });
    world = started;
    const member = started.member("BOX");
    const { client, leaf = 0, gateway, monitor } = member.ports;
    const websocket = Number(new URL(started.urlsOf({ from: "BOX", to: "BOX", scheme: "ws" })[0]!).port);
    if (!secure) return ({ name }) => ({ client, leaf, gateway, websocket, https: monitor })[name];
    await member.stop();
    await member.reconfigured((config) => {
      const { http, ...rest } = config;
      return {
        ...rest,
        ...verified,
        https: http!,
        gateway: { ...(config["gateway"] as JsonObject), tls },
      };
    });
    return ({ name }) => ({ client, leaf, gateway, websocket, https: monitor })[name];
  }

  test("no listener lets in who calls it with the wrong certificate, with none, or in clear", async () => {
    const portOf = await listeners(true);
    for (const door of DOORS) {
      const call = { ...door, port: portOf(door) };
      const tries = new Map<string, boolean>();
      for (const bad of ["of an unknown authority", "that has ended"]) {
        tries.set(bad, await isLetIn({ ...call, shows: blocks.get(bad)! }));
      }
      tries.set("none", await isLetIn({ ...call, shows: null }));
      tries.set("clear", await isLetInInClear(call));
      tries.set("good", await isLetIn({ ...call, shows: blocks.get("good")! }));
      // Monitoring asks nobody for a certificate.
      const asked = !door.verifies;
      expect([door.name, ...tries]).toEqual([
        door.name,
        ["of an unknown authority", asked],
        ["that has ended", asked],
        ["none", asked],
        ["clear", false],
        ["good", true],
      ]);
    }
    expect(world!.members()[0]!.running).toBe(true);
  });

  test("no listener in clear is confused by TLS", async () => {
    const portOf = await listeners(false);
    for (const door of DOORS) {
      const call = { ...door, afterInfo: false, port: portOf(door), shows: null };
      expect([door.name, await isLetIn(call), await isLetInInClear(call)]).toEqual([door.name, false, true]);
    }
    expect(world!.members()[0]!.running).toBe(true);
  });

  const BAD = ["of an unknown authority", "that has ended", "of another name"] as const;
  const TOLD = {
    "of an unknown authority": /certificate/i,
    "that has ended": /expired/i,
    "of another name": /127\.0\.0\.1|altname|host/i,
  };

  describe.each(["nats-leaf", "wss"] as const)("a hub dialled by %s", (scheme) => {
    const dial = async (hub: JsonObject, spoke: JsonObject | null): Promise<LeafWorld> => {
      const block = { tls: hub };
      const started = await LeafWorld.start({
        clusters: [
          {
            name: "HUB",
            kind: "2.15",
            ...(scheme === "wss" ? { websocket: block } : { leafnodes: block }),
          },
          { name: "BOX", kind: "box", leafnodes: { reconnect: "200ms" } },
        ],
        links: [{ from: "BOX", to: "HUB", scheme, ...(spoke === null ? {} : { remote: { tls: spoke } }) }],
      });
      world = started;
      return started;
    };

    test.each(BAD)("with a certificate %s is left alone, and it is told", async (bad) => {
      const { ca_file } = blocks.get("good")!;
      const started = await dial(blocks.get(bad)!, { ca_file: ca_file! });
      await until("it is told", () => TOLD[bad].test(errorsOf(started.member("BOX").log)), 15_000);
      for (const name of ["HUB", "BOX"]) expect(await leafs(started.member(name))).toEqual([]);
    });

    test("that asks for a certificate takes no box without one", async () => {
      const { ca_file } = blocks.get("good")!;
      const hub = { ...blocks.get("good"), verify: true };
      const started = await dial(hub, { ca_file: ca_file! });
      const hubLog = (): string => started.member("HUB").log;
      await until("the hub has said so", () =>
        /didn't provide a certificate|bad certificate|TLS/i.test(hubLog()),
      );
      await until("the box has tried", () => errorsOf(started.member("BOX").log) !== "");
      expect(await leafs(started.member("BOX"))).toEqual([]);
    });
  });

  describe("a gateway that is dialled", () => {
    test.each(BAD)("with a certificate %s is left alone, and it is told", async (bad) => {
      const started = await SuperCluster.start(
        { name: "BOX", kind: "box", gateway: { tls: blocks.get("good")! } },
        { name: "PEER", kind: "2.15", gateway: { tls: { ...blocks.get(bad), ca_file: ours.certificate } } },
      );
      world = started;
      await until("it is told", () => TOLD[bad].test(errorsOf(started.member("BOX").log)), 15_000);
      expect(await outbound(started.member("BOX"), "PEER")).toBeUndefined();
    });
  });
});

/** What a log says went wrong. */
function errorsOf(log: string): string {
  return log
    .split("\n")
    .filter((line) => /\[ERR\]|\[WRN\]/.test(line))
    .join("\n");
}
