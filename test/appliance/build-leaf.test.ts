// The options of leaf nodes say what the configuration says, with the ports and files that there really are.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createUser } from "@nats-io/nkeys";
import { leafOptions } from "../../src/appliance/build-leaf.ts";
import type { Configuration } from "../../src/config/config.ts";
import { readConfiguration } from "../../src/config/read.ts";
import type { LeafOptions } from "../../src/leaf/options.ts";

const IDENTITY = { serverId: "NID", serverName: "box", version: "2.15.2" };
const PORTS = { leaf: 17422, webSocket: 18443 };

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "isthmus-leaf-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function configuration(text: string): Configuration {
  return readConfiguration(text, { file: "box.yaml", environment: {} }).configuration;
}

function options(text: string): LeafOptions | null {
  return leafOptions(configuration(text), IDENTITY, PORTS);
}

test("without a port and without remotes there are none", () => {
  for (const text of ["", "leafnodes: {}", "websocket: {listen: 'h:1', no_tls: true}"]) {
    expect(options(text)).toBeNull();
  }
});

test("a listener is told with the port that it really has", () => {
  const text = `
max_payload: 2MB
max_control_line: 8KB
ping_interval: 30s
leafnodes: {listen: '127.0.0.1:-1', max_pending: 8MB, min_version: 2.10.0, isolate: true, compression: off}`;
  expect(options(text)).toEqual({
    identity: { ...IDENTITY, cluster: "box", maxPayload: 2_097_152 },
    limits: { pingMillis: 30_000, pingMax: 2, pendingMax: 8_388_608, maxControlLine: 131_072 },
    listen: {
      host: "127.0.0.1",
      port: 17422,
      urls: ["127.0.0.1:17422"],
      webSocketUrls: [],
      authTimeoutMillis: 2_000,
      compression: { mode: "off", rttThresholdsMillis: [10, 50, 100] },
      minVersion: "2.10.0",
      isolate: true,
      tlsRequired: false,
      tlsVerify: false,
      handshakeFirst: false,
      verifyAndMap: false,
      authorization: null,
    },
    remotes: [],
  });
});

test("the name of the gateway is the cluster that leafs see", () => {
  expect(options("gateway: {name: eu, host: h}\nleafnodes: {listen: 'h:1'}")?.identity.cluster).toBe("eu");
});

describe("what leafs are told to dial", () => {
  const urlsOf = (leaf: string, webSocket: string) => {
    const text = `leafnodes: {listen: ${leaf}}\nwebsocket: {listen: ${webSocket}, no_tls: true}`;
    const listen = options(text)?.listen;
    return [listen?.host, listen?.port, listen?.urls, listen?.webSocketUrls];
  };

  test.each([
    ["'h:1'", "'[::1]:2'", ["h", 17422, ["h:17422"], ["[::1]:18443"]]],
    [
      "'0.0.0.0:1', advertise: hub.example.org",
      "':2', advertise: 'hub.example.org:443'",
      ["hub.example.org", 17422, ["hub.example.org:17422"], ["hub.example.org:443"]],
    ],
    // Every address of this machine is none that another one could dial.
    ["'0.0.0.0:1'", "'[::]:2'", ["0.0.0.0", 17422, [], []]],
    ["'h:1', no_advertise: true", "'h:2'", ["h", 17422, [], []]],
  ])("listening on %s and %s", (leaf, webSocket, told) => {
    expect(urlsOf(leaf, webSocket)).toEqual(told as never);
  });
});

test("TLS and authorization of the listener are in its options", () => {
  const tls = "{cert_file: c, key_file: k, verify_and_map: true, handshake_first: auto, timeout: 4s}";
  const users = "[{user: a, account: A}]";
  const text = `accounts: [A]\nleafnodes: {listen: 'h:1', tls: ${tls}, authorization: {users: ${users}}}`;
  expect(options(text)?.listen).toMatchObject({
    tlsRequired: true,
    tlsVerify: true,
    verifyAndMap: true,
    handshakeFirst: 50,
    authTimeoutMillis: 5_000,
    authorization: { users: [{ user: "a", password: "", account: "A" }], nkey: null, account: null },
  });
});

describe("remotes", () => {
  test.each([
    ["nats://h", "", false, false],
    ["tls://h", "", true, false],
    ["ws://h", "", false, false],
    ["wss://h", "", true, false],
    ["nats://h", ", tls: {ca_file: a}", true, false],
    ["nats://h", ", tls: {first: true}", true, true],
  ])("%s%s wants TLS: %p, and begins with it: %p", (url, more, tlsRequired, handshakeFirst) => {
    const remotes = options(`leafnodes: {remotes: [{url: nats://x}, {url: '${url}'${more}}]}`)?.remotes;
    expect(remotes?.[1]).toMatchObject({ index: 1, tlsRequired, handshakeFirst });
    expect(remotes?.[1]).not.toHaveProperty("tls");
    expect(remotes?.[1]).not.toHaveProperty("proxyTls");
    expect(remotes?.[1]).not.toHaveProperty("credentialsFile");
  });

  const seed = new TextDecoder().decode(createUser().getSeed());
  const creds = (jwt: string): string =>
    `-----BEGIN NATS USER JWT-----\n${jwt}\n------END NATS USER JWT------\n\n` +
    `-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`;

  test("the file of credentials is read", () => {
    const path = file("good.creds", creds("e30.e30.c2ln"));
    const remote = options(`leafnodes: {remotes: [{url: nats://h, creds: ${path}}]}`)?.remotes[0];
    expect(remote?.credentials).toEqual({ jwt: "e30.e30.c2ln", seed });
  });

  test("a file that cannot be read or holds something else is named, and nothing that is in it", () => {
    const bad = file("bad.creds", creds("no jwt").replace("SU", "XX"));
    const load = (path: string) => () => options(`leafnodes: {remotes: [{url: nats://h, creds: ${path}}]}`);
    expect(load(bad)).toThrow(`${bad}: holds no JWT and seed of a user, as a .creds file does`);
    expect(load(join(folder, "none.creds"))).toThrow(join(folder, "none.creds"));
  });

  test("that of a remote that is disabled is not asked for", () => {
    const text = "leafnodes: {remotes: [{url: nats://h, creds: nowhere, disabled: true}]}";
    expect(options(text)?.remotes[0]).toMatchObject({ disabled: true, credentials: null });
  });

  test("a seed and a local account are handed on", () => {
    const text = `accounts: [A]\nleafnodes: {remotes: [{url: nats://h, account: A, nkey: ${seed}}]}`;
    expect(options(text)?.remotes[0]).toMatchObject({ account: "A", nkeySeed: seed, credentials: null });
  });
});
