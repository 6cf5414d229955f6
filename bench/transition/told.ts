// The system is told the interest of whole accounts by a remote gateway: start, RS+ …, complete. Runs in the
// process of the load.

import { accountName, type FarRegion, listsOf, loginTo } from "../lib/far-region.ts";
import { LOAD_GATEWAY } from "../lib/handshakes.ts";
import { histogram, type Latency, Live, latencyOf, type Stretch, WANTED } from "../lib/live.ts";
import { cpuNanos, settledBytes } from "../lib/proc.ts";
import { gatewayz } from "../lib/wan.ts";
import type { WireEnd } from "../lib/wire-end.ts";
import type { Place } from "./questions.ts";

export interface ToldSpec {
  readonly accounts: number;
  readonly subjects: number;
  /** Live traffic in the first account, from a client to the region that tells. */
  readonly live: boolean;
  /** The remote had muted one subject of that account before. nats-server goes on serving it then. */
  readonly heard: boolean;
}

export interface ToldSample {
  readonly lines: number;
  readonly seconds: number;
  readonly cpuMicrosLine: number;
  readonly cpuMicrosSwitch: number;
  /** Growth of resident memory. */
  readonly entryBytes: number;
  /** One account at a time, in microseconds. */
  readonly singles: Latency | null;
  readonly live: LiveSample | null;
}

export interface LiveSample {
  readonly before: Stretch;
  readonly during: Stretch;
  readonly after: Stretch;
  /** Bytes of messages a second that arrived from the system. */
  readonly wanBefore: number;
  readonly wanAfter: number;
  /** [ms from start, microseconds]: the longest latency at that time. */
  readonly timeline: [number, number][];
}

export const LIVE_PER_SECOND = 10_000;
const BEFORE_MILLIS = 400;
const AFTER_MILLIS = 300;
const TIMELINE_POINTS = 150;
/** What the system is told first, so that it is warm: accounts from which on, how many, subjects of each. */
const WARM_LISTS: readonly [first: number, accounts: number, subjects: number][] = [
  [5_000, 200, 200],
  [6_000, 2_000, 5],
];
const WARM_LINES = 200 * 200 + 2_000 * 5;
/** Accounts that are told one at a time come from here on. */
const SINGLES_FIRST = 20_000;
const SINGLES_LINES = 40_000;
const SINGLES_MAX = 400;
export const SINGLE_SUBJECTS_MAX = 10_000;
const SETTLE_MILLIS = 400;

export async function told(region: FarRegion, place: Place, spec: ToldSpec): Promise<ToldSample> {
  const link = await region.reached();
  for (const [first, accounts, subjects] of WARM_LISTS) await tell(link, listsOf(first, accounts, subjects));
  const live = spec.live ? new Live(await loginTo(place.client, 0), "PUB ", LIVE_PER_SECOND, 2) : null;
  if (live !== null) link.sink.onMessage = live.arrived;
  if (spec.heard) link.say(`RS- ${accountName(0)} somebody.else\r\n`);
  await link.answered();
  const pieces = listsOf(0, spec.accounts, spec.subjects, live === null ? [] : [WANTED]);
  const settles = spec.accounts * spec.subjects >= 10_000 ? SETTLE_MILLIS : 0;
  const memory = await settledBytes(place.pid, settles);
  live?.start();
  const wanStart = link.sink.messageBytes;
  if (live !== null) await Bun.sleep(BEFORE_MILLIS);
  const wanBefore = ((link.sink.messageBytes - wanStart) / BEFORE_MILLIS) * 1_000;
  const cpu = cpuNanos(place.pid);
  const from = Bun.nanoseconds();
  await tell(link, pieces);
  const to = Bun.nanoseconds();
  const cpuMicros = (cpuNanos(place.pid) - cpu) / 1e3;
  const liveSample = live === null ? null : await rest(live, link, from, to, wanBefore);
  const grown = (await settledBytes(place.pid, settles)) - memory;
  const lines = spec.accounts * spec.subjects + (live === null ? 0 : 1);
  const { singles, told: toldSingly } = live === null ? await tellSingly(link, spec) : NO_SINGLES;
  await verified(place, WARM_LINES + lines + toldSingly);
  return {
    lines,
    seconds: (to - from) / 1e9,
    cpuMicrosLine: cpuMicros / lines,
    cpuMicrosSwitch: cpuMicros / spec.accounts,
    entryBytes: grown / lines,
    singles,
    live: liveSample,
  };
}

const NO_SINGLES = { singles: null, told: 0 };

async function tell(link: WireEnd, pieces: readonly Uint8Array[]): Promise<void> {
  for (const piece of pieces) link.send(piece);
  await link.answered();
}

/** Live traffic goes on for a while, and is looked at. */
async function rest(
  live: Live,
  link: WireEnd,
  from: number,
  to: number,
  wanBefore: number,
): Promise<LiveSample> {
  const wanStart = link.sink.messageBytes;
  await Bun.sleep(AFTER_MILLIS);
  const wanAfter = ((link.sink.messageBytes - wanStart) / AFTER_MILLIS) * 1_000;
  const end = Bun.nanoseconds();
  await live.stop();
  const margin = Math.max(50e6, (to - from) / 4);
  return {
    before: live.between(0, from),
    during: live.between(from, to),
    after: live.between(to, end),
    wanBefore,
    wanAfter,
    timeline: live.timeline(from - margin, to + margin, from, TIMELINE_POINTS),
  };
}

/** One account after the other, each when the one before is done; where many switch at once, nobody asks. */
async function tellSingly(
  link: WireEnd,
  { accounts, subjects }: ToldSpec,
): Promise<{ singles: Latency | null; told: number }> {
  if (accounts > 1 || subjects > SINGLE_SUBJECTS_MAX) return NO_SINGLES;
  const count = Math.max(10, Math.min(SINGLES_MAX, Math.floor(SINGLES_LINES / subjects)));
  const durations = histogram();
  for (let index = 0; index < count; index++) {
    const pieces = listsOf(SINGLES_FIRST + index, 1, subjects);
    const from = Bun.nanoseconds();
    await tell(link, pieces);
    durations.recordValue((Bun.nanoseconds() - from) / 1e3);
  }
  return { singles: latencyOf(durations), told: count * subjects };
}

/** The system holds exactly what it was told, and every account is interest-only. */
async function verified({ monitor }: Place, entries: number): Promise<void> {
  const { outbound_gateways: out } = await gatewayz({ name: "the system", monitorPort: monitor }, "?accs=1");
  const accounts = (out?.[LOAD_GATEWAY]?.accounts ?? []).filter(({ name }) => /^A\d+$/.test(name));
  const held = accounts.reduce((sum, { num_subs: subs }) => sum + (subs ?? 0), 0);
  if (held !== entries) throw new Error(`${entries} subjects were told, ${held} are held`);
  const other = accounts.find(({ interest_mode: mode }) => mode !== "Interest-Only");
  if (other !== undefined) throw new Error(`account ${other.name} is ${other.interest_mode} after complete`);
}
