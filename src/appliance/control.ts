// What may be asked of a box that runs, by whichever way it is asked: signals, the admin socket, $SYS.

import type { Appliance } from "./appliance.ts";
import { type Load, planned, type Reloaded, takeUp, whyNot } from "./reload.ts";

export class Control {
  constructor(
    private readonly appliance: Appliance,
    private readonly load: Load,
  ) {}

  /** Takes up the file as it is now, whole or not at all. Answers why not, or null. */
  async reload(): Promise<string | null> {
    return whyNot(this.reloaded());
  }

  /** The same, with what changed or what is wrong. */
  reloaded(): Reloaded {
    return takeUp(this.appliance, this.load);
  }

  /** What would change with this text in place of the file. */
  planned(text: string): Reloaded {
    return planned(this.appliance, this.load, text);
  }

  /** Sends clients and leafs elsewhere, and then stops. */
  lameDuck(): void {
    this.appliance.lameDuck();
  }

  /** For whoever moved the log file away: true when there is one. */
  reopened(): { readonly reopened: boolean } | { readonly why: string } {
    const { log } = this.appliance;
    try {
      const reopened = this.appliance.reopenLog();
      log.info(reopened ? "File log re-opened" : "File log re-open ignored, not a file logger");
      return { reopened };
    } catch (error) {
      const why = `File log re-open failed: ${(error as Error).message}`;
      log.error(why);
      return { why };
    }
  }
}
