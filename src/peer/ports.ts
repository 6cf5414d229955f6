// How sessions reach what stands above them: they hand messages on, and report interest. Joined in core.

import type { Millis } from "../base/clock.ts";
import type { Session } from "./session.ts";

/** Takes the message in the shared frame to whoever wants it. The frame is a view: valid until the next frame is read. */
export interface Deliver<S extends Session> {
  message(from: S, now: Millis): void;
}
