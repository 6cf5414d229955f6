// Sends by a plan and measures against it: one sender, one sink, everything in order, so the n-th message to
// arrive is the n-th that was planned, and none has to carry its time.

import type { Histogram } from "hdr-histogram-js";
import { record } from "./histogram.ts";
import { lateness, type Plan } from "./pacing.ts";
import type { RawEnd } from "./raw-end.ts";

/** How long the last messages may take. */
const TAKE_NANOS = 10e9;

export interface Lateness {
  /** From when a message was planned to when it arrived. */
  readonly arrived: Histogram;
  /** To when it was sent: what the load itself is late. */
  readonly sent: Histogram;
}

/** Resolves when all of the plan arrived, and fails when it does not. It spins: timers are too coarse. */
export async function paced(sender: RawEnd, sink: RawEnd, plan: Plan, late: Lateness): Promise<void> {
  let arrived = 0;
  let sent = 0;
  const tellArrived = (nanos: number, count: number): void => record(late.arrived, nanos, count);
  const tellSent = (nanos: number, count: number): void => record(late.sent, nanos, count);
  sink.onActivity = () => {
    const { messages } = sink.sink;
    if (messages === arrived) return;
    lateness(plan, arrived, Math.min(messages, plan.count), Bun.nanoseconds(), tellArrived);
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
    const { sentMessages } = sender;
    if (sentMessages > sent) lateness(plan, sent, sentMessages, now, tellSent);
    sent = sentMessages;
    await new Promise((done) => setImmediate(done));
  }
}
