// The load of the request suite, as a process of its own: who asks in one region, who answers in the other.

import { histogram, type Packed, packed, record } from "../lib/histogram.ts";
import { Plan } from "../lib/pacing.ts";
import { dialClient, Gathered, numbered } from "../lib/talk.ts";
import type { WireEnd } from "../lib/wire-end.ts";
import { answer } from "../lib/worker.ts";

export type Question =
  | { readonly ask: "connect"; readonly asking: number; readonly answering: number }
  /** As fast as it goes with so many requests under way. */
  | { readonly ask: "fast"; readonly millis: number; readonly underWay: number }
  /** So many a second, each at its planned time. */
  | { readonly ask: "pace"; readonly rate: number; readonly millis: number };

export interface Answer {
  readonly asked: number;
  readonly answered: number;
  readonly nanos: number;
  /** From when a request was planned, or asked, to its answer, in nanoseconds. */
  readonly late: Packed;
}

const SERVICE = "bench.service";
const INBOX = "_INBOX.bench";
const TAKE_MILLIS = 5_000;
const PROBE_MILLIS = 20;

class Player {
  readonly #asking: Gathered;
  readonly #begun = new Float64Array(1 << 22);
  #asked = 0;
  #answered = 0;
  #late = histogram();
  #onAnswer: () => void = () => {};

  private constructor(asking: WireEnd, answering: WireEnd) {
    this.#asking = new Gathered(asking);
    const answers = new Gathered(answering);
    answering.sink.onMessage = (number) => answers.say(numbered(`${INBOX}.${number}`, number));
    asking.sink.onMessage = (number) => {
      record(this.#late, Bun.nanoseconds() - this.#begun[number]!, 1);
      this.#answered++;
      this.#onAnswer();
    };
  }

  /** Resolves when a request has been answered, so that both regions know of each other. */
  static async connect(askingPort: number, answeringPort: number): Promise<Player> {
    const [asking, answering] = [await dialClient(askingPort), await dialClient(answeringPort)];
    asking.say(`SUB ${INBOX}.* 1\r\n`);
    answering.say(`SUB ${SERVICE} 1\r\n`);
    await Promise.all([asking.answered(), answering.answered()]);
    const player = new Player(asking, answering);
    const deadline = performance.now() + 2 * TAKE_MILLIS;
    while (player.#answered === 0) {
      if (performance.now() > deadline) throw new Error("no request was answered");
      player.#ask(Bun.nanoseconds());
      await Bun.sleep(PROBE_MILLIS);
    }
    await Bun.sleep(PROBE_MILLIS);
    return player;
  }

  async fast(millis: number, underWay: number): Promise<Answer> {
    return this.#round(async () => {
      let goOn = true;
      this.#onAnswer = () => {
        if (goOn) this.#ask(Bun.nanoseconds());
      };
      for (let one = 0; one < underWay; one++) this.#ask(Bun.nanoseconds());
      await Bun.sleep(millis);
      goOn = false;
    });
  }

  async pace(rate: number, millis: number): Promise<Answer> {
    return this.#round(async () => {
      const plan = new Plan(Bun.nanoseconds(), 1e9 / rate, Math.round((rate * millis) / 1_000));
      for (let at = 0; at < plan.count; ) {
        const due = plan.dueAt(Bun.nanoseconds());
        for (; at < due; at++) this.#ask(plan.timeOf(at));
        await new Promise((done) => setImmediate(done));
      }
    });
  }

  async #round(ask: () => Promise<void>): Promise<Answer> {
    this.#asked = this.#answered = 0;
    this.#late = histogram();
    const from = Bun.nanoseconds();
    await ask();
    const deadline = performance.now() + TAKE_MILLIS;
    while (this.#answered < this.#asked && performance.now() < deadline) {
      await new Promise((done) => setImmediate(done));
    }
    const nanos = Bun.nanoseconds() - from;
    this.#onAnswer = () => {};
    // An answer too many would come now.
    await Bun.sleep(PROBE_MILLIS);
    return { asked: this.#asked, answered: this.#answered, nanos, late: packed(this.#late) };
  }

  #ask(begun: number): void {
    const number = this.#asked++ % this.#begun.length;
    this.#begun[number] = begun;
    this.#asking.say(numbered(SERVICE, number, `${INBOX}.${number}`));
  }
}

let player: Player | undefined;

answer<Question>(async (question) => {
  if (question.ask === "connect") {
    player = await Player.connect(question.asking, question.answering);
    return null;
  }
  if (player === undefined) throw new Error("nobody is connected yet");
  return question.ask === "fast"
    ? player.fast(question.millis, question.underWay)
    : player.pace(question.rate, question.millis);
});
