// Two processes of the box on two cores, as far as it can be had today: they share the port of clients, and
// what each of them wants of the other one is told by a protocol that is there already.

import { type Carrier, type Contestant, natsContestant } from "../lib/contest.ts";
import type { LoadSpec } from "../lib/frames.ts";
import { LOAD_GATEWAY } from "../lib/handshakes.ts";
import { spreadPinning } from "../lib/machine.ts";
import { box, freePorts, type Running, type System, type SystemConfig, startSystem } from "../lib/systems.ts";

/** Joined by the script that has the port of clients shared. */
export function sharingBox(port: number): System {
  const plain = box();
  const [bun = "", ...rest] = plain.command;
  return {
    ...plain,
    command: [bun, "--preload", "./bench/cores/reuse-port.ts", ...rest],
    env: { BENCH_SHARED_PORT: String(port) },
  };
}

/** One process on one core, as everywhere else. */
export function alone(name: string, system: System, spec: LoadSpec): Contestant {
  return { ...natsContestant(system, spec), name };
}

/** One process that has two cores for itself. */
export function onTwoCores(name: string, system: System, spec: LoadSpec): Contestant {
  return { ...alone(name, system, spec), pinned: spreadPinning(2) };
}

/** Each process is a cluster with gateways of its own, also to the other one. */
export function clusters(name: string, spec: LoadSpec): Contestant {
  return {
    name,
    spec: { ...spec, processes: 2 },
    pinned: spreadPinning(2),
    start: (loadPort, seat, cores) => startClusters(loadPort, `bench-${seat}`, cores),
  };
}

async function startClusters(loadPort: number, name: string, cores: string | null): Promise<Carrier> {
  const first = freePorts();
  const second = { ...freePorts(), client: first.client };
  const both = [first, second] as const;
  const configs = both.map(
    (ports, at): SystemConfig => ({
      serverName: `${name}-${at + 1}`,
      gateway: `A-${at + 1}`,
      remotes: { [LOAD_GATEWAY]: loadPort, [`A-${2 - at}`]: both[1 - at]!.gateway },
      ports,
    }),
  );
  return {
    children: await startAll(configs, cores),
    ports: { client: first.client, gateway: first.gateway, moreGateways: [second.gateway] },
  };
}

/** One process has the gateways; the other one is its spoke, and what its clients say or want goes through
 *  both. `all`: nobody is a client of the first one. */
export function hubAndSpoke(name: string, spec: LoadSpec, all: boolean): Contestant {
  return {
    name,
    spec,
    pinned: spreadPinning(2),
    async start(loadPort, seat, cores) {
      const hub = freePorts();
      const spoke = { ...freePorts(), ...(all ? {} : { client: hub.client }) };
      const configs: SystemConfig[] = [
        {
          serverName: `bench-${seat}-hub`,
          gateway: "A",
          remotes: { [LOAD_GATEWAY]: loadPort },
          leafCompression: "off",
          systemAccount: "SYS",
          ports: hub,
        },
        { serverName: `bench-${seat}-spoke`, gateway: "", remotes: {}, hub: hub.leaf, ports: spoke },
      ];
      return {
        children: await startAll(configs, cores),
        ports: { client: spoke.client, gateway: hub.gateway },
      };
    },
  };
}

/** Each on a core of its own. The port of clients is the first one's. */
async function startAll(configs: readonly SystemConfig[], cores: string | null): Promise<Running[]> {
  const system = sharingBox(configs[0]!.ports.client);
  const running: Running[] = [];
  try {
    for (const [at, config] of configs.entries()) {
      running.push(await startSystem(system, config, cores?.split(",")[at] ?? null));
    }
  } catch (error) {
    await Promise.all(running.map((one) => one.stop()));
    throw error;
  }
  return running;
}
