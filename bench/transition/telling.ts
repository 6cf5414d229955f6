// The system tells a remote gateway what whole accounts want: at connect, and to an old peer that sent too
// much that nobody wants. Runs in the process of the load.

import { accountName, type FarRegion, loginTo, wantedSubject } from "../lib/far-region.ts";
import { LineSink } from "../lib/line-sink.ts";
import { histogram, type Latency, Live, latencyOf, WANTED } from "../lib/live.ts";
import { cpuNanos, memoryOf, resetPeak } from "../lib/proc.ts";
import type { WireEnd } from "../lib/wire-end.ts";
import type { Place } from "./questions.ts";
import { LIVE_PER_SECOND, type LiveSample } from "./told.ts";

export interface TellingSpec {
  readonly accounts: number;
  readonly subjects: number;
  /** Live traffic in the first account, from another connection of the same remote to a client. */
  readonly live: boolean;
  readonly rounds: number;
}

export interface TellingSample {
  readonly lines: number;
  /** The first remote that was ever told: nothing is warm, and all memory is fresh. */
  readonly first: TellingRound;
  readonly rounds: readonly TellingRound[];
}

export interface TellingRound {
  readonly seconds: number;
  readonly cpuMicrosLine: number;
  readonly cpuMicrosSwitch: number;
  /** The highest resident memory while it told, above what it was before. */
  readonly extraBytes: number;
  readonly live: LiveSample | null;
}

/** Durations of single switches in microseconds, or why there are none. */
export type ThresholdSample = Latency | { readonly none: string };

const LOGINS = 50;
/** A million subscriptions of one client take a nats-server their time. */
const SUBSCRIBED_MILLIS = 120_000;
const BEFORE_MILLIS = 300;
const PAUSE_MILLIS = 150;
const TIMELINE_POINTS = 150;
const ONCE_MUTED = 1_000;
const SWITCH_MILLIS = 2_000;

/** The subscriptions of each account are those of one client. */
export async function telling(region: FarRegion, place: Place, spec: TellingSpec): Promise<TellingSample> {
  await region.reached();
  const clients = await subscribed(place, spec);
  const expected = expectedOf(spec, spec.live);
  const [first] = clients;
  if (spec.live) {
    first!.say(`SUB ${WANTED} live\r\n`);
    await first!.answered();
  }
  // The first connection warms the system up, and sends the live traffic.
  const once = await told(region, place, spec, expected, null);
  const rounds: TellingRound[] = [];
  for (let round = 0; round < spec.rounds; round++) {
    await Bun.sleep(PAUSE_MILLIS);
    const pair = spec.live ? { sender: once.end, receiver: first! } : null;
    const { figures, end } = await told(region, place, spec, expected, pair);
    rounds.push(figures);
    end.end();
  }
  for (const client of clients) client.end();
  return { lines: expected.added, first: once.figures, rounds };
}

async function told(
  region: FarRegion,
  place: Place,
  spec: TellingSpec,
  expected: LineSink,
  beside: { readonly sender: WireEnd; readonly receiver: WireEnd } | null,
): Promise<{ figures: TellingRound; end: WireEnd }> {
  const live =
    beside === null ? null : new Live(beside.sender, `RMSG ${accountName(0)} `, LIVE_PER_SECOND, 1);
  if (live !== null) {
    beside!.receiver.sink.onMessage = live.arrived;
    live.start();
    await Bun.sleep(BEFORE_MILLIS);
  }
  resetPeak(place.pid);
  const memory = memoryOf(place.pid).resident;
  const cpu = cpuNanos(place.pid);
  const from = Bun.nanoseconds();
  const end = await connected(region, place, spec, expected);
  const to = Bun.nanoseconds();
  const cpuMicros = (cpuNanos(place.pid) - cpu) / 1e3;
  const extraBytes = memoryOf(place.pid).peak - memory;
  let sample: LiveSample | null = null;
  if (live !== null) {
    await Bun.sleep(BEFORE_MILLIS);
    const last = Bun.nanoseconds();
    await live.stop();
    sample = {
      before: live.between(0, from),
      during: live.between(from, to),
      after: live.between(to, last),
      wanBefore: 0,
      wanAfter: 0,
      timeline: live.timeline(from - 50e6, to + 50e6, from, TIMELINE_POINTS),
    };
  }
  const figures = {
    seconds: (to - from) / 1e9,
    cpuMicrosLine: cpuMicros / expected.added,
    cpuMicrosSwitch: cpuMicros / spec.accounts,
    extraBytes,
    live: sample,
  };
  return { figures, end };
}

/** Dials, and waits until every account is told; fails unless each line came once. */
async function connected(
  region: FarRegion,
  place: Place,
  spec: TellingSpec,
  expected: LineSink,
): Promise<WireEnd> {
  let complete = 0;
  const end = await region.dial(place.gateway, false, (line) => {
    if (completed(line) !== null) complete++;
  });
  await end.held("all accounts to be told", () => complete === spec.accounts, 60_000);
  const { added, sum } = end.sink;
  if (added !== expected.added || sum !== expected.sum) {
    throw new Error(`${expected.added} lines expected, ${added} came, or others than expected`);
  }
  return end;
}

/** An old peer sends to 1,001 subjects of each account that nobody wants, and waits for complete. */
export async function threshold(
  region: FarRegion,
  place: Place,
  spec: TellingSpec,
): Promise<ThresholdSample> {
  await region.reached();
  const clients = await subscribed(place, spec);
  let complete = "";
  let atConnect = 0;
  const end = await region.dial(place.gateway, true, (line) => {
    const account = completed(line);
    if (account === null) return;
    complete = account;
    atConnect++;
  });
  await end.answered();
  await Bun.sleep(PAUSE_MILLIS);
  if (atConnect > 0) return { none: "switched at connect" };
  const durations = histogram();
  for (let index = 0; index < spec.accounts; index++) {
    const name = accountName(index);
    const lines = Array.from({ length: ONCE_MUTED }, (_, at) => `RMSG ${name} no.body.${at} 2\r\nhi\r\n`);
    end.say(lines.join(""));
    await end.answered();
    const removed = ONCE_MUTED * (index + 1);
    if (end.sink.removed !== removed) throw new Error(`${removed} RS- expected, ${end.sink.removed} came`);
    const from = Bun.nanoseconds();
    end.say(`RMSG ${name} no.body.last 2\r\nhi\r\n`);
    await end.held(`${name} to be switched`, () => complete === name, SWITCH_MILLIS);
    durations.recordValue((Bun.nanoseconds() - from) / 1e3);
  }
  if (end.sink.added !== spec.accounts * spec.subjects) throw new Error(`${end.sink.added} lines came`);
  for (const client of clients) client.end();
  return latencyOf(durations);
}

/** The account of a complete, when it is one of ours. */
function completed(line: string): string | null {
  const payload = /"gateway_cmd":3,"gateway_cmd_payload":"(Q[^"]*)"/.exec(line)?.[1];
  if (payload === undefined) return null;
  const name = atob(payload);
  return name.startsWith("A") ? name : null;
}

/** A client an account, with all its subscriptions. */
async function subscribed({ client }: Place, { accounts, subjects }: TellingSpec): Promise<WireEnd[]> {
  const clients: WireEnd[] = [];
  for (let from = 0; from < accounts; from += LOGINS) {
    const count = Math.min(LOGINS, accounts - from);
    clients.push(
      ...(await Promise.all(Array.from({ length: count }, (_, at) => loginTo(client, from + at)))),
    );
  }
  for (const [account, end] of clients.entries()) {
    for (let from = 0; from < subjects; from += 10_000) {
      const count = Math.min(10_000, subjects - from);
      const lines = Array.from(
        { length: count },
        (_, at) => `SUB ${wantedSubject(account, from + at)} ${from + at}\r\n`,
      );
      end.say(lines.join(""));
    }
  }
  await Promise.all(clients.map((end) => end.answered(SUBSCRIBED_MILLIS)));
  return clients;
}

/** A sink that has read what must come. */
function expectedOf({ accounts, subjects }: TellingSpec, live: boolean): LineSink {
  const sink = new LineSink();
  const read = (line: string): void => sink.receive(Buffer.from(line, "latin1"));
  for (let account = 0; account < accounts; account++) {
    const name = accountName(account);
    for (let number = 0; number < subjects; number++)
      read(`RS+ ${name} ${wantedSubject(account, number)}\r\n`);
  }
  if (live) read(`RS+ ${accountName(0)} ${WANTED}\r\n`);
  return sink;
}
