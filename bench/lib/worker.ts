// The bench's handle on a process that plays a part in a case: one question at a time, each with its answer.
// The script at the other end calls `answer`.

import { bound, stopChild, track } from "./process.ts";

interface Reply {
  readonly value?: unknown;
  readonly error?: string;
}

export class Worker<Question, Answer> {
  readonly #child: Bun.Subprocess;
  #reply: (reply: Reply) => void = () => {};

  /** Starts `script` on `cores`. */
  constructor(script: string, cores: string | null) {
    this.#child = Bun.spawn(bound([process.execPath, script], cores), {
      // Away from the root, whose bunfig.toml has the collector run more often than a load should.
      cwd: import.meta.dir,
      stdin: "ignore",
      stdout: "inherit",
      stderr: "inherit",
      ipc: (reply: Reply) => this.#reply(reply),
    });
    track(this.#child);
    void this.#child.exited.then((code) => this.#reply({ error: `the load process ended with ${code}` }));
  }

  get pid(): number {
    return this.#child.pid;
  }

  async ask(question: Question): Promise<Answer> {
    const reply = await new Promise<Reply>((resolve) => {
      this.#reply = resolve;
      this.#child.send(question);
    });
    if (reply.error !== undefined) throw new Error(reply.error);
    return reply.value as Answer;
  }

  stop(): Promise<void> {
    return stopChild(this.#child);
  }
}

/** In the process: answers every question until the bench lets go of us. */
export function answer<Question>(perform: (question: Question) => Promise<unknown>): void {
  process.on("message", (question: Question) => {
    perform(question).then(
      (value) => process.send?.({ value } satisfies Reply),
      (error: Error) => process.send?.({ error: error.message } satisfies Reply),
    );
  });
  process.on("disconnect", () => process.exit(0));
}
