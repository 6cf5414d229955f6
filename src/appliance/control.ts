// What may be asked of a box that runs, by whichever way it is asked: signals, the admin socket, $SYS.

import type { Loaded } from "../config/read.ts";
import type { Appliance } from "./appliance.ts";
import { type Reloaded, takeUp, whyNot } from "./reload.ts";

export class Control {
  /** `load` reads the configuration again, and throws ConfigurationError. */
  constructor(
    private readonly appliance: Appliance,
    private readonly load: () => Loaded,
  ) {}

  /** Takes up the file as it is now, whole or not at all. Answers why not, or null. */
  async reload(): Promise<string | null> {
    return whyNot(this.reloaded());
  }

  /** The same, with what changed or what is wrong. */
  reloaded(): Reloaded {
    return takeUp(this.appliance, this.load);
  }

  /** Sends clients and leafs elsewhere, and then stops. */
  lameDuck(): void {
    this.appliance.lameDuck();
  }

  /** For whoever moved the log file away. */
  reopen(): void {
    const { log } = this.appliance;
    try {
      const isFile = this.appliance.reopenLog();
      log.info(isFile ? "File log re-opened" : "File log re-open ignored, not a file logger");
    } catch (error) {
      log.error(`File log re-open failed: ${(error as Error).message}`);
    }
  }
}
