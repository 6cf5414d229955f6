// The load of the soak, as a process of its own: a steady stream from one region to another, requests,
// clients that come and go, and interest that comes and goes. All is planned, and all is counted.

import { histogram, type Packed, packed, record } from "../lib/histogram.ts";
import { Plan } from "../lib/pacing.ts";
import { dialClient, Gathered, numbered } from "../lib/talk.ts";
import type { WireEnd } from "../lib/wire-end.ts";
import { answer } from "../lib/worker.ts";

export type Question =
  | { readonly ask: "connect"; readonly east: number; readonly west: number }
  | { readonly ask: "run"; readonly millis: number };

/** One stretch of time. */
export interface Answer {
  /** What was sent and what arrived of it, by kind. */
  readonly counts: Readonly<Record<Kind, { readonly sent: number; readonly arrived: number }>>;
  /** Messages of the stream that came out of order or twice. */
  readonly misplaced: number;
  /** Of the stream, in nanoseconds from the planned time. */
  readonly late: Packed;
}

export type Kind = "stream" | "requests" | "visits";

/** A second. */
const RATES = { stream: 10_000, requests: 500, visits: 10, churn: 1_000 } as const;
const MESSAGES_A_VISIT = 20;
const CHURN_KEPT = 500;
const TAKE_MILLIS = 10_000;
const PROBE_MILLIS = 20;
const QUIET_MILLIS = 500;

class Player {
  readonly #eastPort: number;
  readonly #stream: Gathered;
  readonly #asking: Gathered;
  readonly #churning: Gathered;
  readonly #sent = { stream: 0, requests: 0, visits: 0 };
  readonly #arrived = { stream: 0, requests: 0, visits: 0 };
  #misplaced = 0;
  #late = histogram();
  #plan = new Plan(0, 1, 0);
  #churned = 0;
  #visiting = 0;
  #failure: Error | null = null;

  private constructor(eastPort: number, ends: Record<"stream" | "asking" | "west" | "churning", WireEnd>) {
    this.#eastPort = eastPort;
    this.#stream = new Gathered(ends.stream);
    this.#asking = new Gathered(ends.asking);
    this.#churning = new Gathered(ends.churning);
    ends.asking.sink.onMessage = () => void this.#arrived.requests++;
  }

  static async connect(east: number, west: number): Promise<Player> {
    const [stream, asking] = [await dialClient(east), await dialClient(east)];
    const [reader, service, guests, churning] = [
      await dialClient(west),
      await dialClient(west),
      await dialClient(west),
      await dialClient(west),
    ];
    const player = new Player(east, { stream, asking, west: reader, churning });
    reader.sink.onMessage = (number) => player.#streamed(number);
    guests.sink.onMessage = () => void player.#arrived.visits++;
    const answers = new Gathered(service);
    service.sink.onMessage = (number) => answers.say(numbered(`_INBOX.soak.${number}`, number));
    asking.say("SUB _INBOX.soak.* 1\r\n");
    reader.say("SUB soak.stream.* 1\r\n");
    service.say("SUB soak.service 1\r\n");
    guests.say("SUB soak.visits 1\r\n");
    await Promise.all([asking, reader, service, guests].map((end) => end.answered()));
    // Until a request has come back each region knows of the other.
    const deadline = performance.now() + TAKE_MILLIS;
    while (player.#arrived.requests === 0) {
      if (performance.now() > deadline) throw new Error("no request was answered");
      player.#ask();
      await Bun.sleep(PROBE_MILLIS);
    }
    // Answers to the others may still come; those that were asked before anybody listened never do.
    await Bun.sleep(QUIET_MILLIS);
    return player;
  }

  async run(millis: number): Promise<Answer> {
    const begun = Bun.nanoseconds();
    const planned = (rate: number): Plan => new Plan(begun, 1e9 / rate, Math.round((rate * millis) / 1e3));
    const [stream, requests] = [planned(RATES.stream), planned(RATES.requests)];
    const [visits, churn] = [planned(RATES.visits), planned(RATES.churn)];
    Object.assign(this.#sent, { stream: 0, requests: 0, visits: 0 });
    Object.assign(this.#arrived, { stream: 0, requests: 0, visits: 0 });
    this.#misplaced = 0;
    this.#late = histogram();
    this.#plan = stream;
    for (let visited = 0, churned = 0; Bun.nanoseconds() < begun + millis * 1e6; ) {
      const now = Bun.nanoseconds();
      for (const due = stream.dueAt(now); this.#sent.stream < due; ) this.#publish();
      for (const due = requests.dueAt(now); this.#sent.requests < due; ) this.#ask();
      for (const due = churn.dueAt(now); churned < due; churned++) this.#churn();
      for (const due = visits.dueAt(now); visited < due; visited++) void this.#visit();
      await new Promise((done) => setImmediate(done));
    }
    await this.#settled();
    const count = (kind: Kind) => ({ sent: this.#sent[kind], arrived: this.#arrived[kind] });
    return {
      counts: { stream: count("stream"), requests: count("requests"), visits: count("visits") },
      misplaced: this.#misplaced,
      late: packed(this.#late),
    };
  }

  async #settled(): Promise<void> {
    const deadline = performance.now() + TAKE_MILLIS;
    const kinds = ["stream", "requests", "visits"] as const;
    const isOver = (): boolean =>
      this.#visiting === 0 && kinds.every((kind) => this.#arrived[kind] >= this.#sent[kind]);
    while (!isOver() && performance.now() < deadline) await Bun.sleep(1);
    if (this.#failure !== null) throw this.#failure;
    // What comes twice would come now.
    await Bun.sleep(20);
  }

  #publish(): void {
    const number = this.#sent.stream++;
    this.#stream.say(numbered(`soak.stream.${number % 1_000}`, number));
  }

  #streamed(number: number): void {
    // One connection after another all the way, so the order is kept.
    if (number !== this.#arrived.stream) this.#misplaced++;
    this.#arrived.stream++;
    record(this.#late, Bun.nanoseconds() - this.#plan.timeOf(number), 1);
  }

  #ask(): void {
    const number = this.#sent.requests++;
    this.#asking.say(numbered("soak.service", number, `_INBOX.soak.${number}`));
  }

  /** A subscription comes, and the one of some time ago goes. */
  #churn(): void {
    const number = this.#churned++;
    const gone = number < CHURN_KEPT ? "" : `UNSUB ${number - CHURN_KEPT + 10}\r\n`;
    this.#churning.say(`SUB soak.churn.${number} ${number + 10}\r\n${gone}`);
  }

  /** A client comes, publishes, is told that all was taken, and goes. */
  async #visit(): Promise<void> {
    this.#visiting++;
    try {
      const guest = await dialClient(this.#eastPort);
      this.#sent.visits += MESSAGES_A_VISIT;
      for (let one = 0; one < MESSAGES_A_VISIT; one++) guest.say(numbered("soak.visits", one));
      await guest.answered();
      guest.end();
    } catch (error) {
      this.#failure ??= error as Error;
    } finally {
      this.#visiting--;
    }
  }
}

let player: Player | undefined;

answer<Question>(async (question) => {
  if (question.ask === "connect") {
    player = await Player.connect(question.east, question.west);
    return null;
  }
  if (player === undefined) throw new Error("nobody is connected yet");
  return player.run(question.millis);
});
