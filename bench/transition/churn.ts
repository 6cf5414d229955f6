// A client subscribes and unsubscribes all the time while messages are forwarded: how late does the remote
// gateway hear of it, and what does a line cost? Runs in the process of the load.

import { type FarRegion, listsOf, loginTo } from "../lib/far-region.ts";
import { histogram, type Latency, Live, latencyOf, type Stretch, WANTED } from "../lib/live.ts";
import { cpuNanos } from "../lib/proc.ts";
import type { WireEnd } from "../lib/wire-end.ts";
import type { Place } from "./questions.ts";

export interface ChurnSpec {
  /** SUBs a second, and as many UNSUBs. */
  readonly perSecond: number;
  /** Messages a second beside them. */
  readonly messages: number;
  readonly millis: number;
}

export interface ChurnSample {
  /** From the planned time of SUB or UNSUB to RS+ or RS- on the link, in microseconds. */
  readonly lag: Latency;
  /** CPU beyond what the messages alone take, over the lines. */
  readonly cpuMicrosLine: number;
  readonly messages: Stretch;
  /** The same as fast as it goes, without messages. */
  readonly burstLines: number;
  readonly burstMicrosLine: number;
}

/** A subscription lives for so many others. */
const LIVES = 1_000;
/** Long enough for the engine of the box, too, to have compiled what it runs. */
const WARM_MILLIS = 800;
const BURST = 20_000;
const WARM_BURSTS = 3;
const BURSTS = 5;

export async function churn(region: FarRegion, place: Place, spec: ChurnSpec): Promise<ChurnSample> {
  const link = await region.reached();
  const [publisher, subscriber] = [await loginTo(place.client, 0), await loginTo(place.client, 0)];
  for (const piece of listsOf(0, 1, 0, [WANTED])) link.send(piece);
  await link.answered();
  const ear = await region.dial(place.gateway, false, () => {});
  await ear.answered();
  const burst = await bursts(subscriber, ear, place);
  const live = new Live(publisher, "PUB ", spec.messages, 1, 30);
  link.sink.onMessage = live.arrived;
  live.start();
  await Bun.sleep(WARM_MILLIS);
  const alone = await cpuOf(place, () => Bun.sleep(spec.millis));
  const pacer = new Churner(subscriber, ear, spec.perSecond);
  const from = Bun.nanoseconds();
  const both = await cpuOf(place, () => pacer.run(spec.millis));
  const to = Bun.nanoseconds();
  await live.stop();
  const lines = pacer.proven();
  const cpuMicros = (both.nanos - (alone.nanos / alone.elapsed) * both.elapsed) / 1e3;
  return {
    lag: latencyOf(pacer.lags),
    cpuMicrosLine: cpuMicros / lines,
    messages: live.between(from, to),
    ...burst,
  };
}

/** SUBs and UNSUBs at planned times, and when they were heard of. */
class Churner {
  readonly lags = histogram();
  #said = 0;
  #heard = 0;
  #running = true;
  readonly #gap: number;
  readonly #startedAt: number;

  constructor(
    private readonly end: WireEnd,
    private readonly ear: WireEnd,
    perSecond: number,
  ) {
    this.#gap = 1e9 / perSecond;
    this.#startedAt = Bun.nanoseconds();
    ear.sink.onInterest = (added, number) => {
      const planned = this.#startedAt + (added ? number : number + LIVES) * this.#gap;
      this.lags.recordValue(Math.max(1, (Bun.nanoseconds() - planned) / 1e3));
      this.#heard++;
    };
  }

  async run(millis: number): Promise<void> {
    const turn = (): void => {
      if (!this.#running) return;
      this.#pump();
      setImmediate(turn);
    };
    turn();
    await Bun.sleep(millis);
    this.#running = false;
    await this.ear.held("the last line", () => this.#heard >= this.#lines, 5_000).catch(() => {});
  }

  /** Fails unless every line came once; answers how many they were. */
  proven(): number {
    if (this.#heard !== this.#lines) throw new Error(`${this.#lines} changes, ${this.#heard} lines`);
    this.ear.sink.onInterest = null;
    return this.#lines;
  }

  get #lines(): number {
    return this.#said + Math.max(0, this.#said - LIVES);
  }

  #pump(): void {
    const due = Math.floor((Bun.nanoseconds() - this.#startedAt) / this.#gap) + 1;
    let text = "";
    for (; this.#said < due; this.#said++) {
      text += `SUB churn.${this.#said} ${this.#said}\r\n`;
      if (this.#said >= LIVES) text += `UNSUB ${this.#said - LIVES}\r\n`;
    }
    if (text !== "") this.end.say(text);
  }
}

async function cpuOf(
  { pid }: Place,
  run: () => Promise<unknown>,
): Promise<{ nanos: number; elapsed: number }> {
  const cpu = cpuNanos(pid);
  const from = Bun.nanoseconds();
  await run();
  return { nanos: cpuNanos(pid) - cpu, elapsed: Bun.nanoseconds() - from };
}

/** Many SUBs at once, and their UNSUBs; the first bursts warm the system up. */
async function bursts(
  end: WireEnd,
  ear: WireEnd,
  place: Place,
): Promise<{ burstLines: number; burstMicrosLine: number }> {
  const numbers = Array.from({ length: BURST }, (_, at) => at);
  const subs = Buffer.from(numbers.map((at) => `SUB burst.${at} b${at}\r\n`).join(""));
  const unsubs = Buffer.from(numbers.map((at) => `UNSUB b${at}\r\n`).join(""));
  let [nanos, elapsed] = [0, 0];
  for (let burst = 0; burst < BURSTS; burst++) {
    const { added, removed } = ear.sink;
    const used = await cpuOf(place, async () => {
      end.send(subs);
      end.send(unsubs);
      await ear.held("the last RS-", () => ear.sink.removed >= removed + BURST, 20_000);
    });
    if (ear.sink.added !== added + BURST) throw new Error(`${BURST} SUBs, ${ear.sink.added - added} RS+`);
    if (burst < WARM_BURSTS) continue;
    nanos += used.nanos;
    elapsed += used.elapsed;
  }
  const lines = 2 * BURST * (BURSTS - WARM_BURSTS);
  return { burstLines: (lines * 1e9) / elapsed, burstMicrosLine: nanos / lines / 1e3 };
}
