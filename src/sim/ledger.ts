// What was said, who wanted it and who got it, as told by the two ends and by nobody between them. What must
// never be is judged at once; what had to be is judged by checker.ts when all is over.

import { type Clock, type Millis, NEVER } from "../base/clock.ts";

/** Somebody who subscribes and publishes: a client connection of a box, or a user of a modelled server. */
export interface Party {
  readonly name: string;
  readonly region: string;
  readonly account: string;
  readonly echo: boolean;
  /** Takes header blocks. */
  readonly headers: boolean;
  /** When its connection was lost. */
  readonly drops: Millis[];
  /** When it did not read, as [from, to]. */
  readonly deaf: [Millis, Millis][];
}

/** Who somebody is, without what has become of it. */
export type Who = Omit<Party, "drops" | "deaf">;

/** A subscription from SUB to UNSUB, or to the loss of its connection. */
export interface Life {
  readonly party: Party;
  readonly sid: string;
  readonly subject: string;
  readonly queue: string | null;
  /** Deliveries after which it ends; 0 for never. */
  readonly max: number;
  readonly from: Millis;
  to: Millis;
  got: number;
}

export type Role = "plain" | "request" | "reply";

export interface Letter {
  readonly id: number;
  readonly from: Party;
  readonly subject: string;
  readonly at: Millis;
  readonly role: Role;
  readonly header: string;
  readonly body: string;
  /** Where answers are wanted; null without. */
  readonly inbox: Life | null;
  /** Of a reply: what it answers. */
  readonly answers: Letter | null;
  readonly deliveries: Life[];
  /** Places that a gateway or a leaf link took it to. */
  readonly arrivals: Set<string>;
}

const REPORTED_MAX = 20;
const STAR = "*".charCodeAt(0);
const ARROW = ">".charCodeAt(0);

export class Ledger {
  readonly letters: Letter[] = [];
  readonly lives: Life[] = [];
  readonly violations: string[] = [];
  deliveries = 0;
  /** Letters that reached somebody elsewhere. */
  crossed = 0;
  readonly #order = new Map<string, number>();
  readonly #startedAt: Millis;

  constructor(
    private readonly clock: Clock,
    private readonly trace: (line: string) => void,
  ) {
    this.#startedAt = clock.now();
  }

  fail(what: string): void {
    const at = (this.clock.now() - this.#startedAt).toFixed(1);
    if (this.violations.length < REPORTED_MAX) this.violations.push(`${at} ms: ${what}`);
    this.trace(`VIOLATION ${what}`);
  }

  opened(party: Party, sid: string, subject: string, queue: string | null, max: number): Life {
    const life = { party, sid, subject, queue, max, from: this.clock.now(), to: NEVER, got: 0 };
    this.lives.push(life);
    this.trace(`sub ${lifeName(life)}${max > 0 ? ` max ${max}` : ""}`);
    return life;
  }

  closed(life: Life): void {
    if (life.to !== NEVER) return;
    life.to = this.clock.now();
    this.trace(`unsub ${lifeName(life)}`);
  }

  /** `size` is that of the body, in bytes; it names its letter and the rest follows from the name. */
  published(
    from: Party,
    subject: string,
    role: Role,
    size: number,
    header: string,
    more: { inbox?: Life; answers?: Letter } = {},
  ): Letter {
    const id = this.letters.length;
    const body = `${id} `.padEnd(size, String.fromCharCode(97 + (id % 26)));
    const { inbox = null, answers = null } = more;
    const at = this.clock.now();
    const letter = {
      id,
      from,
      subject,
      at,
      role,
      header,
      body,
      inbox,
      answers,
      deliveries: [],
      arrivals: new Set<string>(),
    };
    this.letters.push(letter);
    this.trace(`pub #${id} ${from.name} ${from.account} ${subject} ${role}`);
    return letter;
  }

  /** The letter that a payload names; null, and a violation, when it is damaged. */
  letterOf(body: string): Letter | null {
    const letter = this.letters[Number.parseInt(body, 10)];
    if (letter !== undefined && letter.body === body) return letter;
    this.fail(`a damaged payload: ${JSON.stringify(body.slice(0, 60))}`);
    return null;
  }

  delivered(life: Life, subject: string, header: string, body: string, reply: string): Letter | null {
    const letter = this.letterOf(body);
    if (letter === null) return null;
    const { party } = life;
    const what = `#${letter.id} (${letter.from.name} on ${letter.subject}) to ${lifeName(life)}`;
    this.trace(`got ${what}`);
    if (letter.from.account !== party.account) this.fail(`another account's message: ${what}`);
    if (subject !== letter.subject) this.fail(`a changed subject ${subject}: ${what}`);
    if (!covers(life.subject, subject)) this.fail(`a subject that was not subscribed: ${what}`);
    if (header !== (party.headers ? letter.header : ""))
      this.fail(`changed headers ${JSON.stringify(header)}: ${what}`);
    if (reply !== (letter.inbox?.subject ?? ""))
      this.fail(`a changed reply ${JSON.stringify(reply)}: ${what}`);
    // An answer comes back by way of the cluster that asked, which does not know whose it was (gateway.md
    // §4.5).
    if (party === letter.from && !party.echo && letter.role !== "reply") this.fail(`an echo: ${what}`);
    if (life.max > 0 && life.got >= life.max)
      this.fail(`more than the ${life.max} that were asked for: ${what}`);
    this.#once(letter, life, what);
    this.#inOrder(letter, life, what);
    life.got++;
    letter.deliveries.push(life);
    this.deliveries++;
    if (party.region !== letter.from.region) this.crossed++;
    return letter;
  }

  #once(letter: Letter, life: Life, what: string): void {
    const { deliveries } = letter;
    const same = (other: Life): boolean =>
      life.queue === null
        ? other.party === life.party && other.sid === life.sid
        : other.queue === life.queue && letter.role !== "reply";
    if (deliveries.some(same))
      this.fail(`a duplicate: ${what}; before: ${deliveries.map(lifeName).join(", ")}`);
  }

  /** Per publisher and subject; answers may take another way than what was published before. */
  #inOrder(letter: Letter, life: Life, what: string): void {
    if (letter.role !== "plain") return;
    const key = `${letter.from.name} ${letter.subject} ${life.party.name} ${life.sid}`;
    const last = this.#order.get(key) ?? -1;
    if (letter.id < last) this.fail(`out of order behind #${last}: ${what}`);
    this.#order.set(key, Math.max(last, letter.id));
  }
}

export function lifeName(life: Life): string {
  const { party, sid, subject, queue } = life;
  return `${party.name}/${sid} ${party.account} ${subject}${queue === null ? "" : ` queue ${queue}`}`;
}

/** Does the pattern match the literal subject? Plain and on its own, so that src/subject cannot be wrong
 *  unnoticed. */
export function covers(pattern: string, subject: string): boolean {
  if (pattern === subject) return true;
  const first = pattern.charCodeAt(0);
  if (first !== subject.charCodeAt(0) && first !== STAR && first !== ARROW) return false;
  const wanted = pattern.split(".");
  const given = subject.split(".");
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i] === ">") return given.length > i;
    if (i >= given.length || (wanted[i] !== "*" && wanted[i] !== given[i])) return false;
  }
  return wanted.length === given.length;
}
