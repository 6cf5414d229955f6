// The invariants that need to know how it ended: nothing lost where nothing was wrong, one member of each
// group, an answer for each question.

import type { Millis } from "../base/clock.ts";
import { covers, type Ledger, type Letter, type Life, lifeName, type Party } from "./ledger.ts";
import type { Network } from "./network.ts";
import type { Topology } from "./topology.ts";

/** How long before and after a message its path must have been whole, and interest settled, for it to be
 *  owed. */
export const SETTLE_MILLIS: Millis = 5_000;

/** How many deliveries were owed: a run in which it is small proves little. */
export interface Owed {
  plain: number;
  /** Of these, to another place. */
  crossing: number;
  groups: number;
  answers: number;
}

export class Checker {
  readonly owed: Owed = { plain: 0, crossing: 0, groups: 0, answers: 0 };

  constructor(
    private readonly ledger: Ledger,
    private readonly network: Network,
    private readonly topology: Topology,
    private readonly endedAt: Millis,
  ) {}

  judge(): Owed {
    const { letters, lives } = this.ledger;
    for (const letter of letters) {
      if (letter.at + SETTLE_MILLIS > this.endedAt) break;
      if (letter.role === "reply") continue;
      const wanting = lives.filter((life) => isWanting(life, letter));
      this.#allowed(letter);
      this.#plain(letter, wanting);
      this.#groups(letter, wanting);
    }
    for (const letter of letters) if (letter.role === "reply") this.#answer(letter);
    return this.owed;
  }

  /** Nobody gets what must not go there. */
  #allowed(letter: Letter): void {
    const { region, account } = letter.from;
    for (const life of letter.deliveries) {
      if (!this.topology.passes(region, life.party.region, account))
        this.ledger.fail(`where it must not go: ${letterName(letter)} to ${lifeName(life)}`);
    }
  }

  #owes(letter: Letter, { region }: Party): boolean {
    return this.topology.owes(letter.from.region, region, letter.from.account);
  }

  #plain(letter: Letter, wanting: readonly Life[]): void {
    for (const life of wanting) {
      if (life.queue !== null || !isSettled(life, letter.at) || !this.#owes(letter, life.party)) continue;
      if (!this.#isWhole(letter.from, letter.at, letter.at, [life.party.region])) continue;
      this.owed.plain++;
      if (life.party.region !== letter.from.region) this.owed.crossing++;
      if (!letter.deliveries.includes(life))
        this.ledger.fail(`lost: ${letterName(letter)} to ${lifeName(life)}`);
    }
  }

  #groups(letter: Letter, wanting: readonly Life[]): void {
    const groups = new Set(wanting.map(({ queue }) => queue).filter((queue) => queue !== null));
    for (const queue of groups) {
      const members = wanting.filter((life) => life.queue === queue);
      if (!members.every((life) => isSettled(life, letter.at))) continue;
      if (!members.some(({ party }) => this.#owes(letter, party))) continue;
      if (!this.#isWhole(letter.from, letter.at, letter.at, this.topology.names)) continue;
      this.owed.groups++;
      const got = letter.deliveries.filter((life) => life.queue === queue).length;
      if (got !== 1) {
        const who = members.map(lifeName).join(", ");
        const own = this.ledger.lives.some(
          (life) =>
            life.party === letter.from && life.queue === queue && covers(life.subject, letter.subject),
        );
        const besides = own && !letter.from.echo ? " (and the publisher, who wants no echo)" : "";
        this.ledger.fail(`${got} instead of one member got ${letterName(letter)}: ${who}${besides}`);
      }
    }
  }

  /** The first answer to a question reaches who asked. */
  #answer(letter: Letter): void {
    const question = letter.answers;
    const inbox = question?.inbox;
    if (!question || !inbox || letter.at + SETTLE_MILLIS > this.endedAt) return;
    const asker = inbox.party;
    const until = letter.at + SETTLE_MILLIS;
    if (asker.drops.some((at) => at >= question.at && at <= until)) return;
    if (!hears(asker, question.at - SETTLE_MILLIS, until)) return;
    if (inbox.got === 0 && inbox.to <= letter.at + SETTLE_MILLIS) return; // Given up.
    if (!this.#owes(letter, asker)) return;
    if (!this.#isWhole(letter.from, question.at, letter.at, [asker.region])) return;
    this.owed.answers++;
    if (inbox.got === 0) this.ledger.fail(`no answer: ${letterName(letter)} to ${letterName(question)}`);
  }

  /** Was the way from the publisher to these regions whole, long enough before and after? */
  #isWhole(from: Party, began: Millis, ended: Millis, regions: readonly string[]): boolean {
    const since = began - SETTLE_MILLIS;
    const until = ended + SETTLE_MILLIS;
    if (from.drops.some((at) => at >= began && at <= until)) return false;
    // Whoever does not read may be on the way to be cut off, and is not listened to then.
    if (!hears(from, since, until)) return false;
    return [...regions, from.region].every((region) => {
      const route = this.topology.route(from.region, region, from.account);
      if (route === null) return true;
      return (
        this.network.isWhole(region, region, since, until) &&
        route.every((place, i) => i === 0 || this.network.isWhole(route[i - 1]!, place, since, until))
      );
    });
  }
}

/** Does it read all the time? */
function hears({ deaf }: Party, since: Millis, until: Millis): boolean {
  return deaf.every(([began, ended]) => ended < since || began > until);
}

/** Might it get the letter at all, settled or not? */
function isWanting(life: Life, letter: Letter): boolean {
  const { party } = life;
  if (party.account !== letter.from.account || (party === letter.from && !party.echo)) return false;
  if (life.from > letter.at + SETTLE_MILLIS || life.to < letter.at - SETTLE_MILLIS) return false;
  return covers(life.subject, letter.subject);
}

/** One that ends after some deliveries is never settled, as nobody can say when that will be. */
function isSettled(life: Life, at: Millis): boolean {
  const since = at - SETTLE_MILLIS;
  const until = at + SETTLE_MILLIS;
  return life.max === 0 && life.from <= since && life.to >= until && hears(life.party, since, until);
}

function letterName({ id, from, subject, role, at }: Letter): string {
  return `${role} #${id} of ${from.name} (${from.account} ${subject}, published at ${at.toFixed(1)})`;
}
