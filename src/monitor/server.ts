// The monitoring listener: it shows, and changes nothing.

import { Stage, type Staged, takeOver } from "../base/staged.ts";
import { MonitorDoor, type SecureContext } from "./door.ts";
import { ENDPOINTS, type Endpoint } from "./endpoints.ts";
import { PastTraffic } from "./metrics-past.ts";
import { Query, QueryError } from "./query.ts";
import { refusal, reply } from "./reply.ts";
import type { ListenFact, MonitorListener, MonitorSource } from "./source.ts";
import { UI_PATH, Ui } from "./ui.ts";
import { WorkShare } from "./work-share.ts";

export interface MonitorOptions {
  /** Port 0: any free one. null: not in clear. */
  readonly clear: ListenFact | null;
  /** null: not with TLS. */
  readonly secure: (ListenFact & { readonly context: SecureContext }) | null;
  /** "" or `/path` without a slash at its end. */
  readonly basePath: string;
}

/** Those that the listeners really have; 0 without one. */
export interface MonitorPorts {
  readonly clear: number;
  readonly secure: number;
}

const CLOSED: MonitorOptions = { clear: null, secure: null, basePath: "" };

/** The longest URL that is read, in bytes: room for any filter, and a bound for what is parsed and echoed. */
const URL_BYTES_MAX = 8_192;

/** How many requests may be open at one time, those that are still being sent to slow readers included: each
 *  may hold an answer of many megabytes. Probes are always answered. */
const OPEN_MAX = 128;

export class MonitorServer {
  readonly #requests = new Map<string, number>();
  readonly #past = new PastTraffic();
  readonly #share = new WorkShare({ now: () => performance.now(), sleep: (millis) => Bun.sleep(millis) });
  readonly #ui = new Ui();
  #refused = 0;
  #clear: MonitorDoor | null = null;
  #secure: MonitorDoor | null = null;
  #options = CLOSED;

  constructor(private readonly source: MonitorSource) {}

  /** Opens the listeners. Throws an Error that says which one cannot be opened. */
  open(options: MonitorOptions): void {
    this.stage(options).use();
  }

  get port(): number {
    return this.#clear?.port ?? 0;
  }

  get securePort(): number {
    return this.#secure?.port ?? 0;
  }

  /** Opens what is not open yet, beside what is to be closed on `use`. Throws as `open` does. */
  stage(options: MonitorOptions): Staged & { readonly ports: MonitorPorts } {
    const stage = new Stage();
    const before = [this.#clear, this.#secure];
    try {
      const clear = this.#stage(stage, "http", options.clear, this.#clear);
      const secure = this.#stage(stage, "https", options.secure, this.#secure);
      const use = (): void => {
        for (const door of before) if (door !== clear && door !== secure) door?.stop();
        [this.#clear, this.#secure, this.#options] = [clear, secure, options];
      };
      const ports = { clear: clear?.port ?? 0, secure: secure?.port ?? 0 };
      return { ports, use, drop: () => stage.drop() };
    } catch (error) {
      stage.drop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.#clear?.close(), this.#secure?.close()]);
    this.#clear = null;
    this.#secure = null;
  }

  #stage(
    stage: Stage,
    scheme: string,
    at: (ListenFact & { readonly context?: SecureContext }) | null,
    known: MonitorDoor | null,
  ): MonitorDoor | null {
    if (at === null || known?.isAt(at)) return at && known;
    const { log } = this.source.core.world;
    const holder = [this.#clear, this.#secure].find((door) => door?.port === at.port) ?? null;
    const open = (): MonitorDoor =>
      new MonitorDoor(
        at,
        (request) => this.answer(request),
        (why) => log.error(`${scheme} monitor: ${why}; trying again`),
      );
    try {
      const { door, drop } = takeOver(holder, open);
      stage.add({ use: () => {}, drop });
      return door;
    } catch (error) {
      const why = (error as Error).message;
      throw new Error(`Error starting the ${scheme} monitor on ${at.host}:${at.port}: ${why}`);
    }
  }

  /** Answers a request that came by a listener of this server, or by another one below its own base path. */
  answer(request: Request, basePath = this.#options.basePath): Response | Promise<Response> {
    const { method, url } = request;
    if (method !== "GET" && method !== "HEAD")
      return refusal(405, "method not allowed", { Allow: "GET, HEAD" });
    if (url.length > URL_BYTES_MAX) return refusal(414, "URI too long");
    const parsed = URL.parse(url);
    if (parsed === null) return refusal(400, "bad request");
    const path = withoutBase(parsed.pathname, basePath);
    if (path !== null && Ui.owns(path)) return this.#answerUi(path, request.headers);
    const endpoint = path === null ? undefined : ENDPOINTS.get(path);
    if (endpoint === undefined) return refusal(404, "404 page not found\n");
    this.#count(endpoint.counted);
    const work = (): Response => this.#try(endpoint, parsed.searchParams);
    if (endpoint.isProbe) return work();
    return (this.#isCrowded ? null : this.#share.run(work)) ?? this.#refuse();
  }

  /** Files that are the same for everybody cost no share of the time. */
  async #answerUi(path: string, headers: Headers): Promise<Response> {
    this.#count(UI_PATH);
    if (this.#isCrowded) return this.#refuse();
    try {
      return await this.#ui.answer(path, headers);
    } catch (error) {
      this.source.core.world.log.error(`The dashboard cannot be shown: ${(error as Error).message}`);
      return refusal(500, "internal error");
    }
  }

  #refuse(): Response {
    this.#refused++;
    return refusal(503, "too many requests", { "Retry-After": "1" });
  }

  #count(path: string): void {
    this.#requests.set(path, (this.#requests.get(path) ?? 0) + 1);
  }

  get #isCrowded(): boolean {
    return this.#open > OPEN_MAX;
  }

  /** Requests that are not wholly answered. */
  get #open(): number {
    return (this.#clear?.pending ?? 0) + (this.#secure?.pending ?? 0);
  }

  #try(endpoint: Endpoint, params: URLSearchParams): Response {
    try {
      return this.#show(endpoint, params);
    } catch (error) {
      if (error instanceof QueryError) return refusal(400, error.message);
      const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.source.core.world.log.error(`Monitoring request ${endpoint.counted} failed: ${why}`);
      return refusal(500, "internal error");
    }
  }

  #show(endpoint: Endpoint, params: URLSearchParams): Response {
    const answer = endpoint.answer(this.source, new Query(params), this.listener);
    if ("body" in answer) return reply(answer.status ?? 200, answer.body, answer.type);
    return reply(answer.status, JSON.stringify(answer.document, null, answer.indent), "application/json");
  }

  /** What /varz shows of this listener. */
  get listener(): MonitorListener {
    const { clear, secure, basePath } = this.#options;
    return {
      host: (clear ?? secure)?.host ?? "",
      port: this.port,
      securePort: this.securePort,
      basePath,
      requests: this.#requests,
      refused: this.#refused,
      past: this.#past,
    };
  }
}

/** null: not below the base path. */
function withoutBase(path: string, basePath: string): string | null {
  return path.startsWith(basePath) ? path.slice(basePath.length) || "/" : null;
}
