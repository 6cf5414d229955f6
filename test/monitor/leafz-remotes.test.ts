// The hubs that we dial, and loops, as /leafz tells them.

import { describe, expect, test } from "bun:test";
import { leafz, leafzOptions } from "../../src/monitor/leafz.ts";
import { Query } from "../../src/monitor/query.ts";
import { varz } from "../../src/monitor/varz.ts";
import { Box, dialing } from "./support.ts";

interface Remote {
  readonly state: string;
  readonly urls: readonly string[];
  readonly next_attempt?: string;
  readonly history?: readonly { readonly event: string }[];
}

interface Shows {
  readonly leafs: readonly { readonly loops: number }[];
  readonly remotes: readonly Remote[];
}

function ask(box: Box, query = ""): Shows {
  const document = leafz(box.source, leafzOptions(new Query(new URLSearchParams(query))));
  return JSON.parse(JSON.stringify(document)) as Shows;
}

describe("a loop", () => {
  test("is counted for the peer whose links ended by it", () => {
    const box = new Box();
    for (let i = 0; i < 2; i++) {
      const link = box.spoke("edge");
      box.feed(link, `-ERR 'Loop detected for leafnode account="$G"'\r\n`);
      link.lost("Client Closed", box.now);
    }
    box.spoke("edge").lost("Read Error", box.now);
    box.spoke("edge");
    box.spoke("other");
    box.spoke("edge", "sam");
    expect(ask(box).leafs.map(({ loops }) => loops)).toEqual([2, 0, 0]);
  });

  test("is counted for the remote that we dial", () => {
    const box = new Box(dialing({}));
    box.core.start(box.now);
    const hub = box.hub("east");
    box.feed(hub, `-ERR 'Loop detected for leafnode account="$G". Delaying attempt'\r\n`);
    hub.lost("Client Closed", box.now);
    const [down] = ask(box).remotes;
    expect(down).toMatchObject({ state: "waiting", loops: 1, last_close: { reason: "Loop Detected" } });
    expect(Date.parse(down!.next_attempt!)).toBeGreaterThan(box.now + 29_000);
  });
});

describe("a configured remote", () => {
  test("is listed also while it was never reached", () => {
    const box = new Box(dialing({}, { disabled: true, account: "SHOP" }));
    expect(ask(box).remotes).toMatchObject([
      {
        remote: 0,
        name: "hub.example:7422",
        is_spoke: true,
        account: "$G",
        state: "waiting",
        reconnects: 0,
        urls: ["nats://hub.example:7422"],
        attempts: 0,
        loops: 0,
      },
      { remote: 1, account: "SHOP", state: "disabled" },
    ]);
    for (const absent of ["next_attempt", "last_error", "last_close", "history", "last_url"]) {
      expect(ask(box).remotes[0]).not.toHaveProperty(absent);
    }
  });

  test("tells its last error, its attempts and its next dial while it is down", () => {
    const box = new Box(dialing({}));
    box.core.start(box.now);
    expect(ask(box).remotes).toMatchObject([{ state: "dialing", last_url: "nats://hub.example:7422" }]);
    box.core.leafDialFailed(box.leafDials.shift()!, "connection refused", box.now);
    const [down] = ask(box, "history=1").remotes;
    expect(down).toMatchObject({ state: "waiting", attempts: 1, last_error: "connection refused" });
    expect(Date.parse(down!.next_attempt!)).toBeGreaterThan(box.now);
    const reason = "hub.example:7422: connection refused";
    expect(down).toMatchObject({
      history: [{ at: "2026-01-02T03:04:05.678Z", event: "dial failed", reason }],
    });
    expect(down!.history).toHaveLength(1);
  });

  test("is dialing, not connected, until the handshake is done", () => {
    const box = new Box(dialing({}));
    box.core.start(box.now);
    box.hub("east", false);
    expect(ask(box).remotes).toMatchObject([{ state: "dialing" }]);
  });

  test("tells why and when the last connection ended, and how often it came back", () => {
    const box = new Box(dialing({}));
    box.core.start(box.now);
    const first = box.hub("east");
    box.now += 5_000;
    first.lost("Read Error", box.now);
    expect(ask(box).remotes).toMatchObject([
      {
        state: "waiting",
        reconnects: 0,
        last_close: { reason: "Read Error", at: "2026-01-02T03:04:10.678Z" },
      },
    ]);
    box.now += 5_000;
    box.core.tick(box.now);
    box.hub("east");
    const [up] = ask(box, "history=true").remotes;
    expect(up).toMatchObject({ state: "connected", reconnects: 1, last_close: { reason: "Read Error" } });
    expect(up).not.toHaveProperty("next_attempt");
    expect(up!.history!.map(({ event }) => event)).toEqual(["connected", "closed", "connected"]);
  });

  test("shows the URLs that its hub told, with scheme and path, and never a user or password", () => {
    const urls = [
      { scheme: "wss", host: "::1", port: 443, path: "/base", user: "u", password: "secret" },
    ] as const;
    const box = new Box(dialing({}, { urls }));
    box.core.start(box.now);
    box.hub("east");
    const [east, web] = ask(box).remotes;
    expect(east!.urls).toEqual(["nats://hub.example:7422", "nats://10.0.0.10:7422"]);
    expect(web!.urls).toEqual(["wss://[::1]:443/base"]);
    box.core.leafDialFailed(box.leafDials.shift()!, "connection refused", box.now);
    const listener = { host: "", port: 0, basePath: "", requests: new Map() };
    const all = JSON.stringify([ask(box, "subs=1&history=1"), varz(box.source, listener)]);
    expect(all).not.toContain("secret");
    expect(all).not.toContain("u@");
  });
});
