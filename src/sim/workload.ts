// What the users of a simulated world do: a seeded mixture over few subjects, so that they meet each other.

import type { Millis } from "../base/clock.ts";
import { below, type Random } from "../base/random.ts";
import type { Actor } from "./actor.ts";
import type { VirtualClock } from "./clock.ts";

export interface Habits {
  readonly queues: boolean;
  readonly requests: boolean;
  /** Somebody may subscribe to everything. */
  readonly watchers: boolean;
  /** Subjects that nobody wants, how many; they make optimistic peers switch. */
  readonly strays: number;
}

const LITERALS = ["a.x", "a.y", "b.x", "b.y", "c", `long.${"subject.".repeat(12)}end`] as const;
const PATTERNS = [...LITERALS, ...LITERALS, "a.*", "*.x", "b.>", "long.>"] as const;
const SERVICES = ["svc.one", "svc.two"] as const;
const GROUPS = ["g1", "g2"] as const;
const PAUSE_MILLIS = 40;
const WISHES_MAX = 7;
const BURST = 40;

export class Workload {
  constructor(
    private readonly clock: VirtualClock,
    private readonly random: Random,
    private readonly actors: readonly Actor[],
    private readonly habits: Habits,
  ) {}

  /** Everybody has a few subscriptions, then acts until `end`. */
  start(end: Millis): void {
    for (const actor of this.actors) {
      for (let i = 0; i < 3; i++) this.#subscribe(actor);
      if (this.habits.requests && below(this.random, 2) === 0) this.#serve(actor);
    }
    const act = (): void => {
      if (this.clock.now() >= end) return;
      this.#act(this.#one(this.actors));
      this.clock.after(below(this.random, PAUSE_MILLIS), act);
    };
    this.clock.after(0, act);
  }

  #one<T>(items: readonly T[]): T {
    return items[below(this.random, items.length)]!;
  }

  #chance(percent: number): boolean {
    return below(this.random, 100) < percent;
  }

  #act(actor: Actor): void {
    const dice = below(this.random, 100);
    if (dice < 5) this.#subscribe(actor);
    else if (dice < 9) this.#unsubscribe(actor);
    else if (dice < 11) for (let i = 0; i < BURST; i++) actor.publish(this.#one(LITERALS), 2_000, this.#chance(20));
    else if (dice < 25 && this.habits.requests) actor.request(this.#one(SERVICES));
    else if (dice < 45 && this.habits.strays > 0) {
      actor.publish(`stray.${below(this.random, this.habits.strays)}`, 10);
    } else actor.publish(this.#one(LITERALS), this.#chance(10) ? below(this.random, 9_000) : 10, this.#chance(20));
  }

  #subscribe(actor: Actor): void {
    if (actor.wishes.size >= WISHES_MAX) return this.#unsubscribe(actor);
    if (this.habits.requests && this.#chance(20)) return this.#serve(actor);
    const pattern = this.habits.watchers && this.#chance(5) ? ">" : this.#one(PATTERNS);
    actor.subscribe(pattern, this.habits.queues && this.#chance(50) ? this.#one(GROUPS) : null);
  }

  #serve(actor: Actor): void {
    const pattern = this.#chance(30) ? "svc.*" : this.#one(SERVICES);
    actor.subscribe(pattern, this.habits.queues && this.#chance(50) ? this.#one(GROUPS) : null, true);
  }

  #unsubscribe(actor: Actor): void {
    const sids = [...actor.wishes.values()].filter(({ inbox }) => !inbox).map(({ sid }) => sid);
    if (sids.length > 0) actor.unsubscribe(this.#one(sids));
  }
}
