// A box that is to go sends its clients and leafs elsewhere little by little, so that the others are not run
// over by all of them at once. Source: nats-server 2.15, lameDuckMode, which tells leafs nothing and cuts
// them at the end; here they are most of the load, so that they are told and moved like clients.

import { type Millis, NEVER } from "../base/clock.ts";
import { below } from "../base/random.ts";
import { LeafAccepted } from "../leaf/accepted.ts";
import type { Session } from "../peer/session.ts";
import type { Core } from "./core.ts";

/** Few connections are not spread over minutes. Source: as above. */
const GAP_MILLIS_MAX = 1_000;

/** How long there is when the grace period takes up the whole duration. Source: as above. */
const SPREAD_MILLIS_MIN = 1_000;

export interface LameDuckTimes {
  readonly durationMillis: Millis;
  readonly gracePeriodMillis: Millis;
}

export class LameDuck {
  /** Who is still to be sent away, the first one last. */
  readonly #left: Session[];
  readonly #gapMillis: Millis;
  #next: Millis;
  #isGrace = true;
  #isOver = false;

  /** `over` is called once nobody is left, from tick. Nobody new may come in from now on. */
  constructor(
    private readonly core: Core,
    { durationMillis, gracePeriodMillis }: LameDuckTimes,
    now: Millis,
    private readonly over: () => void,
  ) {
    const leafs = [...(core.leafs?.all ?? [])].filter((leaf) => leaf instanceof LeafAccepted);
    this.#left = [...core.clients, ...leafs].reverse();
    const spread = durationMillis - gracePeriodMillis;
    const each = (spread > 0 ? spread : SPREAD_MILLIS_MIN) / Math.max(1, this.#left.length);
    this.#gapMillis = Math.min(each, GAP_MILLIS_MAX);
    this.#next = now + gracePeriodMillis;
    for (const client of core.clients) client.laterInfo.changed({ ldm: true });
    for (const leaf of leafs) leaf.leaving();
  }

  get deadline(): Millis {
    return this.#isOver ? NEVER : this.#isEmpty ? 0 : this.#next;
  }

  tick(now: Millis): void {
    if (this.#isOver) return;
    if (this.#isGrace && this.#next <= now && !this.#isEmpty) {
      this.#isGrace = false;
      this.core.world.log.info("Closing existing clients");
    }
    while (this.#next <= now && !this.#isEmpty) {
      this.#left.pop()!.close("Server Shutdown");
      this.#next += (this.#gapMillis * (100 + below(this.core.random, 100))) / 200;
    }
    if (!this.#isEmpty) return;
    this.#isOver = true;
    this.over();
  }

  /** Who left by himself is not waited for. */
  get #isEmpty(): boolean {
    while (this.#left.length > 0 && this.#left.at(-1)!.closing !== null) this.#left.pop();
    return this.#left.length === 0;
  }
}
