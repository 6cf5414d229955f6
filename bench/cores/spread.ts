// How evenly does the system spread connections over two processes that listen on one port?

import { join } from "node:path";
import { freePort } from "../../test/support/ports.ts";
import { type Spread, spread } from "../lib/stats.ts";
import { table } from "../lib/table.ts";
import { Worker } from "../lib/worker.ts";

export type Question =
  | { readonly ask: "listen"; readonly port: number }
  /** Answers how many connections were accepted since the last time. */
  | { readonly ask: "count" };

export interface SpreadRow {
  readonly connections: number;
  /** Share of the process that got more of them: 0.5 at best. */
  readonly larger: Spread;
}

const PLAYER = join(import.meta.dir, "spread-player.ts");
const SETTLE_MILLIS = 50;

export async function spreads(counts: readonly number[], trials: number): Promise<SpreadRow[]> {
  const players = [0, 1].map(() => new Worker<Question, number>(PLAYER, null));
  try {
    const port = freePort();
    for (const player of players) await player.ask({ ask: "listen", port });
    const rows: SpreadRow[] = [];
    for (const connections of counts) {
      const shares: number[] = [];
      for (let trial = 0; trial < trials; trial++) {
        const accepted = await trialOf(players, port, connections);
        shares.push(Math.max(...accepted) / connections);
      }
      rows.push({ connections, larger: spread(shares) });
    }
    return rows;
  } finally {
    await Promise.all(players.map((player) => player.stop()));
  }
}

async function trialOf(
  players: readonly Worker<Question, number>[],
  port: number,
  connections: number,
): Promise<number[]> {
  const sockets = [];
  for (let made = 0; made < connections; made++) {
    sockets.push(await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } }));
  }
  await Bun.sleep(SETTLE_MILLIS);
  const accepted: number[] = [];
  for (const player of players) accepted.push(await player.ask({ ask: "count" }));
  for (const socket of sockets) socket.end();
  const sum = accepted.reduce((total, one) => total + one, 0);
  if (sum !== connections) throw new Error(`${connections} connections made, ${sum} accepted`);
  return accepted;
}

export function spreadTable(rows: readonly SpreadRow[]): string {
  const head = ["connections to one port of 2 processes", "share of the larger half", "[min–max]"];
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  const cells = rows.map(({ connections, larger }) => [
    String(connections),
    percent(larger.median),
    `${percent(larger.min)}–${percent(larger.max)}`,
  ]);
  return table(head, cells, ["right", "right", "right"]);
}
