// One of the processes that share a port, and counts who comes to it.

import { answer } from "../lib/worker.ts";
import type { Question } from "./spread.ts";

let accepted = 0;

answer(async (question: Question): Promise<number> => {
  if (question.ask === "listen") {
    const open = (): void => {
      accepted++;
    };
    const options = { hostname: "127.0.0.1", port: question.port, socket: { data() {}, open } };
    // The option is Bun's, but its types do not know it.
    Bun.listen(Object.assign(options, { reusePort: true }));
    return 0;
  }
  const count = accepted;
  accepted = 0;
  return count;
});
