// Keeps the messages under way within a window: enough that the system never waits for us, not so many that
// it counts the sink as a slow consumer. Senders take turns; a full socket is asked again after its drain.

import type { RawEnd } from "./raw-end.ts";

/** Bytes under way at most, as they are without compression. */
const WINDOW_BYTES = 8 << 20;
/** Also when each of them is sent on many times. */
const WINDOW_BYTES_MIN = 512 << 10;
/** How long a system may take for the messages of one round once their end is known. */
const TAKE_MILLIS = 10_000;

export class Window {
  readonly #senders: readonly RawEnd[];
  readonly #sinks: readonly RawEnd[];
  readonly #windowBytes: number;
  readonly #copies: number;
  #scheduled = false;
  #open = true;
  /** Whose turn is first: with many senders the window may be full before all had theirs. */
  #first = 0;

  /** `frameBytes` is the size of a message as it is sent, without compression; `copies` arrive of each. */
  constructor(senders: readonly RawEnd[], sinks: readonly RawEnd[], frameBytes: number, copies: number) {
    this.#senders = senders;
    this.#sinks = sinks;
    this.#copies = copies;
    const frames = Math.max(WINDOW_BYTES / copies, WINDOW_BYTES_MIN) / frameBytes;
    this.#windowBytes = frames * senders[0]!.messageBytes;
    for (const end of [...senders, ...sinks]) end.onActivity = () => this.open();
  }

  /** Lets the senders go on, at the next turn of the loop. */
  open(): void {
    if (this.#scheduled || !this.#open) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#turn();
    });
  }

  /** Resolves when every sender has written all that its budget allows. */
  async finished(): Promise<void> {
    this.open();
    const done = () => this.#senders.every((sender) => sender.sent >= sender.budget);
    if (!(await this.#soon(done, TAKE_MILLIS))) throw new Error("the system stopped taking messages");
  }

  /** Resolves when `count` messages have arrived, or after `millis` without them: the caller compares. */
  async arrived(count: number, millis: number): Promise<void> {
    await this.#soon(() => this.arrivedCount() >= count, millis);
  }

  sentCount(): number {
    let count = 0;
    for (const sender of this.#senders) count += sender.sentMessages;
    return count;
  }

  arrivedCount(): number {
    let count = 0;
    for (const end of this.#sinks) count += end.sink.messages;
    return count;
  }

  close(): void {
    this.#open = false;
  }

  #sentBytes(): number {
    let bytes = 0;
    for (const sender of this.#senders) bytes += sender.sent;
    return bytes;
  }

  #turn(): void {
    const { messageBytes } = this.#senders[0]!;
    const taken = (this.arrivedCount() / this.#copies) * messageBytes;
    let credit = this.#windowBytes - (this.#sentBytes() - taken);
    let goOn = false;
    const count = this.#senders.length;
    const first = this.#first;
    for (let step = 0; step < count; step++) {
      if (credit <= 0) return; // The sink opens the window again.
      this.#first = (first + step + 1) % count;
      const sender = this.#senders[(first + step) % count]!;
      if (!sender.willing) continue;
      credit -= sender.step(credit);
      goOn ||= sender.willing;
    }
    if (goOn) this.open();
  }

  /** Looks every turn of the loop, because a timer would add its own wait to the round. */
  async #soon(holds: () => boolean, millis: number): Promise<boolean> {
    const end = performance.now() + millis;
    while (!holds()) {
      if (performance.now() > end) return false;
      this.#failOnClosed();
      await new Promise((done) => setImmediate(done));
    }
    return true;
  }

  #failOnClosed(): void {
    for (const end of [...this.#senders, ...this.#sinks]) {
      if (end.closed !== null) throw new Error(`the system let go of the load: ${end.closed}`);
    }
  }
}
