// Two processes that share the port of clients, each a cluster of its own, and a nats-server as another
// region: to clients they are one, whichever of them they reached.

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { sharingBox } from "../../bench/cores/teams.ts";
import {
  freePorts,
  natsServer,
  type Running,
  type SystemConfig,
  startSystem,
} from "../../bench/lib/systems.ts";
import { allHeard, collect, publishNumbers, unique } from "../support/messages.ts";
import { describeWith } from "../support/sides.ts";

setDefaultTimeout(40_000);

/** So many that one process has none of them once in millions of runs. */
const CLIENTS = 24;

describeWith("two processes on one port, and a nats-server", ["box", "2.15"], () => {
  const names = ["A-1", "A-2", "B"] as const;
  const running: Running[] = [];
  let clients: NatsConnection[] = [];
  let far: NatsConnection;

  beforeAll(async () => {
    const first = freePorts();
    const ports = [first, { ...freePorts(), client: first.client }, freePorts()];
    for (const [at, name] of names.entries()) {
      const others = names.flatMap((other, i) => (i === at ? [] : [[other, ports[i]!.gateway] as const]));
      const config: SystemConfig = {
        serverName: `cores-${name}`,
        gateway: name,
        remotes: Object.fromEntries(others),
        ports: ports[at]!,
      };
      running.push(await startSystem(name === "B" ? natsServer()! : sharingBox(first.client), config));
    }
    const on = (port: number) => connect({ servers: `127.0.0.1:${port}`, ignoreClusterUpdates: true });
    clients = await Promise.all(Array.from({ length: CLIENTS }, () => on(first.client)));
    far = await on(ports[2]!.client);
    await allHeard(...clients, far);
  });
  afterAll(async () => {
    await Promise.all([...clients, far].map((client) => client?.close()));
    await Promise.all(running.map((one) => one.stop()));
  });

  test("clients of one port reach both processes", () => {
    const reached = new Set(clients.map(({ info }) => info?.server_name));
    expect([...reached].sort()).toEqual(["cores-A-1", "cores-A-2"]);
  });

  test("what is said anywhere is heard by everybody once and in order", async () => {
    const subject = unique("cores");
    const collectors = await Promise.all([...clients, far].map((client) => collect(client, subject)));
    await allHeard(...clients, far);
    const publishers = [far, clients[0]!, clients[1]!];
    for (const publisher of publishers) {
      const before = collectors[0]!.count;
      await publishNumbers(publisher, subject, 200);
      for (const collector of collectors) await collector.has(before + 200);
      await allHeard(...clients, far);
    }
    const once = collectors[0]!.texts;
    expect(once.length).toBe(publishers.length * 200);
    for (const { texts } of collectors) expect(texts).toEqual(once);
  });

  test("one member of a queue group gets each message, whichever process it is at", async () => {
    const subject = unique("cores");
    const members = await Promise.all(clients.map((client) => collect(client, subject, "workers")));
    await allHeard(...clients, far);
    for (const publisher of [far, clients[0]!]) await publishNumbers(publisher, subject, 100);
    await allHeard(...clients, far);
    expect(members.reduce((sum, { count }) => sum + count, 0)).toBe(200);
  });

  test("requests of new clients are answered in the other region, and those from there here", async () => {
    const [there, here] = [unique("cores"), unique("cores")];
    const answer = (client: NatsConnection, subject: string) =>
      client.subscribe(subject, { queue: "q", callback: (_, message) => void message.respond("yes") });
    answer(far, there);
    for (const client of clients) answer(client, here);
    await allHeard(...clients, far);
    for (const client of clients) expect((await client.request(there)).string()).toBe("yes");
    for (let asked = 0; asked < CLIENTS; asked++) expect((await far.request(here)).string()).toBe("yes");
  });
});
