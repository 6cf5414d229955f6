// Certificates are replaced on disk while everything is connected: new handshakes see the new ones, and
// nobody who is there is cut or misses a message.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as dialTls } from "node:tls";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { Authority, whyNoCertificates } from "../support/certificates.ts";
import { type JsonObject, Member, whyAbsent } from "../support/member.ts";
import { freePort } from "../support/ports.ts";
import { guardProcesses } from "../support/process.ts";
import { until, within } from "../support/wait.ts";

setDefaultTimeout(60_000);
guardProcesses();

const why = whyNoCertificates() ?? whyAbsent("2.15");
if (why !== undefined) console.error(`SKIPPED certificates that are renewed: ${why}`);

/** Bytes of a message. */
const BODY = new Uint8Array(2_000);

describe.skipIf(why !== undefined)(`certificates that are renewed ${why ?? ""}`.trim(), () => {
  let dir: string;
  let authority: Authority;
  let made: { old: JsonObject; renewed: JsonObject; peer: JsonObject };
  const members: Member[] = [];
  const clients: NatsConnection[] = [];
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "isthmus-renewal-"));
    authority = new Authority(dir, "authority");
    made = {
      old: authority.tls("old", { days: 100 }),
      renewed: authority.tls("renewed", { days: 10 }),
      peer: authority.tls("peer"),
    };
    put(made.old);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await within("it closes", client.close(), 2_000).catch(() => {});
    await Promise.all(members.splice(0).map((member) => member.stop()));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const live = () => ({ cert_file: join(dir, "live.pem"), key_file: join(dir, "live.key") });

  function put(block: JsonObject): void {
    copyFileSync(String(block["cert_file"]), live().cert_file);
    copyFileSync(String(block["key_file"]), live().key_file);
  }

  async function client(port: number, more: object = {}): Promise<NatsConnection> {
    const made = await connect({ servers: `localhost:${port}`, reconnect: false, timeout: 5_000, ...more });
    clients.push(made);
    return made;
  }

  /** Whose certificate a new handshake sees. */
  function shown(port: number): Promise<string> {
    const [ca, cert, key] = ["ca_file", "cert_file", "key_file"].map((which) =>
      readFileSync(String(made.peer[which]), "utf8"),
    );
    return new Promise((answer, fail) => {
      const options = { host: "localhost", port, ca: ca!, cert: cert!, key: key!, servername: "localhost" };
      const socket = dialTls(options, () => {
        answer(String(socket.getPeerCertificate().subject.CN));
        socket.destroy();
      });
      socket.on("error", fail);
    });
  }

  /** The box with everything that has a certificate, a region beside it, and a leaf over WebSocket. */
  async function start() {
    const at = {
      ...{ client: freePort(), monitor: freePort(), gateway: freePort(), leaf: freePort() },
      ...{ webSocket: freePort(), https: freePort() },
    };
    const tls = { ...live(), ca_file: authority.certificate, timeout: 5 };
    const peerAt = { client: freePort(), monitor: freePort(), gateway: freePort() };
    const edgeAt = { client: freePort(), monitor: freePort(), gateway: 0 };
    const config = {
      server_name: "BOX",
      listen: `127.0.0.1:${at.client}`,
      http: `127.0.0.1:${at.monitor}`,
      https: `127.0.0.1:${at.https}`,
      tls: { ...tls, handshake_first: "500ms" },
      gateway: {
        name: "BOX",
        listen: `127.0.0.1:${at.gateway}`,
        tls,
        gateways: [{ name: "PEER", urls: [`nats://localhost:${peerAt.gateway}`] }],
      },
      leafnodes: { listen: `127.0.0.1:${at.leaf}`, tls: { ...tls, handshake_first: "500ms" } },
      websocket: { listen: `127.0.0.1:${at.webSocket}`, tls },
    };
    const peerConfig = {
      server_name: "PEER",
      listen: `127.0.0.1:${peerAt.client}`,
      gateway: {
        name: "PEER",
        listen: `127.0.0.1:${peerAt.gateway}`,
        tls: made.peer,
        gateways: [{ name: "BOX", urls: [`nats://localhost:${at.gateway}`] }],
      },
    };
    const remote = { url: `wss://localhost:${at.webSocket}`, tls: { ca_file: authority.certificate } };
    const edgeConfig = {
      server_name: "EDGE",
      listen: `127.0.0.1:${edgeAt.client}`,
      leafnodes: { remotes: [remote] },
    };
    const box = new Member("BOX", "box", at, config, dir);
    members.push(box, new Member("PEER", "2.15", peerAt, peerConfig, dir));
    members.push(new Member("EDGE", "2.15", edgeAt, edgeConfig, dir));
    await Promise.all(members.map((member) => member.start()));
    return {
      box,
      at,
      near: await client(at.client, { tls: { caFile: authority.certificate } }),
      peerAt,
      edgeAt,
    };
  }

  /** Counts what comes to it under "flow". */
  function counted(from: NatsConnection): { heard: number; first: boolean } {
    const count = { heard: 0, first: false };
    const subscription = from.subscribe("flow");
    void (async () => {
      for await (const { data } of subscription) {
        if (data.length === BODY.length) count.heard++;
        else count.first = true;
      }
    })();
    return count;
  }

  test("all listeners take up new files, nobody is cut, and no message is lost meanwhile", async () => {
    const { box, at, near, peerAt, edgeAt } = await start();
    const counts = [near, await client(peerAt.client), await client(edgeAt.client)].map(counted);
    await until("everybody hears", () => {
      near.publish("flow", "hello");
      return counts.every(({ first }) => first);
    });
    let sent = 0;
    const flow = setInterval(() => {
      for (let i = 0; i < 20; i++, sent++) near.publish("flow", BODY);
    }, 10);
    try {
      const all = ["client", "gateway", "leaf", "webSocket", "https"] as const;
      for (const which of all) expect([which, await shown(at[which])]).toEqual([which, "old"]);
      put(made.renewed);
      await box.process.logged(/TLS of clients, gateways, .*websocket: renewed from disk, ends 20/, 15_000);
      for (const which of all) expect([which, await shown(at[which])]).toEqual([which, "renewed"]);
      await box.process.logged(/WRN\] TLS of clients, gateways, .*ends 20\S+, in \d+ days/);
      const from = box.log.length;
      copyFileSync(String(made.old["key_file"]), live().key_file);
      await box.process.logged(/ERR\] TLS of clients.*the key is not that of the certificate/, 15_000, from);
      expect(await shown(at.client)).toBe("renewed");
    } finally {
      clearInterval(flow);
    }
    await until("all that was sent is heard by all", () => counts.every(({ heard }) => heard === sent));
    expect(sent).toBeGreaterThan(1_000);
    expect(box.log).not.toMatch(/connection closed/);
    const varz = (await (await fetch(`${box.monitorUrl}/varz`)).json()) as Record<string, JsonObject>;
    const ends = String(varz["tls_cert_not_after"]);
    expect(Date.parse(ends)).toBeLessThan(Date.now() + 11 * 24 * 3_600_000);
    for (const block of ["gateway", "leaf", "websocket"]) {
      expect([block, varz[block]!["tls_cert_not_after"]]).toEqual([block, ends]);
    }
  });
});
