// A copy of what crosses some links, for whoever looks into it: bounded in rate, number and time, and what is
// left out is counted and said.

import { bytesOf } from "../base/bytes.ts";
import type { Millis } from "../base/clock.ts";
import { ClientSession } from "../client/session.ts";
import { GatewayInbound } from "../gateway/inbound.ts";
import { GatewayOutbound } from "../gateway/outbound.ts";
import { LeafSession } from "../leaf/session.ts";
import { listen } from "../peer/listen.ts";
import type { Session } from "../peer/session.ts";
import { collides } from "../subject/match.ts";
import type { Core } from "./core.ts";
import { readEvent, type TapEvent, writtenEvents } from "./tap-events.ts";

/** Clients may share a name. */
const LINKS_MAX = 16;

const SECOND_MILLIS = 1_000;

export interface TapOptions {
  /** `cid:5`, `gid:5`, `lid:5`, the name of a gateway, of a leaf or of clients. */
  readonly link: string;
  /** null: every account. */
  readonly account: string | null;
  /** A pattern; null: every subject, and lines that have none. */
  readonly subject: string | null;
  /** How many events at most, and how many in a second. */
  readonly limit: number;
  readonly ratePerSecond: number;
  readonly millis: Millis;
}

export type TapEnd = "limit" | "time" | "links closed" | "stopped";

export interface TapSink {
  /** False: the reader does not keep up, and the event is lost. */
  event(link: string, at: Millis, event: TapEvent): boolean;
  dropped(count: number): void;
  ended(why: TapEnd, shown: number, dropped: number): void;
}

export class Tap {
  /** As events name the links. */
  readonly links: readonly string[];
  readonly #sessions: readonly Session[];
  readonly #unhook: (() => void)[] = [];
  readonly #pattern: Uint8Array | null;
  readonly #until: Millis;
  #secondAt: Millis;
  #inSecond = 0;
  #shown = 0;
  #dropped = 0;
  #untold = 0;
  #isOver = false;

  /** null: there is no such link, or somebody listens to it already. */
  static open(core: Core, options: TapOptions, sink: TapSink): Tap | null {
    const sessions = linksOf(core, options.link);
    return sessions.length === 0 ? null : new Tap(core, sessions, options, sink);
  }

  private constructor(
    private readonly core: Core,
    sessions: readonly Session[],
    private readonly options: TapOptions,
    private readonly sink: TapSink,
  ) {
    this.#sessions = sessions;
    this.#secondAt = core.now();
    this.#until = core.now() + options.millis;
    this.#pattern = options.subject === null ? null : bytesOf(options.subject);
    this.links = sessions.map(nameOf);
    for (const session of sessions) this.#hook(session);
  }

  /** To be called a few times a second. */
  tick(now: Millis): void {
    if (this.#isOver) return;
    this.#tellDropped();
    if (now >= this.#until) this.end("time");
    else if (this.#sessions.every(({ closing }) => closing !== null)) this.end("links closed");
  }

  end(why: TapEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const unhook of this.#unhook) unhook();
    this.#tellDropped();
    this.sink.ended(why, this.#shown, this.#dropped);
  }

  #hook(session: Session): void {
    const name = nameOf(session);
    const own = (): string => accountOf(this.core, session);
    const unhook = listen(
      session,
      (op, frame) => {
        if (!this.#mayShow()) return;
        const event = readEvent(session, op, frame, own());
        if (event !== null) this.#show(name, event);
      },
      (piece) => {
        if (!this.#mayShow()) return;
        for (const event of writtenEvents(session, piece, own())) this.#show(name, event);
      },
    );
    this.#unhook.push(unhook);
  }

  /** Over the rate nothing is even looked at, but where a filter is set, which must find what it is for. */
  #mayShow(): boolean {
    if (this.#isOver) return false;
    if (this.options.account !== null || this.#pattern !== null || this.#hasRoom()) return true;
    this.#drop();
    return false;
  }

  #hasRoom(): boolean {
    const now = this.core.now();
    if (now - this.#secondAt >= SECOND_MILLIS) {
      this.#secondAt = now;
      this.#inSecond = 0;
    }
    return this.#inSecond < this.options.ratePerSecond;
  }

  #show(link: string, event: TapEvent): void {
    if (this.#isOver || !this.#isWanted(event)) return;
    if (!this.#hasRoom() || !this.sink.event(link, this.core.now(), event)) return this.#drop();
    this.#inSecond++;
    this.#shown++;
    if (this.#shown >= this.options.limit) this.end("limit");
  }

  #isWanted({ account, subject }: TapEvent): boolean {
    if (this.options.account !== null && account !== this.options.account) return false;
    if (this.#pattern === null) return true;
    const bytes = bytesOf(subject);
    return bytes.length > 0 && collides(this.#pattern, 0, this.#pattern.length, bytes, 0, bytes.length);
  }

  #drop(): void {
    this.#dropped++;
    this.#untold++;
  }

  #tellDropped(): void {
    if (this.#untold > 0) this.sink.dropped(this.#untold);
    this.#untold = 0;
  }
}

function linksOf(core: Core, wanted: string): Session[] {
  const [, label, id] = /^(?:([cgl]id):)?(\d+)$/.exec(wanted) ?? [];
  const open = [...core.sessions.values()].filter(({ closing, isHeard }) => closing === null && !isHeard);
  if (id !== undefined) {
    return open.filter((each) => each.id === Number(id) && (label === undefined || label === each.label));
  }
  return open.filter((session) => ownName(session) === wanted).slice(0, LINKS_MAX);
}

function ownName(session: Session): string {
  if (session instanceof ClientSession) return session.clientName;
  if (session instanceof LeafSession) return session.remoteName;
  return session instanceof GatewayInbound || session instanceof GatewayOutbound ? session.gateway : "";
}

function nameOf(session: Session): string {
  const way =
    session instanceof GatewayInbound ? " inbound" : session instanceof GatewayOutbound ? " outbound" : "";
  return `${session.label}:${session.id}${way} ${ownName(session)}`.trimEnd();
}

function accountOf(core: Core, session: Session): string {
  const hasOwn = session instanceof ClientSession || session instanceof LeafSession;
  return hasOwn && session.account !== 0 ? core.accountName(session.account) : "";
}
