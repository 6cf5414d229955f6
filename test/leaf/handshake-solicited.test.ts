// The dialling end of a leaf link, from the hub's first INFO on: leafnode.md §2, §7, §10, §11.

import { describe, expect, test } from "bun:test";
import { createUser } from "@nats-io/nkeys";
import type { LeafRemoteOptions, LeafUrl } from "../../src/leaf/options.ts";
import { Box, type BoxOptions, leafInfoOf, SERVER_ID, SERVER_NAME } from "../support/core-world.ts";
import { documentOf, interest } from "../support/leaf-talk.ts";

const URL_OF_HUB: LeafUrl = {
  scheme: "nats",
  host: "hub",
  port: 7422,
  path: "",
  user: null,
  password: null,
};

function boxOf(remote: Partial<LeafRemoteOptions> = {}, more: BoxOptions = {}): Box {
  return new Box({ ...more, leaf: { ...more.leaf, remotes: [remote] } });
}

/** The CONNECT that a box with such a remote says to the hub. */
function connectTo(remote: Partial<LeafRemoteOptions>, info: object = {}): Record<string, unknown> {
  const hub = boxOf(remote).rawHub();
  hub.says(leafInfoOf("east", info));
  const [line, ...more] = hub.hears();
  expect(more).toEqual([]);
  expect(line).toStartWith("CONNECT ");
  return documentOf(line);
}

describe("CONNECT", () => {
  test("says who we are and nothing that acceptors refuse", () => {
    expect(connectTo({ account: "ACC" })).toEqual({
      version: "2.15.2",
      server_id: SERVER_ID,
      name: SERVER_NAME,
      cluster: "A",
      headers: true,
      protocol: 3,
      compress_mode: "off",
      remote_account: "ACC",
    });
  });

  test("says user and password of the URL", () => {
    const url = { ...URL_OF_HUB, user: "u", password: "p" };
    expect(connectTo({ urls: [url] })).toMatchObject({ user: "u", pass: "p" });
    expect(connectTo({ urls: [url] })["auth_token"]).toBeUndefined();
  });

  test("says a URL's lone user as token and as user", () => {
    const said = connectTo({ urls: [{ ...URL_OF_HUB, user: "t0k3n" }] });
    expect([said["user"], said["auth_token"], said["pass"]]).toEqual(["t0k3n", "t0k3n", undefined]);
  });

  test("signs the nonce of INFO with the nkey, and says the public key", () => {
    const pair = createUser();
    const nkeySeed = new TextDecoder().decode(pair.getSeed());
    const said = connectTo({ nkeySeed }, { nonce: "the-nonce-of-it" });
    expect([said["nkey"], said["jwt"]]).toEqual([pair.getPublicKey(), undefined]);
    const sig = said["sig"] as string;
    expect(sig).not.toContain("=");
    expect(pair.verify(Buffer.from("the-nonce-of-it"), Buffer.from(sig, "base64url"))).toBe(true);
  });

  test("signs it with the seed of the credentials, says their JWT, and lets them go before an nkey", () => {
    const [pair, other] = [createUser(), createUser()];
    const seedOf = (key: typeof pair): string => new TextDecoder().decode(key.getSeed());
    const credentials = { jwt: "a.b.c", seed: seedOf(pair) };
    const url = { ...URL_OF_HUB, user: "u", password: "p" };
    const said = connectTo({ credentials, nkeySeed: seedOf(other), urls: [url] });
    expect([said["jwt"], said["nkey"], said["user"], said["pass"]]).toEqual(["a.b.c", undefined, "u", "p"]);
    const sig = Buffer.from(said["sig"] as string, "base64url");
    expect(pair.verify(Buffer.from("abcdefghijklmno"), sig)).toBe(true);
  });

  test("says that we are the hub, what we do not want, and that we want to be isolated", () => {
    const said = connectTo({ hub: true, denyImports: ["a.>", "b"], requestIsolation: true });
    expect(said).toMatchObject({ is_hub: true, deny_pub: ["a.>", "b"], isolate: true });
  });

  test("leaves deny_exports to ourselves", () => {
    expect(connectTo({ denyExports: ["a.>"] })["deny_pub"]).toBeUndefined();
  });
});

describe("the hub's INFO", () => {
  test("is followed by CONNECT alone; interest follows the second INFO", () => {
    const box = boxOf();
    box.client().says("SUB a 1");
    const hub = box.rawHub();
    expect(hub.hears()).toEqual([]);
    hub.says(leafInfoOf("east"));
    expect(hub.hears()[0]).toStartWith("CONNECT ");
    hub.says("PING", "LS+ theirs");
    expect(hub.hears()).toEqual(["PONG"]);
    expect(hub.session.ready).toBe(false);
    hub.says(leafInfoOf("east", { connect_info: true, remote_account: "HUBS" }));
    expect(interest(hub.hears())).toEqual(["LS+ a"]);
    const { remoteName, remoteAccount, remoteServerId, cluster, isHub, ready, rows } = hub.session;
    expect([remoteName, remoteAccount, remoteServerId, cluster, isHub, ready, rows.count]).toEqual([
      "east",
      "HUBS",
      "Neast",
      "east",
      false,
      true,
      1,
    ]);
    expect(box.logged("Leafnode connection created", '"$G"', '"east"', "as spoke")).toHaveLength(1);
  });

  test("without info_on_connect is followed by CONNECT and interest at once", () => {
    const box = boxOf();
    box.client().says("SUB a 1");
    const hub = box.rawHub();
    hub.says(leafInfoOf("east", { info_on_connect: false }));
    const heard = hub.hears();
    expect(heard[0]).toStartWith("CONNECT ");
    expect(interest(heard)).toEqual(["LS+ a"]);
    expect(hub.session.ready).toBe(true);
  });

  test("without info_on_connect may be followed by one that answers all the same, which changes nothing", () => {
    const box = boxOf();
    const hub = box.rawHub();
    hub.says(leafInfoOf("east", { info_on_connect: false }));
    hub.hears();
    hub.says(leafInfoOf("east", { connect_info: true, remote_account: "X" }), "PING");
    expect([hub.hears(), hub.ended]).toEqual([["PONG"], null]);
    expect(box.core.leafsOf(box.account("$G"))).toHaveLength(1);
  });

  test("that answers nothing is not taken for the answer", () => {
    const hub = boxOf().rawHub();
    hub.says(leafInfoOf("east"), leafInfoOf("east", { leafnode_urls: ["east-2:7422"] }));
    expect(hub.session.ready).toBe(false);
  });

  test("without a name names the hub by its id, and tells what it takes", () => {
    const hub = boxOf().hub("", { server_id: "NX", headers: false, max_payload: 1_000 });
    const { remoteName, headers, maxPayload } = hub.session;
    expect([remoteName, headers, maxPayload]).toEqual(["NX", false, 1_000]);
    expect(boxOf().hub("y", { max_payload: undefined }).session.maxPayload).toBe(Number.MAX_SAFE_INTEGER);
  });

  test("cut into single bytes means the same", () => {
    const hub = boxOf().rawHub();
    for (const byte of Buffer.from(`${leafInfoOf("east")} \r\n`)) hub.saysRaw(Uint8Array.of(byte));
    expect(hub.hears()[0]).toStartWith("CONNECT ");
  });

  test("of nats-server's own minimum is enough", () => {
    const hub = boxOf().rawHub();
    hub.says('INFO {"server_id":"X","client_id":7,"leafnode_urls":["127.0.0.1:7422"]}');
    expect([hub.hears()[0]?.slice(0, 8), hub.session.ready]).toEqual(["CONNECT ", true]);
  });

  test.each([
    ["no client id", leafInfoOf("x", { client_id: undefined })],
    ["a client id of 0", leafInfoOf("x", { client_id: 0 })],
    ["no URLs and no info_on_connect", leafInfoOf("x", { leafnode_urls: undefined, info_on_connect: false })],
    ["a gateway", leafInfoOf("x", { gateway: "G" })],
    ["a client port's INFO", 'INFO {"server_id":"N","client_id":7,"headers":true,"max_payload":1024}'],
    ["nothing", "INFO {}"],
  ])("with %s tells the wrong port: closed without a word, and tried again", (_what, line) => {
    const box = boxOf();
    const hub = box.rawHub();
    hub.says(line);
    expect([hub.hears(), hub.ended]).toEqual([[], "Incorrect Port"]);
    expect(box.logged("attempted to connect to wrong port")).not.toEqual([]);
    box.wait(1_100);
    expect(box.leafDials).toHaveLength(1);
  });

  test("may lack URLs when it has info_on_connect, as 2.15 says it", () => {
    const hub = boxOf().rawHub();
    hub.says(leafInfoOf("east", { leafnode_urls: undefined }));
    expect(hub.hears()[0]).toStartWith("CONNECT ");
  });

  test.each([
    ["a b", "cluster name cannot contain spaces", "Protocol Violation"],
    ["_", "cluster name is reserved", "Protocol Violation"],
  ])("with the cluster %p is refused: %s", (cluster, text, reason) => {
    const hub = boxOf().rawHub();
    hub.says(leafInfoOf("east", { cluster }));
    expect([hub.hears(), hub.ended]).toEqual([[`-ERR '${text}'`], reason as never]);
  });

  test("without a cluster is welcome", () => {
    expect(boxOf().hub("east", { cluster: "" }).session.ready).toBe(true);
  });
});

describe("TLS", () => {
  test("begins after INFO, and CONNECT follows it, when the hub or the remote wants it", () => {
    for (const [remote, info] of [
      [{}, { tls_required: true }],
      [{ tlsRequired: true }, {}],
    ] as const) {
      const box = boxOf(remote);
      const hub = box.rawHub();
      expect(hub.session.wantsTls).toBe(false);
      hub.says(leafInfoOf("east", info));
      expect([hub.session.wantsTls, hub.hears()]).toEqual([true, []]);
      hub.session.secured(null, box.now);
      box.settle();
      expect(hub.hears()[0]).toStartWith("CONNECT ");
    }
  });

  test("is not begun twice when it is there already, nor over WebSocket", () => {
    const box = boxOf({ tlsRequired: true });
    for (const how of [
      { secure: true, webSocket: false, certificate: null },
      { secure: false, webSocket: true, certificate: null },
    ]) {
      if (box.leafDials.length === 0) box.core.start(box.now);
      const session = box.core.leafDialed(box.leafDials.shift()!, { ip: "::1", port: 1 }, box.now, how);
      session.receive(Buffer.from(`${leafInfoOf("east", { tls_required: true })}\r\n`), box.now);
      expect([session.wantsTls, session.egress.pendingBytes > 0]).toEqual([false, true]);
      session.lost("Client Closed", box.now);
      box.wait(1_100);
    }
  });

  test("has two seconds of its own, and what is said in clear meanwhile ends the link", () => {
    const box = boxOf();
    const hub = box.rawHub();
    box.wait(900);
    hub.says(leafInfoOf("east", { tls_required: true }));
    box.wait(1_999);
    expect(hub.ended).toBeNull();
    box.wait(1);
    expect([hub.ended, hub.hears()]).toEqual(["Stale Connection", []]);
    expect(box.core.leafs!.remotes.all[0]!.lastError).toBe("TLS handshake timeout");
    const other = box.rawHub.bind(box);
    box.wait(1_100);
    const again = other();
    again.says(leafInfoOf("east", { tls_required: true }));
    again.says(leafInfoOf("east"));
    expect(again.ended).not.toBeNull();
  });

  test("is followed by compression, which the INFO before it offered", () => {
    const compression = { mode: "s2_fast", rttThresholdsMillis: [10, 50, 100] } as const;
    const box = boxOf({ compression });
    const hub = box.rawHub();
    hub.says(leafInfoOf("east", { tls_required: true, compression: "s2_auto" }));
    hub.session.secured(null, box.now);
    box.settle();
    expect(documentOf(hub.hears()[0])["compression"]).toBe("s2_fast");
  });

  test("that comes up when nobody waits for it changes nothing", () => {
    const box = boxOf();
    const hub = box.hub("east");
    hub.session.secured(null, box.now);
    box.settle();
    expect([hub.hears(), hub.ended]).toEqual([[], null]);
  });
});

describe("time", () => {
  test("a hub that never says INFO is left without a word after first_info_timeout", () => {
    const box = boxOf({ firstInfoTimeoutMillis: 700 });
    const hub = box.rawHub();
    box.wait(699);
    expect(hub.ended).toBeNull();
    box.wait(1);
    expect([hub.ended, hub.hears()]).toEqual(["Stale Connection", []]);
    expect(box.core.leafs!.remotes.all[0]!.lastError).toBe("no INFO from the hub");
  });

  test("a hub that never answers CONNECT is told so after two seconds", () => {
    const box = boxOf();
    const hub = box.rawHub();
    box.wait(500);
    hub.says(leafInfoOf("east"));
    hub.hears();
    box.wait(1_999);
    expect(hub.ended).toBeNull();
    box.wait(1);
    expect(hub.hears()).toEqual(["-ERR 'Stale Leaf Node Connection - Closing'"]);
    expect(hub.ended).toBe("Stale Connection");
  });

  test("a hub that is up is pinged within 1.2 s, and left when it answers nothing", () => {
    const limits = { pingMillis: 10_000, pingMax: 2, pendingMax: 1e6, maxControlLine: 65_536 };
    const box = boxOf({}, { leaf: { limits } });
    const hub = box.hub("east");
    hub.answersPings = false;
    box.wait(1_200);
    expect(hub.hears()).toEqual(["PING"]);
    box.wait(10_000);
    hub.hears();
    box.wait(10_000);
    expect(hub.hears()).toEqual(["-ERR 'Stale Connection'"]);
  });
});

describe("places that the hub tells", () => {
  const known = (box: Box): string[] =>
    box.core.leafs!.remotes.all[0]!.discovered.map(({ host, port }) => `${host}:${port}`);

  test("are learned from each of its INFOs, and replaced by the next list", () => {
    const box = boxOf();
    const hub = box.rawHub();
    hub.says(leafInfoOf("east", { leafnode_urls: ["e1:1", "e2:2"] }));
    expect(known(box)).toEqual(["e1:1", "e2:2"]);
    hub.says(leafInfoOf("east", { leafnode_urls: ["e2:2", "e3:3"], connect_info: true }));
    expect(known(box)).toEqual(["e2:2", "e3:3"]);
    hub.says('INFO {"leafnode_urls":["e4:4"],"info_on_connect":true}');
    expect(known(box)).toEqual(["e4:4"]);
    hub.says('INFO {"leafnode_urls":[],"info_on_connect":true}');
    expect([known(box), hub.ended]).toEqual([["e4:4"], null]);
  });

  test("are dialled when the link is lost", () => {
    const box = boxOf();
    box.hub("east", { leafnode_urls: ["e1:1"] }).goes();
    box.wait(1_100);
    expect(box.leafDials.map(({ url }) => `${url.host}:${url.port}`)).toEqual(["e1:1"]);
  });

  test("are not looked at when they are to be ignored", () => {
    const box = boxOf({ ignoreDiscovered: true });
    box.hub("east", { leafnode_urls: ["e1:1"] });
    expect(known(box)).toEqual([]);
  });

  test("are those for WebSocket, over WebSocket", () => {
    const url = { ...URL_OF_HUB, scheme: "ws" } as const;
    const box = boxOf({ urls: [url] });
    box.core.start(box.now);
    const how = { secure: false, webSocket: true, certificate: null };
    const session = box.core.leafDialed(box.leafDials.shift()!, { ip: "::1", port: 1 }, box.now, how);
    const info = leafInfoOf("east", { leafnode_urls: ["e1:1"], ws_connect_urls: ["w1:1"] });
    session.receive(Buffer.from(`${info}\r\n`), box.now);
    expect(known(box)).toEqual(["w1:1"]);
  });
});
