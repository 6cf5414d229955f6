// What may be asked of the admin socket, and how it is answered: a document as JSON in every case.

import { bytesOf } from "../base/bytes.ts";
import type { Millis } from "../base/clock.ts";
import type { Level } from "../base/log.ts";
import { isValidSubject } from "../subject/subject.ts";
import { Query } from "./query.ts";

/** What the box does when it is told to. */
export interface AdminActs {
  reload(): Outcome;
  /** What would change with this text as the configuration. */
  plan(text: string): Outcome;
  reopen(): { readonly reopened: boolean } | Failure;
  lameDuck(): void;
  stop(): void;
  logLevel(): Level;
  setLogLevel(level: Level): void;
  /** As it was understood, without secrets. */
  config(): object;
  /** The last lines of the log, oldest first. */
  log(): readonly string[];
  /** What the box is doing, for whoever has to find out. */
  state(): object;
  /** A copy of what crosses a link, as lines of JSON; or why there is none. */
  tap(options: TapRequest): ReadableStream<Uint8Array> | Failure;
  /** Closes a connection; answers its name, or null when there is none with this id. */
  kick(id: number): string | null;
}

export interface TapRequest {
  readonly link: string;
  /** null: all of them. */
  readonly account: string | null;
  readonly subject: string | null;
  readonly limit: number;
  readonly ratePerSecond: number;
  readonly millis: Millis;
  readonly payload: boolean;
}

/** What changed or would change; what is wrong with a configuration; or why it cannot be taken up. */
export type Outcome =
  | { readonly changes: readonly { readonly effect: string }[] }
  | { readonly findings: readonly object[] }
  | Failure;

export interface Failure {
  readonly why: string;
}

export type Answered =
  | { readonly status: number; readonly document: object }
  | { readonly stream: ReadableStream<Uint8Array> };

type Route = (acts: AdminActs, query: URLSearchParams, body: string) => Answered;

const LEVELS: readonly Level[] = ["error", "warn", "info", "debug", "trace"];

const done = (document: object, status = 200): Answered => ({ status, document });
const refused = (status: number, error: string): Answered => ({ status, document: { error } });

/** By path, then by method. */
const ROUTES: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
  "/-/reload": { POST: (acts) => outcome(acts.reload()) },
  "/-/plan": { POST: (acts, _query, body) => planned(acts.plan(body)) },
  "/-/reopen": { POST: (acts) => reopened(acts.reopen()) },
  "/-/lame-duck": {
    POST: (acts) => {
      acts.lameDuck();
      return done({ lame_duck: true }, 202);
    },
  },
  "/-/stop": {
    POST: (acts) => {
      acts.stop();
      return done({ stopping: true }, 202);
    },
  },
  "/-/log-level": {
    GET: (acts) => done({ level: acts.logLevel() }),
    PUT: (acts, query, body) => setLevel(acts, query.get("level") ?? body.trim()),
  },
  "/-/config": { GET: (acts) => done(acts.config()) },
  "/-/log": { GET: (acts) => done({ lines: acts.log() }) },
  "/-/state": { GET: (acts) => done(acts.state()) },
  "/-/tap": { GET: (acts, query) => tapped(acts, new Query(query)) },
  "/-/kick": { POST: (acts, query) => kicked(acts, query.get("cid") ?? "") },
};

/** What a path takes, by method; null: there is no such path. */
export function routeOf(path: string): Readonly<Record<string, Route>> | null {
  return Object.hasOwn(ROUTES, path) ? ROUTES[path]! : null;
}

/** 422: the configuration is wrong. 409: it is right, and cannot be taken up while the box runs. */
function outcome(of: Outcome): Answered {
  if ("changes" in of) return done(of);
  return "findings" in of ? done(of, 422) : done({ error: of.why }, 409);
}

function planned(of: Outcome): Answered {
  if (!("changes" in of)) return outcome(of);
  return done({ ...of, needs_restart: of.changes.some(({ effect }) => effect === "restart") });
}

function reopened(of: ReturnType<AdminActs["reopen"]>): Answered {
  return "why" in of ? refused(500, of.why) : done(of);
}

function setLevel(acts: AdminActs, written: string): Answered {
  const level = LEVELS.find((known) => known === written);
  if (level === undefined) return refused(400, `a log level is one of ${LEVELS.join(", ")}`);
  const before = acts.logLevel();
  acts.setLogLevel(level);
  return done({ level, before });
}

/** What is tapped when the query does not say, and at most. */
const TAP = {
  limit: { usual: 1_000, most: 1_000_000 },
  rate: { usual: 100, most: 10_000 },
  seconds: { usual: 60, most: 3_600 },
} as const;

function tapped(acts: AdminActs, query: Query): Answered {
  const number = (name: keyof typeof TAP): number => {
    const asked = query.uint(name);
    return asked === 0 ? TAP[name].usual : Math.min(asked, TAP[name].most);
  };
  const [link, subject] = [query.text("link"), query.text("subject")];
  if (link === "")
    return refused(400, "link names a gateway, a leaf or a client, or is cid:N, gid:N or lid:N");
  const bytes = bytesOf(subject);
  if (subject !== "" && !isValidSubject(bytes, 0, bytes.length))
    return refused(400, `no subject: ${subject}`);
  const stream = acts.tap({
    link,
    account: query.text("account") === "" ? null : query.text("account"),
    subject: subject === "" ? null : subject,
    limit: number("limit"),
    ratePerSecond: number("rate"),
    millis: number("seconds") * 1_000,
    payload: query.flag("payload"),
  });
  return "why" in stream ? refused(404, stream.why) : { stream };
}

function kicked(acts: AdminActs, cid: string): Answered {
  if (!/^[1-9]\d{0,15}$/.test(cid))
    return refused(400, "cid is the number of a connection; see /connz, /gatewayz, /leafz");
  const name = acts.kick(Number(cid));
  return name === null ? refused(404, `there is no connection ${cid}`) : done({ cid: Number(cid), name });
}
