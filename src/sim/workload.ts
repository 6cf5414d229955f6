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
  /** Users begin without subscriptions, and an account of a region is left by all of them now and then. */
  readonly shy: boolean;
  /** Subscriptions that the first user of each region holds besides, and changes all the time. */
  readonly bulk: number;
}

const LITERALS = ["a.x", "a.y", "b.x", "b.y", "c", `long.${"subject.".repeat(12)}end`] as const;
const PATTERNS = [...LITERALS, ...LITERALS, "a.*", "*.x", "b.>", "long.>"] as const;
const SERVICES = ["svc.one", "svc.two"] as const;
const GROUPS = ["g1", "g2"] as const;
const PAUSE_MILLIS = 40;
const WISHES_MAX = 7;
const BURST = 20;
const LEAVE_MILLIS = 7_000;
const BULK_CHANGES = 10;
/** Those that go are among the oldest so many. */
const BULK_SKIP = 200;
/** Makes a list of interest longer than what is written of it at a time. */
const FILLING = `.${"filling.".repeat(60)}end`;

export class Workload {
  constructor(
    private readonly clock: VirtualClock,
    private readonly random: Random,
    private readonly actors: readonly Actor[],
    private readonly habits: Habits,
  ) {}

  /** Everybody has a few subscriptions, then acts until `end`. */
  start(end: Millis): void {
    this.#startBulk(end);
    if (this.habits.shy) this.#leave(end);
    for (const actor of this.habits.shy ? [] : this.actors) {
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

  #leave(end: Millis): void {
    if (this.clock.now() >= end) return;
    const { region, account } = this.#one(this.actors).party;
    for (const actor of this.actors) {
      if (actor.party.region !== region || actor.party.account !== account) continue;
      for (const sid of [...actor.wishes.keys()]) actor.unsubscribe(sid);
    }
    this.clock.after(LEAVE_MILLIS, () => this.#leave(end));
  }

  /** Interest in many subjects, of which some change every few milliseconds. */
  #startBulk(end: Millis): void {
    const { bulk } = this.habits;
    const regions = new Set<string>();
    for (const actor of bulk === 0 ? [] : this.actors) {
      if (regions.has(actor.party.region)) continue;
      regions.add(actor.party.region);
      const add = (number: number): void => {
        const group = this.habits.queues && number % 3 === 0 ? this.#one(GROUPS) : null;
        actor.subscribe(`many.${actor.party.region}.${number}${FILLING}`, group);
      };
      for (let i = 0; i < bulk; i++) add(i);
      const change = (): void => {
        if (this.clock.now() >= end) return;
        for (let i = 0; i < BULK_CHANGES; i++) {
          add(below(this.random, bulk * 2));
          const sids = actor.wishes.keys();
          for (let skip = below(this.random, BULK_SKIP); skip > 0; skip--) sids.next();
          const { value: sid } = sids.next();
          if (sid !== undefined) actor.unsubscribe(sid);
        }
        this.clock.after(below(this.random, PAUSE_MILLIS), change);
      };
      this.clock.after(0, change);
    }
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
    else if (dice > 96)
      for (let i = 0; i < BURST; i++) actor.publish(this.#one(LITERALS), 2_000, this.#chance(20));
    else if (dice < 25 && this.habits.requests) actor.request(this.#one(SERVICES));
    else if (dice < 45 && this.habits.strays > 0) {
      actor.publish(`stray.${below(this.random, this.habits.strays)}`, 10);
    } else
      actor.publish(this.#one(LITERALS), this.#chance(10) ? below(this.random, 9_000) : 10, this.#chance(20));
  }

  #subscribe(actor: Actor): void {
    if (actor.wishes.size >= WISHES_MAX) return this.#unsubscribe(actor);
    if (this.habits.requests && this.#chance(20)) return this.#serve(actor);
    const pattern = this.habits.watchers && this.#chance(5) ? ">" : this.#one(PATTERNS);
    const max = this.#chance(10) ? 1 + below(this.random, 5) : 0;
    actor.subscribe(pattern, this.habits.queues && this.#chance(50) ? this.#one(GROUPS) : null, false, max);
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
