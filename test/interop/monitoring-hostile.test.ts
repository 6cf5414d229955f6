// Whatever is done to the monitoring port of a box, messages between two regions go on: none is lost, none is
// late, and the box holds no more memory than a bound.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { connect, type Socket } from "node:net";
import type { NatsConnection } from "@nats-io/transport-node";
import { HAS_STAND_IN, type Member } from "../support/member.ts";
import { heard, unique } from "../support/messages.ts";
import { SuperCluster } from "../support/peers.ts";
import { guardProcesses } from "../support/process.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(60_000);
guardProcesses();

/** How long each attack goes on, in milliseconds. */
const ATTACK_MILLIS = 3_000;

/** The time that a message may take from region to region: some turns of the machine that all of this shares,
 *  and far less than what one answer after the other without a pause would take. */
const LATE_MILLIS = 1_500;

/** What the box may hold more than before, in bytes. */
const GROWTH_BYTES = 400 * 1024 * 1024;

describe.skipIf(HAS_STAND_IN)("a box between two regions whose monitoring port is", () => {
  let world: SuperCluster;
  let box: Member;
  const sockets = new Set<Socket>();
  beforeAll(async () => {
    world = await SuperCluster.start(
      { name: "A", kind: "box", accounts: ["ONE"], knows: ["B"] },
      { name: "B", kind: "2.15", accounts: ["ONE"], knows: ["A"] },
    );
    box = world.member("A");
    await Promise.all([world.linked("A", "B"), world.linked("B", "A")]);
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    world?.closeClients();
  });
  afterAll(() => world?.close());

  /** A connection that is written to, and read only when it is told to. */
  function open(): Promise<Socket> {
    return new Promise((answer) => {
      const socket = connect(box.ports.monitor, "127.0.0.1", () => answer(socket));
      socket.pause();
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
      sockets.add(socket);
    });
  }

  const memory = async (): Promise<number> => {
    const varz = (await (await fetch(`${box.monitorUrl}/varz`)).json()) as { mem: number };
    return varz.mem;
  };

  /** Messages from A to B while `attack` goes on; answers how late the latest was, in milliseconds. */
  async function underAttack(attack: (isOver: () => boolean) => Promise<unknown>): Promise<number> {
    const [here, there] = await Promise.all([
      world.client("A", { account: "ONE" }),
      world.client("B", { account: "ONE" }),
    ]);
    const before = await memory();
    const flow = await flowing(here, there);
    let isOver = false;
    const attacked = attack(() => isOver);
    await Bun.sleep(ATTACK_MILLIS);
    isOver = true;
    for (const socket of sockets) socket.destroy();
    const latest = await flow.end();
    await attacked;
    await until(
      "monitoring answers again",
      async () => (await fetch(`${box.monitorUrl}/varz`)).status === 200,
    );
    expect((await memory()) - before).toBeLessThan(GROWTH_BYTES);
    expect(box.log).not.toMatch(/Slow Consumer|panic|failed:/);
    return latest;
  }

  /** A message every five milliseconds, each with the time at which it left. */
  async function flowing(from: NatsConnection, to: NatsConnection): Promise<{ end(): Promise<number> }> {
    const subject = unique("flow");
    let [sent, came, latest] = [0, 0, 0];
    to.subscribe(subject, {
      callback: (_, message) => {
        came++;
        latest = Math.max(latest, performance.now() - Number(message.string()));
      },
    });
    await heard(from, to);
    const timer = setInterval(() => {
      from.publish(subject, String(performance.now()));
      sent++;
    }, 5);
    const end = async (): Promise<number> => {
      clearInterval(timer);
      await until("every message came", () => came === sent);
      expect(sent).toBeGreaterThan(100);
      return latest;
    };
    return { end };
  }

  /** As many of these at a time, one after the other, until it is over. */
  async function crowd(count: number, isOver: () => boolean, act: (i: number) => Promise<unknown>) {
    const one = async (i: number): Promise<void> => {
      while (!isOver()) await act(i).catch(() => {});
    };
    await Promise.all(Array.from({ length: count }, (_, i) => one(i)));
  }

  test("scraped by everybody at once", async () => {
    const paths = [
      "/metrics",
      "/connz?subs=detail&state=all",
      "/gatewayz?accs=1&subs=detail",
      "/subsz?subs=1",
    ];
    const late = await underAttack((isOver) =>
      crowd(64, isOver, async (i) => {
        await (
          await fetch(`${box.monitorUrl}${paths[i % paths.length]}`, { keepalive: false })
        ).arrayBuffer();
      }),
    );
    expect(late).toBeLessThan(LATE_MILLIS);
  });

  test("asked for what nobody should ask", async () => {
    const hostile = [
      `/connz?${"subs=detail&".repeat(600)}`,
      `/subsz?subs=1&test=${"a.".repeat(3_000)}b`,
      `/connz?acc=${"%00%ff%0d%0aX:y".repeat(300)}`,
      `/connz?filter_subject=${"*.".repeat(2_000)}>&acc=ONE`,
      `/connz?limit=99999999999999999999&offset=-9223372036854775809`,
      `/gatewayz?gw_name=__proto__&accs=1&acc_name=constructor`,
      `/metrics?only=${"(a+)+".repeat(500)}`,
      `/accountz?acc=${encodeURIComponent("<script>alert(1)</script>")}`,
      `/${"../".repeat(500)}etc/passwd`,
      `/varz?${"%".repeat(5_000)}`,
    ];
    const statuses = new Set<number>();
    const late = await underAttack((isOver) =>
      crowd(32, isOver, async (i) => {
        const answer = await fetch(`${box.monitorUrl}${hostile[i % hostile.length]}`, { keepalive: false });
        const text = await answer.text();
        statuses.add(answer.status);
        expect(text).not.toContain("<script>alert");
      }),
    );
    expect(late).toBeLessThan(LATE_MILLIS);
    expect([...statuses].filter((status) => ![200, 400, 404, 414, 503].includes(status))).toEqual([]);
  });

  test("held by readers that take nothing, and by thousands of requests on one connection", async () => {
    const request = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n";
    const wrong = "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n";
    const late = await underAttack((isOver) =>
      crowd(200, isOver, async (i) => {
        const socket = await open();
        socket.write(i % 2 === 0 ? request : (i % 4 === 1 ? request : wrong).repeat(500));
        await Bun.sleep(500);
        if (i % 8 < 4) socket.destroy();
      }),
    );
    expect(late).toBeLessThan(LATE_MILLIS);
  });

  test("flooded with headers, halves of requests, and what is no HTTP at all", async () => {
    const floods = [
      `GET /varz HTTP/1.1\r\nHost: a\r\n${"X-Flood: y\r\n".repeat(10_000)}`,
      `GET /varz HTTP/1.1\r\nHost: a\r\nX: ${"y".repeat(500_000)}`,
      `GET /varz HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\n\r\n${"z".repeat(100_000)}`,
      `POST /varz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${"5\r\nhello\r\n".repeat(9_000)}`,
      `${"A".repeat(300_000)}\r\n\r\n`,
      'INFO {}\r\nCONNECT {"verbose":true}\r\nSUB > 1\r\n',
      "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
      "GET /varz HTT",
    ];
    const late = await underAttack((isOver) =>
      crowd(48, isOver, async (i) => {
        const socket = await open();
        socket.resume();
        socket.write(floods[i % floods.length]!);
        await Bun.sleep(50);
        if (i % 3 !== 0) socket.destroy();
      }),
    );
    expect(late).toBeLessThan(LATE_MILLIS);
  });
});
