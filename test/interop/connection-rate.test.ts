// Listeners that take only so many connections in a second: a flood is sent away, told why and counted, and
// those who are there feel nothing. nats-server has nothing like it, so there is no stand-in.

import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { LeafWorld } from "../support/leaf-world.ts";
import { HAS_STAND_IN } from "../support/member.ts";
import { guardProcesses } from "../support/process.ts";
import { connectRaw } from "../support/raw-client.ts";
import { RawLink } from "../support/raw-link.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(30_000);
guardProcesses();

let world: LeafWorld | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

const RATE = 4;
const FLOOD = 40;

const refusedAt = async (): Promise<Record<string, number>> => {
  const answer = await fetch(`${world!.member("BOX").monitorUrl}/varz`);
  return (
    ((await answer.json()) as { refused_connections?: Record<string, number> }).refused_connections ?? {}
  );
};

describe.skipIf(HAS_STAND_IN)("a box with connection_rate", () => {
  const start = async (): Promise<void> => {
    world = await LeafWorld.start({
      clusters: [
        {
          name: "BOX",
          kind: "box",
          gateways: [],
          leafnodes: { connection_rate: RATE },
          websocket: { no_tls: true, connection_rate: RATE },
          top: { connection_rate: RATE },
        },
      ],
      links: [],
    });
  };

  test.each(["client", "leaf"] as const)(
    "a flood at the %s listener is sent away, told and counted",
    async (kind) => {
      await start();
      const member = world!.member("BOX");
      const port = kind === "client" ? member.ports.client : member.ports.leaf!;
      const links = await Promise.all(Array.from({ length: FLOOD }, () => RawLink.dial(port)));
      await until("everybody was told something", () => links.every(({ text }) => text !== ""));
      const taken = links.filter(({ text }) => text.startsWith("INFO "));
      const away = links.filter(({ text }) => text.startsWith("-ERR 'Connection throttling is active."));
      expect(taken.length + away.length).toBe(FLOOD);
      // The flood may begin in one second and end in the next one.
      expect(taken.length).toBeGreaterThanOrEqual(RATE);
      expect(taken.length).toBeLessThanOrEqual(2 * RATE);
      expect(await refusedAt()).toEqual({ [kind]: away.length });
      await until("who was sent away is cut", () => away.every(({ closed }) => closed));
      expect(taken.every(({ closed }) => closed)).toBe(false);
      const metrics = await (await fetch(`${member.monitorUrl}/metrics`)).text();
      expect(metrics).toContain(`isthmus_connections_refused_total{listener="${kind}"} ${away.length}\n`);
      for (const link of links) link.close();
    },
  );

  test("over WebSocket it is 429", async () => {
    await start();
    const { url } = {
      url: world!.urlsOf({ from: "BOX", to: "BOX", scheme: "ws" })[0]!.replace("ws:", "http:"),
    };
    const answers = await Promise.all(Array.from({ length: FLOOD }, () => fetch(url)));
    const away = answers.filter(({ status }) => status === 429);
    expect(away.length).toBeGreaterThanOrEqual(FLOOD - 2 * RATE);
    expect(await refusedAt()).toEqual({ websocket: away.length });
  });

  test("who is there feels nothing, and a reload lets everybody in again", async () => {
    await start();
    const member = world!.member("BOX");
    const { link } = await connectRaw(member.ports.client);
    const flood = await Promise.all(Array.from({ length: FLOOD }, () => RawLink.dial(member.ports.client)));
    await link.barrier();
    await until("some were sent away", async () => ((await refusedAt())["client"] ?? 0) > 0);
    await member.reload(({ connection_rate: _, ...config }) => config);
    const after = await Promise.all(Array.from({ length: FLOOD }, () => connectRaw(member.ports.client)));
    await link.barrier();
    for (const { link: each } of after) each.close();
    for (const each of flood) each.close();
  });
});
