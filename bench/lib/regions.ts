// Two regions of one system that are linked by their gateways.

import { freePorts, type Running, type System, startSystem } from "./systems.ts";

const NAMES = ["EAST", "WEST"] as const;

/** East and west, both on `cores`; `name` tells their processes from others. */
export async function linkedPair(system: System, name: string, cores: string | null): Promise<Running[]> {
  const ports = [freePorts(), freePorts()] as const;
  const regions: Running[] = [];
  try {
    for (const at of [0, 1] as const) {
      const other = at === 0 ? 1 : 0;
      const config = {
        serverName: `bench-${name}-${NAMES[at].toLowerCase()}`,
        gateway: NAMES[at],
        remotes: { [NAMES[other]]: ports[other].gateway },
        ports: ports[at],
      };
      regions.push(await startSystem(system, config, cores));
    }
  } catch (error) {
    await Promise.all(regions.map((region) => region.stop()));
    throw new Error(`${system.name}: ${(error as Error).message}`);
  }
  return regions;
}
