// The box and an unmodified nats-server in turn (A B A B), a fresh process for each sample, for suites whose
// load is a script of its own.

import { type Machine, machineNotes, type Pinning, pinning } from "./machine.ts";
import { freePorts, type Running, type System, startSystem, pair as systemsOf, titleOf } from "./systems.ts";

export type Seat = "nats" | "box";

export interface Pair {
  readonly systems: Readonly<Record<Seat, System>>;
  readonly pinned: Pinning | null;
}

/** Samples of both; a failure is text for the reader. */
export interface Turns<Sample> {
  readonly nats: readonly Sample[];
  readonly box: readonly Sample[];
  readonly failures: Readonly<Record<Seat, string | null>>;
}

/** nats-server at its best on one core, and the box; with `self` nats-server in both places. */
export function pair(self: boolean): Pair {
  return { systems: systemsOf(self), pinned: pinning() };
}

export interface Heading {
  readonly machine: Machine;
  readonly systems: Readonly<Record<Seat, string>>;
}

export function headingOf({ systems, pinned }: Pair): Heading {
  const titles = { nats: titleOf(systems.nats), box: titleOf(systems.box) };
  return { machine: machineNotes(pinned), systems: titles };
}

/** Takes `rounds` samples of each system that is seated, in turn; the first failure of one ends its turns. */
export async function inTurn<Sample>(
  seats: readonly Seat[],
  rounds: number,
  sample: (seat: Seat) => Promise<Sample>,
): Promise<Turns<Sample>> {
  const samples: Record<Seat, Sample[]> = { nats: [], box: [] };
  const failures: Record<Seat, string | null> = { nats: null, box: null };
  for (let round = 0; round < rounds; round++) {
    for (const seat of seats) {
      if (failures[seat] !== null) continue;
      try {
        samples[seat].push(await sample(seat));
      } catch (error) {
        failures[seat] = (error as Error).message;
      }
    }
  }
  return { ...samples, failures };
}

/** What a case needs of the system beside the connections. */
export interface Setting {
  /** Accounts by name, with the user of the same name. */
  readonly accounts: readonly string[];
  /** Where the far region listens. */
  readonly farGateway: number;
  readonly farName: string;
  readonly gatewayKeys?: Readonly<Record<string, unknown>>;
}

/** A fresh process with its accounts, for as long as `use` takes. */
export async function withSystem<Result>(
  { systems, pinned }: Pair,
  seat: Seat,
  { accounts, farGateway, farName, gatewayKeys }: Setting,
  use: (running: Running) => Promise<Result>,
): Promise<Result> {
  const login = (name: string) => ({ user: name, password: "bench" });
  const config = {
    serverName: `bench-${seat}`,
    gateway: "A",
    remotes: { [farName]: farGateway },
    accounts: Object.fromEntries(accounts.map((name) => [name, login(name)])),
    ports: freePorts(),
    ...(gatewayKeys === undefined || seat === "nats" ? {} : { gatewayKeys }),
  };
  const running = await startSystem(systems[seat], config, pinned?.system ?? null);
  try {
    return await use(running);
  } finally {
    await running.stop();
  }
}
