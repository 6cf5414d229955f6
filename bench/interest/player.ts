// The process that plays a remote gateway with very much interest, and a client that watches for pauses, on a
// core of its own. Driven over IPC.

import { accountName, FarRegion, loginTo, wantedSubject } from "../lib/far-region.ts";
import { gatewayCommand, LOAD_GATEWAY } from "../lib/handshakes.ts";
import { Probe } from "../lib/probe.ts";
import { cpuNanos, settledBytes } from "../lib/proc.ts";
import { gatewayz } from "../lib/wan.ts";
import type { WireEnd } from "../lib/wire-end.ts";
import { answer } from "../lib/worker.ts";
import type { Place } from "../transition/questions.ts";
import type { Answer, Question, TakingSample, TakingSpec } from "./questions.ts";

/** A pause that is held against the system, in microseconds. */
const PAUSE_MICROS = 5_000;
const PROBES_PER_SECOND = 1_000;
const BEFORE_MILLIS = 300;
const SETTLE_MILLIS = 500;
/** Few enough that the load does not take the time for it from its probe. */
const PIECE_LINES = 500;
/** Lines that may be on their way before the system has read those before. */
const AHEAD_PIECES = 160;
/** What warms the system up: accounts that are not of the case. */
const WARM_FIRST = 5_000;
const WARM = { accounts: 100, subjects: 300 };

let region: FarRegion | undefined;

answer(async (question: Question): Promise<Answer> => {
  if (question.ask === "listen") {
    region = new FarRegion(false);
    return region.port;
  }
  if (region === undefined) throw new Error("nothing listens yet");
  if (question.ask === "take") return take(region, question.place, question.spec, question.removes);
  region.stop();
  region = undefined;
  return null;
});

async function take(far: FarRegion, place: Place, spec: TakingSpec, removes: boolean): Promise<TakingSample> {
  const link = await far.reached();
  await say(link, "RS+", WARM_FIRST, WARM);
  const probe = new Probe(await loginTo(place.client, 0), PROBES_PER_SECOND, PAUSE_MICROS);
  const memory = await settledBytes(place.pid, SETTLE_MILLIS);
  probe.start();
  await Bun.sleep(BEFORE_MILLIS);
  const before = probe.take().latency;
  const added = await measured(place, () => say(link, "RS+", 0, spec));
  const { latency: during, late } = probe.take();
  probe.stop();
  const lines = spec.accounts * spec.subjects;
  const entryBytes = ((await settledBytes(place.pid, SETTLE_MILLIS)) - memory) / lines;
  await held(place, lines + WARM.accounts * WARM.subjects);
  let removed = null;
  if (removes) {
    const took = await measured(place, () => say(link, "RS-", 0, spec));
    removed = { seconds: took.seconds, cpuMicrosLine: took.cpuMicros / lines };
    await held(place, WARM.accounts * WARM.subjects);
  }
  const { seconds, cpuMicros } = added;
  return {
    lines,
    seconds,
    cpuMicrosLine: cpuMicros / lines,
    entryBytes,
    before,
    during,
    pauses: late,
    removed,
  };
}

async function measured(
  { pid }: Place,
  run: () => Promise<void>,
): Promise<{ seconds: number; cpuMicros: number }> {
  const cpu = cpuNanos(pid);
  const from = Bun.nanoseconds();
  await run();
  return { seconds: (Bun.nanoseconds() - from) / 1e9, cpuMicros: (cpuNanos(pid) - cpu) / 1e3 };
}

/** Lines of all accounts, one account after the other, made while they are sent: five million of them would
 *  fill the memory of the load. With RS+ the accounts are interest-only from the start. */
async function say(link: WireEnd, verb: "RS+" | "RS-", first: number, spec: TakingSpec): Promise<void> {
  const { accounts, subjects } = spec;
  if (verb === "RS+") {
    for (let at = 0; at < accounts; at++) {
      const name = accountName(first + at);
      link.say(gatewayCommand(2, name) + gatewayCommand(3, name));
    }
  }
  let lines: string[] = [];
  let ahead = 0;
  for (let at = 0; at < accounts; at++) {
    for (let number = 0; number < subjects; number++) {
      lines.push(`${verb} ${accountName(first + at)} ${wantedSubject(first + at, number)}\r\n`);
      if (lines.length < PIECE_LINES) continue;
      link.send(Buffer.from(lines.join(""), "latin1"));
      lines = [];
      ahead++;
      link.ping(() => ahead--);
      await link.held("the system to read on", () => ahead < AHEAD_PIECES, 30_000);
    }
  }
  link.send(Buffer.from(lines.join(""), "latin1"));
  await link.answered();
}

async function held({ monitor }: Place, entries: number): Promise<void> {
  const { outbound_gateways: out } = await gatewayz({ name: "the system", monitorPort: monitor }, "?accs=1");
  const accounts = (out?.[LOAD_GATEWAY]?.accounts ?? []).filter(({ name }) => /^A\d+$/.test(name));
  const count = accounts.reduce((sum, { num_subs: subs }) => sum + (subs ?? 0), 0);
  if (count !== entries) throw new Error(`${entries} entries expected, ${count} are held`);
}
