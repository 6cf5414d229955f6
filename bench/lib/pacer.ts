// Sends by a plan and measures against it: one sender, one sink, everything in order, so the n-th message to
// arrive is the n-th that was planned, and none has to carry its time.

import type { Histogram } from "hdr-histogram-js";
import { record } from "./histogram.ts";
import { lateness, type Plan } from "./pacing.ts";
import type { RawEnd } from "./raw-end.ts";

/** How long the last messages may take. */
const TAKE_NANOS = 10e9;

/** Resolves when all of the plan arrived, or fails when it does not. The loop spins: timers are too coarse. */
export async function paced(sender: RawEnd, sink: RawEnd, plan: Plan, late: Histogram): Promise<void> {
  let arrived = 0;
  const tell = (nanos: number, count: number): void => record(late, nanos, count);
  sink.onActivity = () => {
    const { messages } = sink.sink;
    if (messages === arrived) return;
    lateness(plan, arrived, Math.min(messages, plan.count), Bun.nanoseconds(), tell);
    arrived = messages;
  };
  sender.onActivity = () => {};
  const deadline = plan.timeOf(plan.count) + TAKE_NANOS;
  while (arrived < plan.count) {
    const now = Bun.nanoseconds();
    if (now > deadline) throw new Error(`${plan.count} messages planned, ${arrived} arrived`);
    if (sink.closed !== null || sender.closed !== null) throw new Error("the system let go of the load");
    sender.pace(plan.dueAt(now));
    sender.step(Number.POSITIVE_INFINITY);
    await new Promise((done) => setImmediate(done));
  }
}
