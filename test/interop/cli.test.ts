// The tool that operators use: what it can do over a plain client connection works on the box and across the
// link.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { collect, heard, unique } from "../support/messages.ts";
import { findNatsCli, nats } from "../support/nats-cli.ts";
import { SuperCluster } from "../support/peers.ts";
import { guardProcesses } from "../support/process.ts";
import { DIRECTIONS, describeWith } from "../support/sides.ts";

setDefaultTimeout(30_000);
guardProcesses();

const cli = findNatsCli();
if (cli === undefined) console.error("SKIPPED nats command line: no nats in $NATS_CLI, PATH or .cache");

describe.skipIf(cli === undefined)("the nats command line", () => {
  describeWith("between box and nats-server 2.15", ["box", "2.15"], () => {
    let world: SuperCluster;
    beforeAll(async () => {
      world = await SuperCluster.start({ name: "BOX", kind: "box" }, { name: "PEER", kind: "2.15" });
      await world.meshed();
    });
    afterEach(() => world?.closeClients());
    afterAll(() => world?.close());
    describe.each([...DIRECTIONS])("from %s to %s", (from, to) => commands(() => world, from, to));
  });
});

function commands(world: () => SuperCluster, from: string, to: string): void {
  const run = (cluster: string, ...args: string[]) => nats(cli!, world().member(cluster).clientUrl, args);

  test("nats pub reaches a subscriber in the other region, with headers", async () => {
    const [near, far] = [await world().client(from), await world().client(to)];
    const collector = await collect(far, unique("cli"));
    const subject = unique("cli");
    const wanted = await collect(far, subject);
    await heard(near, far);
    const { code, err } = await run(from, "pub", subject, "hello from the shell", "-H", "X-From:shell");
    expect(`${code} ${code === 0 ? "" : err}`).toBe("0 ");
    await wanted.has(1);
    expect(wanted.texts).toEqual(["hello from the shell"]);
    expect(wanted.messages[0]!.headers?.get("X-From")).toBe("shell");
    expect(collector.count).toBe(0);
  });

  test("nats sub shows what is published in the other region", async () => {
    const publisher = await world().client(from);
    const subject = unique("cli");
    const listening = run(to, "sub", subject, "--count", "1", "--raw");
    let done = false;
    void listening.finally(() => {
      done = true;
    });
    // The tool does not say when its interest is known here, so it is offered messages until it has one.
    for (let i = 0; i < 500 && !done; i++) {
      publisher.publish(subject, "shown");
      await publisher.flush();
      await Bun.sleep(20);
    }
    const { code, out } = await listening;
    expect(code).toBe(0);
    expect(out).toContain("shown");
  });

  test("nats request is answered from the other region", async () => {
    const [near, service] = [await world().client(from), await world().client(to)];
    const subject = unique("cli");
    service.subscribe(subject, { callback: (_, message) => void message.respond(`got ${message.string()}`) });
    await heard(near, service);
    const { code, out } = await run(from, "request", subject, "q", "--raw");
    expect(code).toBe(0);
    expect(out).toContain("got q");
  });

  test("nats request without a service says so", async () => {
    const { code, out, err } = await run(from, "request", unique("cli"), "q");
    expect(`${out}${err}`).toMatch(/no responders/i);
    expect(code).toBeLessThanOrEqual(1);
  });

  test("nats rtt measures the way to its server", async () => {
    const { code, out } = await run(from, "rtt");
    expect(code).toBe(0);
    expect(out).toMatch(/\d+(\.\d+)?\s?(µs|ms)/);
  });
}
