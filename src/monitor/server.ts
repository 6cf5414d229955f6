// The monitoring listener: it shows, and changes nothing.

import { ENDPOINTS, type Endpoint } from "./endpoints.ts";
import { Query, QueryError } from "./query.ts";
import type { MonitorListener, MonitorSource } from "./source.ts";

export interface MonitorOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** "" or `/path` without a slash at its end. */
  readonly basePath: string;
}

/** The longest URL that is read, in bytes: room for any filter, and a bound for what is parsed and echoed. */
const URL_BYTES_MAX = 8_192;

/** Seconds after which a connection on which nothing happens is closed. */
const IDLE_SECONDS = 30;

/** A dotted JavaScript name and nothing else: the callback is written into a script. */
const CALLBACK = /^[A-Za-z_$][\w$]{0,63}(?:\.[A-Za-z_$][\w$]{0,63}){0,7}$/;

const COMMON = { "Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff" };

export class MonitorServer {
  readonly #requests = new Map<string, number>();
  #server: Bun.Server<undefined> | null = null;

  constructor(
    private readonly source: MonitorSource,
    private readonly options: MonitorOptions,
  ) {}

  /** Answers the port. Throws what the system says, such as EADDRINUSE. */
  start(): number {
    const { host, port } = this.options;
    this.#server = Bun.serve({
      hostname: host,
      port,
      development: false,
      idleTimeout: IDLE_SECONDS,
      maxRequestBodySize: 0,
      fetch: (request) => this.#answer(request),
      error: () => text(500, "internal error"),
    });
    return this.#port;
  }

  async stop(): Promise<void> {
    await this.#server?.stop(true);
    this.#server = null;
  }

  get #port(): number {
    return this.#server?.port ?? this.options.port;
  }

  #answer(request: Request): Response {
    const { method, url } = request;
    if (method !== "GET" && method !== "HEAD") return text(405, "method not allowed", { Allow: "GET, HEAD" });
    if (url.length > URL_BYTES_MAX) return text(414, "URI too long");
    const parsed = URL.parse(url);
    if (parsed === null) return text(400, "bad request");
    const endpoint = this.#endpoint(parsed.pathname);
    if (endpoint === undefined) return text(404, "404 page not found\n");
    this.#requests.set(endpoint.counted, (this.#requests.get(endpoint.counted) ?? 0) + 1);
    try {
      return this.#show(endpoint, parsed.searchParams);
    } catch (error) {
      if (error instanceof QueryError) return text(400, error.message);
      const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.source.core.world.log.error(`Monitoring request ${endpoint.counted} failed: ${why}`);
      return text(500, "internal error");
    }
  }

  #endpoint(path: string): Endpoint | undefined {
    const { basePath } = this.options;
    if (!path.startsWith(basePath)) return undefined;
    return ENDPOINTS.get(path.slice(basePath.length) || "/");
  }

  #show(endpoint: Endpoint, params: URLSearchParams): Response {
    const callback = params.get("callback") ?? "";
    if (callback !== "" && !CALLBACK.test(callback)) throw new QueryError("invalid callback name");
    const answer = endpoint.answer(this.source, new Query(params), this.#listener());
    if ("html" in answer) return reply(200, answer.html, "text/html; charset=utf-8");
    const json = JSON.stringify(answer.document, null, answer.indent);
    if (callback === "") return reply(answer.status, json, "application/json");
    return reply(answer.status, `${callback}(${json})`, "application/javascript");
  }

  #listener(): MonitorListener {
    const { host, basePath } = this.options;
    return { host, port: this.#port, basePath, requests: this.#requests };
  }
}

function reply(status: number, body: string, type: string, headers: Record<string, string> = {}): Response {
  return new Response(body, { status, headers: { ...COMMON, "Content-Type": type, ...headers } });
}

function text(status: number, body: string, headers: Record<string, string> = {}): Response {
  return reply(status, body, "text/plain; charset=utf-8", headers);
}
