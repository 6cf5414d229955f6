// What the dashboard makes of the endpoints' texts and figures, without a browser.

import { describe, expect, test } from "bun:test";
import type { Gatewayz, Leafz } from "../../src/ui/documents.ts";
import { eventsOf } from "../../src/ui/events.ts";
import { bytes, count, duration, millisOf, NONE, perSecond, timeOf } from "../../src/ui/format.ts";
import { type Link, linksOf } from "../../src/ui/links.ts";
import { placesOf } from "../../src/ui/map-places.ts";
import { Series } from "../../src/ui/series.ts";

describe("figures", () => {
  test("have three digits and a unit", () => {
    const cases: [number, string][] = [
      [0, "0"],
      [7, "7"],
      [0.5, "0.5"],
      [12.345, "12.3"],
      [999, "999"],
      [999.7, "1 k"],
      [1_234, "1.23 k"],
      [45_678, "45.7 k"],
      [999_999, "1 M"],
      [5e13, "50 T"],
    ];
    for (const [value, text] of cases) expect(count(value)).toBe(text);
    expect([bytes(1_500), bytes(0), perSecond(null)]).toEqual(["1.5 kB", "0 B", NONE]);
  });

  test("durations are read as Go writes them and shown as people say them", () => {
    const cases: [string, number, string][] = [
      ["229µs", 0.229, "229 µs"],
      ["1.579402ms", 1.579402, "1.58 ms"],
      ["4s", 4_000, "4 s"],
      ["1h2m3.5s", 3_723_500, "1 h 2 min"],
      ["1y2d", 31_708_800_000, "367 d"],
    ];
    for (const [text, millis, shown] of cases) {
      expect(millisOf(text)).toBeCloseTo(millis, 5);
      expect(duration(millis)).toBe(shown);
    }
    expect([millisOf("0s"), millisOf(undefined), millisOf("<b>")]).toEqual([null, null, null]);
  });

  test("Go's zero time and what is no time are none", () => {
    expect(timeOf("2026-01-02T03:04:05.678912345Z")).toBe(Date.UTC(2026, 0, 2, 3, 4, 5, 678));
    expect([timeOf("0001-01-01T00:00:00Z"), timeOf("soon"), timeOf(undefined)]).toEqual([null, null, null]);
  });
});

describe("a series", () => {
  const reading = (messages: number) => ({
    out: { messages, bytes: messages * 10 },
    in: { messages: 0, bytes: 0 },
    rttMillis: 1,
    pendingBytes: 0,
  });

  test("has rates by the box's own time, and a gap where a connection began anew", () => {
    const series = new Series();
    series.add(1_000, reading(100));
    series.add(3_000, reading(300));
    series.add(3_000, reading(999));
    series.add(4_000, reading(5));
    series.add(5_000, reading(6));
    expect(series.columns.outMessages).toEqual([null, 100, null, 1]);
    expect(series.columns.outBytes).toEqual([null, 1_000, null, 10]);
    expect(series.columns.at).toEqual([1, 3, 4, 5]);
  });

  test("keeps the last three hundred readings", () => {
    const series = new Series();
    for (let i = 1; i <= 1_000; i++) series.add(i * 1_000, reading(i));
    expect(series.columns.at).toHaveLength(300);
    expect(series.columns.at.at(-1)).toBe(1_000);
    expect(series.rates.outMessages).toBe(1);
  });
});

const CONNECTION = {
  cid: 3,
  rtt: "2ms",
  start: "2026-01-02T03:04:05Z",
  in_msgs: 0,
  out_msgs: 7,
  pending_bytes: 1,
};
const NO_LEAFS = { now: "", leafnodes: 0, leafs: [], remotes: [] } as unknown as Leafz;

const gateways = (outbound: object, inbound: object = {}): Gatewayz =>
  ({ now: "", outbound_gateways: outbound, inbound_gateways: inbound }) as unknown as Gatewayz;
const remote = (more: object): object => ({
  configured: true,
  state: "waiting",
  reconnects: 0,
  urls: [],
  ...more,
});

describe("a gateway", () => {
  const stateOf = (outbound: object | undefined, inbounds: object[] = []): Partial<Link> => {
    const [link] = linksOf(
      gateways(outbound === undefined ? {} : { X: outbound }, { X: inbounds }),
      NO_LEAFS,
    );
    return { state: link!.state, why: link!.why };
  };
  const up = remote({ state: "connected", connection: CONNECTION });
  const down = { connection: { ...CONNECTION, cid: 0 } };

  test("is connected when both directions are there, and one way when one is missing", () => {
    expect(stateOf(up, [{ connection: CONNECTION }])).toEqual({ state: "up", why: "" });
    expect(stateOf(up)).toMatchObject({ state: "oneway" });
    expect(stateOf(undefined, [{ connection: CONNECTION }])).toMatchObject({ state: "oneway" });
    const half = stateOf(remote({ ...down, last_error: "refused" }), [{ connection: CONNECTION }]);
    expect(half).toEqual({ state: "oneway", why: "we cannot reach it: refused" });
  });

  test("is down with its reasons once it was there or was tried in vain, and connecting before", () => {
    expect(stateOf(remote(down))).toEqual({ state: "connecting", why: "no answer yet" });
    const closed = { last_close: { reason: "Stale Connection", at: "2026-01-02T03:04:05Z" } };
    const reason = "Dial Failed";
    expect(stateOf(remote({ ...down, reason: "Not Connected Yet" })).state).toBe("connecting");
    const failed = { ...down, ...closed, reason, last_error: "connection refused" };
    expect(stateOf(remote(failed))).toEqual({ state: "down", why: "Dial Failed; connection refused" });
  });
});

test("a leaf remote that is disabled is off, and one whose link was not listed is up", () => {
  const leafz = (state: string): Leafz =>
    ({
      ...NO_LEAFS,
      remotes: [{ remote: 0, name: "hub", is_spoke: true, account: "A", loops: 0, ...remote({ state }) }],
    }) as unknown as Leafz;
  const states = ["disabled", "connected", "waiting"].map(
    (state) => linksOf(gateways({}), leafz(state))[0]!.state,
  );
  expect(states).toEqual(["off", "up", "connecting"]);
});

test("what a link tries in vain again and again is one event of the timeline", () => {
  const failed = (second: number) => ({
    at: `2026-01-02T03:04:0${second}Z`,
    event: "dial failed",
    reason: "refused",
  });
  const history = [
    { at: "2026-01-02T03:04:00Z", event: "closed", reason: "x" },
    failed(1),
    failed(2),
    failed(3),
  ];
  const events = eventsOf(gateways({ X: remote({ history }) }), NO_LEAFS);
  expect(events.map(({ kind }) => kind)).toEqual(["failed", "down"]);
  expect(events[0]!.firstAt).toBe(Date.UTC(2026, 0, 2, 3, 4, 1));
});

test("cards of the map do not lie on each other, up to five a row; more are no map", () => {
  const link = (kind: Link["kind"], i: number): Link => ({ kind, key: `${kind}${i}` }) as unknown as Link;
  const many = (kind: Link["kind"], length: number) => Array.from({ length }, (_, i) => link(kind, i));
  // A card and the box in the middle, in percent of the smallest map: 930 × 600 pixels.
  const [width, height] = [20, 23];
  for (let above = 0; above <= 5; above++) {
    for (let below = 0; below <= 5; below++) {
      const places = [...placesOf([...many("gateway", above), ...many("spoke", below)])!, { x: 50, y: 50 }];
      for (const [i, a] of places.entries()) {
        for (const b of places.slice(i + 1)) {
          const apart = Math.abs(a.x - b.x) >= width || Math.abs(a.y - b.y) >= height;
          expect(`${above}/${below} ${apart}`).toBe(`${above}/${below} true`);
        }
      }
    }
  }
  expect(placesOf(many("gateway", 6))).toBeNull();
});

test("who was cut or sent away stands in the timeline, with the reason and how many there were", () => {
  const ended_lately = [
    {
      kind: "leaf",
      reason: "Authentication Failure",
      count: 3,
      last: "2026-01-02T03:04:05Z",
      peer: "10.0.0.9:1",
    },
  ];
  const [event] = eventsOf(gateways({}), { ...NO_LEAFS, ended_lately });
  expect(event).toMatchObject({ kind: "down", link: "10.0.0.9:1", reason: "Authentication Failure" });
  expect(event!.text).toContain("3 leaf connections ended");
});
