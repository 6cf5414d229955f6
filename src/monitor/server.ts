// The monitoring listener: it shows, and changes nothing.

import { Stage, type Staged, takeOver } from "../base/staged.ts";
import { MonitorDoor, type SecureContext } from "./door.ts";
import { ENDPOINTS, type Endpoint } from "./endpoints.ts";
import { PastTraffic } from "./metrics-past.ts";
import { Query, QueryError } from "./query.ts";
import { refusal, reply } from "./reply.ts";
import type { ListenFact, MonitorListener, MonitorSource } from "./source.ts";
import { WorkShare } from "./work-share.ts";

export interface MonitorOptions {
  /** Port 0: any free one. null: not in clear. */
  readonly clear: ListenFact | null;
  /** null: not with TLS. */
  readonly secure: (ListenFact & { readonly context: SecureContext }) | null;
  /** "" or `/path` without a slash at its end. */
  readonly basePath: string;
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
  stage(options: MonitorOptions): Staged {
    const stage = new Stage();
    const before = [this.#clear, this.#secure];
    try {
      const clear = this.#stage(stage, "http", options.clear, this.#clear);
      const secure = this.#stage(stage, "https", options.secure, this.#secure);
      const use = (): void => {
        for (const door of before) if (door !== clear && door !== secure) door?.stop();
        [this.#clear, this.#secure, this.#options] = [clear, secure, options];
      };
      return { use, drop: () => stage.drop() };
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
        (request) => this.#answer(request),
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

  #answer(request: Request): Response | Promise<Response> {
    const { method, url } = request;
    if (method !== "GET" && method !== "HEAD")
      return refusal(405, "method not allowed", { Allow: "GET, HEAD" });
    if (url.length > URL_BYTES_MAX) return refusal(414, "URI too long");
    const parsed = URL.parse(url);
    if (parsed === null) return refusal(400, "bad request");
    const endpoint = this.#endpoint(parsed.pathname);
    if (endpoint === undefined) return refusal(404, "404 page not found\n");
    this.#requests.set(endpoint.counted, (this.#requests.get(endpoint.counted) ?? 0) + 1);
    const work = (): Response => this.#try(endpoint, parsed.searchParams);
    if (endpoint.isProbe) return work();
    const isCrowded = this.#open > OPEN_MAX;
    const answer = isCrowded ? null : this.#share.run(work);
    if (answer !== null) return answer;
    this.#refused++;
    return refusal(503, "too many requests", { "Retry-After": "1" });
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

  #endpoint(path: string): Endpoint | undefined {
    const { basePath } = this.#options;
    if (!path.startsWith(basePath)) return undefined;
    return ENDPOINTS.get(path.slice(basePath.length) || "/");
  }

  #show(endpoint: Endpoint, params: URLSearchParams): Response {
    const answer = endpoint.answer(this.source, new Query(params), this.#listener());
    if ("body" in answer) return reply(answer.status ?? 200, answer.body, answer.type);
    return reply(answer.status, JSON.stringify(answer.document, null, answer.indent), "application/json");
  }

  #listener(): MonitorListener {
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
