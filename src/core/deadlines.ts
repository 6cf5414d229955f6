// When the core wants to be called next, and how long transports may take nothing.

import { type Millis, NEVER } from "../base/clock.ts";
import { Kind } from "../peer/kind.ts";
import type { Session } from "../peer/session.ts";
import type { Core } from "./core.ts";
import type { CoreOptions } from "./options.ts";

/** How long the transport of this connection may take nothing. */
export function writeDeadlineOf(options: CoreOptions, { kind }: Session): Millis {
  if (kind === Kind.Leaf) return options.leafWriteDeadlineMillis;
  return kind === Kind.Client ? options.clientWriteDeadlineMillis : options.gatewayWriteDeadlineMillis;
}

/** The earliest of all deadlines; 0 while there is something to tidy up. */
export function deadlineOf(core: Core): Millis {
  let earliest = Math.min(core.remotes?.deadline ?? NEVER, core.leafs?.remotes.deadline ?? NEVER);
  earliest = Math.min(earliest, core.operator?.deadline ?? NEVER, core.lame?.deadline ?? NEVER);
  if (!core.reaper.isIdle) earliest = 0;
  for (const session of core.sessions.values()) {
    earliest = Math.min(
      earliest,
      session.deadline,
      session.blockedSince + writeDeadlineOf(core.options, session),
    );
  }
  return earliest;
}
