// The remote clusters that we know, configured or learned, and when each is dialled next. Source: gateway.md
// §5.

import { type Millis, NEVER } from "../base/clock.ts";
import {
  HISTORY_MAX,
  IMPLICIT_REMOTE_MAX,
  REDIAL_MILLIS,
  REDIAL_MILLIS_MAX,
  REMOTE_URL_MAX,
} from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import { below, type Random, shuffled } from "../base/random.ts";
import { Ring } from "../base/ring.ts";
import type { CloseReason } from "../peer/close.ts";
import { type DownReason, reasonOfDial } from "../peer/reason-of.ts";
import { type GatewayOptions, type GatewayUrl, parseGatewayUrl, urlKey } from "./options.ts";
import type { GatewayOutbound } from "./outbound.ts";

/** waiting: until nextAt. dialing: one URL of the round. connected: a session exists, ready or not. */
export type RemoteState = "waiting" | "dialing" | "connected";

/** Something that happened to a remote, for people. */
export interface RemoteEvent {
  readonly at: Millis;
  readonly what: "connected" | "closed" | "dial failed";
  readonly why: string;
}

export interface Remote {
  readonly name: string;
  /** Configured, not learned. */
  explicit: boolean;
  configured: readonly GatewayUrl[];
  learned: GatewayUrl[];
  state: RemoteState;
  session: GatewayOutbound | null;
  /** URLs of this round that were not tried yet. */
  round: GatewayUrl[];
  failedRounds: number;
  nextAt: Millis;
  everConnected: boolean;
  reconnects: number;
  lastError: string;
  /** Why it is not there, as far as the last attempt or connection told. */
  reason: DownReason;
  /** That of the last log line about it: another one is told at once. */
  reported: DownReason | null;
  /** Why the last connection ended, and when; "" before the first end. */
  lastClose: string;
  lastCloseAt: Millis;
  readonly history: Ring<RemoteEvent>;
}

/** Rounds in vain between two log lines of one remote that cannot be reached. */
const REPORT_EVERY = 60;

/** A connection that is to be opened. */
export interface DialRequest {
  readonly remote: string;
  readonly url: GatewayUrl;
  /** The host name to verify a certificate against. */
  readonly tlsName: string;
}

/** An implicit remote whose connection had lasted is dialled again this soon, in milliseconds. Source:
 *  gateway.md §5.4. */
const REDIAL_SOON_MILLIS = 20;

export class Remotes {
  readonly all = new Map<string, Remote>();
  #started = false;

  constructor(
    private options: GatewayOptions,
    private readonly random: Random,
    private readonly log: Log,
    private readonly dial: (request: DialRequest) => void,
    /** Is there an accepted connection from this cluster? */
    private readonly hasInbound: (name: string) => boolean,
  ) {
    for (const { name, urls } of options.remotes) {
      if (name !== options.identity.gateway) this.#add(name, true, urls);
    }
  }

  /** Dialling begins: our own listener must accept by now (gateway.md §0.7). */
  start(now: Millis): void {
    this.#started = true;
    for (const remote of this.all.values()) remote.nextAt = now;
  }

  stop(): void {
    this.#started = false;
  }

  /** Remotes are configured anew. Answers the names of those that are no more. */
  reconfigure(options: GatewayOptions, now: Millis): string[] {
    this.options = options;
    const wanted = new Map(options.remotes.map((remote) => [remote.name, remote]));
    wanted.delete(options.identity.gateway);
    const gone = [...this.all.values()].filter(({ name, explicit }) => explicit && !wanted.has(name));
    for (const { name } of gone) this.all.delete(name);
    for (const { name, urls } of wanted.values()) {
      const known = this.all.get(name);
      if (known === undefined) this.#add(name, true, urls).nextAt = now;
      else Object.assign(known, { explicit: true, configured: urls });
    }
    return gone.map(({ name }) => name);
  }

  get deadline(): Millis {
    let earliest = NEVER;
    if (!this.#started) return earliest;
    for (const { state, nextAt } of this.all.values())
      if (state === "waiting") earliest = Math.min(earliest, nextAt);
    return earliest;
  }

  tick(now: Millis): void {
    if (!this.#started) return;
    for (const remote of this.all.values()) {
      if (remote.state !== "waiting" || remote.nextAt > now) continue;
      remote.round = shuffled(this.random, this.urlsOf(remote));
      this.#next(remote, now);
    }
  }

  /** Configured ones first, then those learned, each once. */
  urlsOf(remote: Remote): GatewayUrl[] {
    const known = new Map<string, GatewayUrl>();
    for (const url of [...remote.configured, ...remote.learned]) {
      if (!known.has(urlKey(url))) known.set(urlKey(url), url);
    }
    return [...known.values()];
  }

  /** URLs of a cluster were told by one of its servers or by a third one. Unknown clusters become implicit
   *  remotes. */
  learn(name: string, urls: readonly string[], now: Millis): void {
    const { identity, rejectUnknown } = this.options;
    if (name === "" || name === identity.gateway) return;
    let remote = this.all.get(name);
    const parsed = urls.map(parseGatewayUrl).filter((url): url is GatewayUrl => url !== null);
    if (remote === undefined) {
      if (rejectUnknown || parsed.length === 0 || this.#implicitCount() >= IMPLICIT_REMOTE_MAX) return;
      remote = this.#add(name, false, []);
      remote.nextAt = now;
      this.log.info(`Discovered gateway "${name}"`);
    }
    const known = new Set(this.urlsOf(remote).map(urlKey));
    for (const url of parsed) {
      if (known.size >= REMOTE_URL_MAX) break;
      if (known.has(urlKey(url))) continue;
      known.add(urlKey(url));
      remote.learned.push(url);
    }
  }

  /** The cluster itself says which servers it has now. */
  replaceLearned(name: string, urls: readonly string[]): void {
    const remote = this.all.get(name);
    if (remote === undefined) return;
    remote.learned = urls
      .slice(0, REMOTE_URL_MAX)
      .map(parseGatewayUrl)
      .filter((url): url is GatewayUrl => url !== null);
  }

  /** The dialled connection is open; its handshake begins. */
  opened(remote: Remote, session: GatewayOutbound): void {
    remote.state = "connected";
    remote.session = session;
  }

  /** The handshake is done, and the remote took us: it said something else than -ERR. */
  ready(remote: Remote, now: Millis): void {
    if (remote.everConnected) remote.reconnects++;
    remote.everConnected = true;
    remote.failedRounds = 0;
    remote.lastError = "";
    remote.history.pushOver({ at: now, what: "connected", why: "" });
  }

  dialFailed(name: string, why: string, now: Millis): void {
    const remote = this.all.get(name);
    if (remote === undefined || remote.state !== "dialing") return;
    remote.lastError = why;
    remote.reason = reasonOfDial(why);
    this.#next(remote, now);
  }

  /** The dialled connection ended. One that never got through its handshake is a dial that failed. */
  lost(remote: Remote, reason: CloseReason, error: string, now: Millis): void {
    const { session } = remote;
    const lived = session?.confirmed ? now - session.startedAt : 0;
    remote.session = null;
    remote.reason = remote.lastClose = reason;
    remote.lastCloseAt = now;
    if (error !== "") remote.lastError = error;
    this.#note(remote, "closed", error === "" ? reason : `${reason}: ${error}`, now);
    // Who was learned and refuses us is not given up at once, since it may just have changed its password.
    const isRefused = session?.ready === false || (remote.explicit && session?.confirmed === false);
    if (isRefused && this.#started) {
      if (error === "") remote.lastError = reason;
      return this.#next(remote, now);
    }
    // An explicit remote waits a little longer, as it may be restarting, and so does one that refuses us as
    // soon as it knows us; the jitter keeps a fleet apart.
    const least = remote.explicit || lived < REDIAL_MILLIS ? REDIAL_MILLIS : REDIAL_SOON_MILLIS;
    this.#wait(remote, now + least + below(this.random, 100));
  }

  /** What fails in the same way again and again is one event: a long outage must not hide its start. */
  #note(remote: Remote, what: RemoteEvent["what"], why: string, now: Millis): void {
    const { history, failedRounds } = remote;
    if (failedRounds > 1 && history.toArray().findLast((event) => event.what === what)?.why === why) return;
    history.pushOver({ at: now, what, why });
  }

  #next(remote: Remote, now: Millis): void {
    const url = remote.round.pop();
    if (url === undefined) return this.#roundFailed(remote, now);
    remote.state = "dialing";
    this.dial({ remote: remote.name, url, tlsName: this.#tlsName(remote, url) });
  }

  #roundFailed(remote: Remote, now: Millis): void {
    remote.failedRounds++;
    this.#note(remote, "dial failed", remote.lastError, now);
    const { connectRetries, connectBackoff } = this.options;
    const hopeless = !remote.explicit && remote.failedRounds > connectRetries;
    if (hopeless && !this.hasInbound(remote.name)) {
      this.log.info(`Giving up on implicit gateway "${remote.name}": ${remote.lastError}`);
      this.all.delete(remote.name);
      return;
    }
    const doubled = connectBackoff
      ? REDIAL_MILLIS * 2 ** Math.min(remote.failedRounds - 1, 10)
      : REDIAL_MILLIS;
    const pause = Math.min(doubled, REDIAL_MILLIS_MAX);
    const { name, failedRounds, reason, lastError } = remote;
    if (failedRounds === 1 || failedRounds % REPORT_EVERY === 0 || reason !== remote.reported) {
      remote.reported = reason;
      const fields = { kind: "gateway", peer: name, reason } as const;
      this.log.error(`Error connecting to gateway "${name}" (attempt ${failedRounds}): ${lastError}`, fields);
    }
    this.#wait(remote, now + pause + below(this.random, 100));
  }

  #wait(remote: Remote, until: Millis): void {
    remote.state = "waiting";
    remote.nextAt = until;
  }

  #implicitCount(): number {
    let count = 0;
    for (const { explicit } of this.all.values()) if (!explicit) count++;
    return count;
  }

  /** The URL's host, or for a bare address the first host name known of that cluster. Source: gateway.md
   *  §6. */
  #tlsName(remote: Remote, url: GatewayUrl): string {
    const isAddress = (host: string): boolean => host.includes(":") || /^[0-9.]+$/.test(host);
    if (!isAddress(url.host)) return url.host;
    return this.urlsOf(remote).find(({ host }) => !isAddress(host))?.host ?? url.host;
  }

  #add(name: string, explicit: boolean, configured: readonly GatewayUrl[]): Remote {
    const remote: Remote = {
      name,
      explicit,
      configured,
      learned: [],
      state: "waiting",
      session: null,
      round: [],
      failedRounds: 0,
      nextAt: 0,
      everConnected: false,
      reconnects: 0,
      lastError: "",
      reason: "Not Connected Yet",
      reported: null,
      lastClose: "",
      lastCloseAt: 0,
      history: new Ring(HISTORY_MAX),
    };
    this.all.set(name, remote);
    return remote;
  }
}
