// The hubs that we solicit: when each is dialled next, and with which URL. Sources: leafnode.md §10, §17.

import { type Millis, NEVER } from "../base/clock.ts";
import { HISTORY_MAX, REMOTE_URL_MAX } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import { below, type Random, shuffled } from "../base/random.ts";
import { Ring } from "../base/ring.ts";
import type { CloseReason } from "../peer/close.ts";
import { type DownReason, reasonOfDial } from "../peer/reason-of.ts";
import type { LeafRemoteOptions, LeafUrl } from "./options.ts";

/** disabled: for ever. waiting: until nextAt. dialing: one URL. connected: a session exists, ready or not. */
export type LeafRemoteState = "disabled" | "waiting" | "dialing" | "connected";

/** What we must know of a solicited session. */
export interface SolicitedLink {
  /** Its handshake is done. */
  readonly ready: boolean;
  readonly startedAt: Millis;
}

/** A connection that is to be opened. */
export interface LeafDialRequest<S extends SolicitedLink = SolicitedLink> {
  readonly remote: LeafRemote<S>;
  /** With the user and password to be sent, also when the hub told it. */
  readonly url: LeafUrl;
  /** The host name to verify a certificate against. */
  readonly tlsName: string;
}

/** Something that happened to a remote, for people. */
export interface LeafRemoteEvent {
  readonly at: Millis;
  readonly what: "connected" | "closed" | "dial failed";
  readonly why: string;
}

/** After so many failed rounds of all URLs the pause doubles, and doubles again, up to so many times the
 *  interval. nats-server's does not grow; but a fleet that waits for a hub for hours need not knock once a
 *  second. */
const PATIENT_ROUNDS = 10;
const PAUSE_FACTOR_MAX = 8;

/** Attempts between two log lines, and two events, of one remote that cannot be reached. */
const REPORT_EVERY = 60;

/** The least pause, in milliseconds, whatever the configured interval: no configuration makes a hot loop. */
const PAUSE_MILLIS_MIN = 10;

const NAMED_URLS_MAX = 3;

/** One entry of `remotes`. Only LeafRemotes changes it. */
export class LeafRemote<S extends SolicitedLink = SolicitedLink> {
  state: LeafRemoteState;
  session: S | null = null;
  /** Of the next dial, while waiting. */
  nextAt: Millis = 0;
  /** Dials and handshakes that failed since the last handshake that was done. */
  attempts = 0;
  everConnected = false;
  reconnects = 0;
  lastError = "";
  /** Why it is not there, as far as the last attempt or connection told. */
  reason: DownReason = "Not Connected Yet";
  /** That of the last log line about it: another one is told at once. */
  reported: DownReason | null = null;
  /** Why the last connection ended, and when; "" before the first end. */
  lastClose = "";
  lastCloseAt: Millis = 0;
  /** How often a connection ended because it closed a loop. */
  loops = 0;
  readonly history = new Ring<LeafRemoteEvent>(HISTORY_MAX);
  /** What the hub last said of where else it is. */
  discovered: readonly LeafUrl[] = [];
  /** All URLs, in the order in which they are tried. The first one is tried next, or is `url`. */
  order: readonly LeafUrl[];
  /** The URL that was tried last. */
  url: LeafUrl | null = null;

  constructor(public options: LeafRemoteOptions) {
    this.state = options.disabled || options.urls.length === 0 ? "disabled" : "waiting";
    if (this.state === "disabled") this.reason = "Disabled";
    this.order = options.urls;
  }

  /** Its URLs as `host:port`, or its place in the configuration without any. */
  get name(): string {
    const { urls, index } = this.options;
    if (urls.length === 0) return `#${index}`;
    const named = urls.slice(0, NAMED_URLS_MAX).map(leafUrlKey).join(", ");
    return urls.length > NAMED_URLS_MAX ? `${named}, …` : named;
  }
}

export class LeafRemotes<S extends SolicitedLink = SolicitedLink> {
  all: readonly LeafRemote<S>[];
  #started = false;

  constructor(
    options: readonly LeafRemoteOptions[],
    private readonly random: Random,
    private readonly log: Log,
    private readonly dial: (request: LeafDialRequest<S>) => void,
  ) {
    this.all = options.map((each) => new LeafRemote<S>(each));
    for (const remote of this.all) remote.order = this.#mixed(remote, remote.options.urls);
  }

  /** Every remote that is not disabled is dialled by the next tick. */
  start(now: Millis): void {
    this.#started = true;
    for (const remote of this.all) if (remote.state === "waiting") remote.nextAt = now;
  }

  /** Nothing is dialled any more. What is open stays open. */
  stop(): void {
    this.#started = false;
  }

  /** Hubs are configured anew; `isSame` says which of them go on. Answers those that are no more. */
  reconfigure(
    options: readonly LeafRemoteOptions[],
    isSame: (one: LeafRemoteOptions, other: LeafRemoteOptions) => boolean,
    now: Millis,
  ): LeafRemote<S>[] {
    const left = [...this.all];
    this.all = options.map((each) => {
      const at = left.findIndex((remote) => isSame(remote.options, each));
      const kept = at < 0 ? undefined : left.splice(at, 1)[0];
      if (kept !== undefined) {
        kept.options = each;
        return kept;
      }
      const added = new LeafRemote<S>(each);
      added.order = this.#mixed(added, each.urls);
      added.nextAt = now;
      return added;
    });
    return left;
  }

  /** When tick() has something to do. */
  get deadline(): Millis {
    let earliest = NEVER;
    if (!this.#started) return earliest;
    for (const { state, nextAt } of this.all) if (state === "waiting") earliest = Math.min(earliest, nextAt);
    return earliest;
  }

  tick(now: Millis): void {
    if (!this.#started) return;
    for (const remote of this.all) {
      if (remote.state === "waiting" && remote.nextAt <= now) this.#dialNext(remote);
    }
  }

  /** The transport is up; the handshake begins. */
  opened(remote: LeafRemote<S>, session: S): void {
    remote.state = "connected";
    remote.session = session;
  }

  /** The handshake is done. */
  ready(remote: LeafRemote<S>, now: Millis): void {
    if (remote.everConnected) remote.reconnects++;
    remote.everConnected = true;
    remote.attempts = 0;
    remote.lastError = "";
    const why = remote.url === null ? "" : leafUrlKey(remote.url);
    remote.history.pushOver({ at: now, what: "connected", why });
  }

  /** No transport: the next URL is tried after a pause that keeps those apart who failed together. */
  dialFailed(remote: LeafRemote<S>, why: string, now: Millis): void {
    if (remote.state !== "dialing") return;
    remote.reason = reasonOfDial(why);
    this.#failed(remote, why, now);
    const pause = this.#pauseOf(remote);
    this.#wait(remote, now + pause + below(this.random, pause + 1));
  }

  /**
   * The connection ended; `extraDelayMillis` comes on top of the pause where the two ends do not belong
   * together (leafnode.md §10). One that never got through its handshake counts as an attempt that failed.
   */
  lost(
    remote: LeafRemote<S>,
    reason: CloseReason,
    error: string,
    extraDelayMillis: Millis,
    now: Millis,
  ): void {
    const { session } = remote;
    if (remote.state !== "connected") return;
    remote.session = null;
    remote.reason = remote.lastClose = reason;
    remote.lastCloseAt = now;
    const why = error === "" ? reason : `${reason}: ${error}`;
    if (/loop detected/i.test(why)) remote.loops++;
    if (session?.ready === true) {
      if (error !== "") remote.lastError = error;
      const seconds = Math.max(0, Math.round((now - session.startedAt) / 1_000));
      remote.history.pushOver({ at: now, what: "closed", why: `${why} (after ${seconds} s)` });
    } else {
      this.#failed(remote, error === "" ? reason : error, now);
    }
    const pause = this.#pauseOf(remote);
    // A fleet that lost its hub in one moment comes back in more than one.
    this.#wait(remote, now + pause + extraDelayMillis + below(this.random, Math.floor(pause / 10) + 1));
  }

  /**
   * The hub says where else it is, as `host:port`: leafnode_urls, or ws_connect_urls over WebSocket. Replaces
   * what it said before; what is not readable is left out. Those that are configured stay as configured.
   */
  discovered(remote: LeafRemote<S>, urls: readonly string[], _now: Millis): void {
    const { options } = remote;
    if (options.ignoreDiscovered || options.urls.length === 0 || urls.length === 0) return;
    const known = new Map(remote.discovered.map((url) => [leafUrlKey(url), url]));
    const configured = new Set(options.urls.map(leafUrlKey));
    const found = new Map<string, LeafUrl>();
    const scheme = schemeOf(options);
    for (const text of urls) {
      if (found.size >= REMOTE_URL_MAX) break;
      const url = /[/@]/.test(text) ? null : parseLeafUrl(`${scheme}://${text}`);
      if (url === null) continue;
      const key = leafUrlKey(url);
      if (configured.has(key)) continue;
      found.set(key, known.get(key) ?? url);
    }
    if (found.size === known.size && [...found.keys()].every((key) => known.has(key))) return;
    remote.discovered = [...found.values()];
    const own = remote.order.filter((url) => options.urls.includes(url));
    remote.order = lastly(remote.url, [...this.#mixed(remote, remote.discovered), ...own]);
    if (this.log.debugs) {
      this.log.debug(`Leaf remote "${remote.name}" is told of ${found.size} other URLs`);
    }
  }

  /** The URL that was tried last goes to the end of the order. */
  #dialNext(remote: LeafRemote<S>): void {
    if (remote.url === remote.order[0]) remote.order = lastly(remote.url, remote.order);
    const url = remote.order[0];
    if (url === undefined) return;
    remote.url = url;
    remote.state = "dialing";
    this.dial({ remote, url: withCredentials(url, remote.options), tlsName: tlsNameOf(url, remote.options) });
  }

  #failed(remote: LeafRemote<S>, why: string, now: Millis): void {
    remote.attempts++;
    remote.lastError = why;
    const { attempts, reason } = remote;
    if (attempts !== 1 && attempts % REPORT_EVERY !== 0 && reason === remote.reported) return;
    remote.reported = reason;
    const at = remote.url === null ? remote.name : leafUrlKey(remote.url);
    remote.history.pushOver({ at: now, what: "dial failed", why: `${at}: ${why}` });
    this.log.error(
      `Error trying to connect as leafnode to remote server "${at}" (attempt ${attempts}): ${why}`,
      { kind: "leaf", peer: at, account: remote.options.account, reason },
    );
  }

  /** The interval, and more after many rounds that failed. */
  #pauseOf(remote: LeafRemote<S>): Millis {
    const rounds = remote.attempts / remote.order.length;
    const factor = Math.min(2 ** Math.floor(rounds / PATIENT_ROUNDS), PAUSE_FACTOR_MAX);
    return Math.max(PAUSE_MILLIS_MIN, remote.options.reconnectMillis) * factor;
  }

  #wait(remote: LeafRemote<S>, until: Millis): void {
    remote.state = "waiting";
    remote.nextAt = until;
  }

  #mixed(remote: LeafRemote<S>, urls: readonly LeafUrl[]): readonly LeafUrl[] {
    return remote.options.noRandomize ? urls : shuffled(this.random, urls);
  }
}

/** The same URLs with this one at the end, when it is one of them. */
function lastly(last: LeafUrl | null | undefined, urls: readonly LeafUrl[]): readonly LeafUrl[] {
  const others = urls.filter((url) => url !== last);
  return last == null || others.length === urls.length ? urls : [...others, last];
}

/** Of URLs that a hub told: TLS and WebSocket as configured, so that nobody is talked into less. */
function schemeOf({ urls, tlsRequired }: LeafRemoteOptions): LeafUrl["scheme"] {
  const secure = tlsRequired || urls.some(({ scheme }) => scheme === "tls" || scheme === "wss");
  if (urls[0]!.scheme.startsWith("ws")) return secure ? "wss" : "ws";
  return secure ? "tls" : "nats";
}

/** A URL that says nothing of a user has the one of the first configured URL that does. */
function withCredentials(url: LeafUrl, { urls }: LeafRemoteOptions): LeafUrl {
  if (url.user !== null || url.password !== null) return url;
  const known = urls.find(({ user }) => user !== null);
  return known === undefined ? url : { ...url, user: known.user, password: known.password };
}

/** The URL's host, or for a bare address the first configured host name. Source: leafnode.md §11. */
function tlsNameOf(url: LeafUrl, { urls }: LeafRemoteOptions): string {
  if (!isAddress(url.host)) return url.host;
  return urls.find(({ host }) => !isAddress(host))?.host ?? url.host;
}

function isAddress(host: string): boolean {
  return host.includes(":") || /^[0-9.]+$/.test(host);
}

/** One spelling for each place. */
function leafUrlKey({ host, port }: LeafUrl): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host.toLowerCase()}:${port}`;
}

/** Whatever the scheme: nats-server takes it for ws:// and wss:// too. */
const DEFAULT_PORT = 7422;
const PORT_MAX = 65_535;

const SCHEMES: Readonly<Record<string, LeafUrl["scheme"]>> = {
  nats: "nats",
  "nats-leaf": "nats",
  tls: "tls",
  ws: "ws",
  wss: "wss",
};

/** In characters; longer ones are not looked at, because hubs write what they like. */
const URL_LENGTH_MAX = 4_096;

/** scheme, user and password up to the last @, host, port, path. */
const URL_PARTS =
  /^([a-z-]+):\/\/(?:([^/?#]*)@)?(\[[0-9a-f:.]+\]|[a-z0-9_-][\w.-]*)(?::(\d{0,5}))?((?:\/[^?#@]*)?)$/i;

/**
 * `scheme://user:password@host:port/path`; null when it is none, or of another scheme. An @ in a password
 * needs no escape; percent escapes of user and password are resolved, and stay as they are where they are
 * wrong.
 */
export function parseLeafUrl(text: string): LeafUrl | null {
  const trimmed = text.trim();
  if (trimmed.length > URL_LENGTH_MAX || /[\s\u0000-\u001f\u007f]/.test(trimmed)) return null;
  const parts = URL_PARTS.exec(trimmed);
  if (parts === null) return null;
  const [, name, login, place, digits, path] = parts;
  const written = name!.toLowerCase();
  const scheme = Object.hasOwn(SCHEMES, written) ? SCHEMES[written] : undefined;
  const host = hostOf(place!);
  const port = digits === undefined || digits === "" ? DEFAULT_PORT : Number(digits);
  if (scheme === undefined || host === null || port < 1 || port > PORT_MAX) return null;
  const webPath = scheme === "ws" || scheme === "wss" ? webPathOf(path!) : "";
  return { scheme, host, port, path: webPath, ...loginOf(login) };
}

/** Without brackets. */
function hostOf(place: string): string | null {
  if (!place.startsWith("[")) return place;
  const url = URL.parse(`http://${place}`);
  return url === null ? null : url.hostname.slice(1, -1);
}

/** Without the slashes at its end, and without the `/leafnode` that is put behind it again. */
function webPathOf(path: string): string {
  let end = path.length;
  while (path[end - 1] === "/") end--;
  const stripped = path.slice(0, end);
  return stripped.endsWith("/leafnode") ? stripped.slice(0, -"/leafnode".length) : stripped;
}

function loginOf(login: string | undefined): Pick<LeafUrl, "user" | "password"> {
  if (login === undefined || login === "") return { user: null, password: null };
  const colon = login.indexOf(":");
  if (colon < 0) return { user: decoded(login), password: null };
  return { user: decoded(login.slice(0, colon)), password: decoded(login.slice(colon + 1)) };
}

/** As it stands when it is not percent-encoded: hubs write what they like. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
