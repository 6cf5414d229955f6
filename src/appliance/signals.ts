// What signals do to a box that runs, as they do to a nats-server. Source: nats-server 2.15, signal.go.

import type { Appliance } from "./appliance.ts";
import { stateOf } from "./state.ts";

/** As Go names them, and with it nats-server's log. */
const NAMES = {
  SIGINT: "interrupt",
  SIGTERM: "terminated",
  SIGHUP: "hangup",
  SIGUSR1: "user defined signal 1",
  SIGUSR2: "user defined signal 2",
} as const;

/** What Go's runtime ends with after it has shown what the process was doing. */
const QUIT_CODE = 2;

/** `exit` ends the process. Signals are heard from now on. */
export function hearSignals(appliance: Appliance, exit: (code: number) => void): void {
  const { control } = appliance;
  const acts: Record<keyof typeof NAMES, () => void> = {
    SIGINT: () => void appliance.stop(),
    // Whoever drains is not cut short by those who tell everybody to stop.
    SIGTERM: () => {
      if (!appliance.isLame) void appliance.stop();
    },
    SIGHUP: () => void control.reload(),
    SIGUSR1: () => void control.reopened(),
    SIGUSR2: () => control.lameDuck(),
  };
  for (const [signal, act] of Object.entries(acts)) {
    process.on(signal, () => {
      appliance.log.info(`Trapped "${NAMES[signal as keyof typeof NAMES]}" signal`);
      act();
    });
  }
  process.on("SIGQUIT", () => {
    process.stderr.write(`SIGQUIT: quit\n${JSON.stringify(stateOf(appliance), null, 2)}\n`);
    exit(QUIT_CODE);
  });
}
