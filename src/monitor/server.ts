// The monitoring listener: it shows, and changes nothing.

import { ENDPOINTS, type Endpoint } from "./endpoints.ts";
import { PastTraffic } from "./metrics-past.ts";
import { Query, QueryError } from "./query.ts";
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

/** A certificate that may be renewed. */
export interface SecureContext {
  /** What Bun.serve takes. */
  readonly server: Bun.TLSOptions;
  onRenewal(follow: () => void): void;
}

/** How long to wait until a port is asked for again that was just given back. */
const REOPEN_MILLIS = 1_000;

/** The longest URL that is read, in bytes: room for any filter, and a bound for what is parsed and echoed. */
const URL_BYTES_MAX = 8_192;

/** Seconds after which a connection on which nothing happens is closed. */
const IDLE_SECONDS = 30;

/** How many requests may be open at one time, those that are still being sent to slow readers included: each
 *  may hold an answer of many megabytes. Probes are always answered. */
const OPEN_MAX = 128;

/** A dotted JavaScript name and nothing else: the callback is written into a script. */
const CALLBACK = /^[A-Za-z_$][\w$]{0,63}(?:\.[A-Za-z_$][\w$]{0,63}){0,7}$/;

const COMMON = { "Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff" };

export class MonitorServer {
  readonly #requests = new Map<string, number>();
  readonly #past = new PastTraffic();
  readonly #share = new WorkShare({ now: () => performance.now(), sleep: (millis) => Bun.sleep(millis) });
  readonly #ui = new Ui();
  #refused = 0;
  #clear: Bun.Server<undefined> | null = null;
  #secure: Bun.Server<undefined> | null = null;
  #isStopped = false;

  constructor(
    private readonly source: MonitorSource,
    private readonly options: MonitorOptions,
  ) {}

  /** Answers the port of the listener in clear. Throws what the system says, such as EADDRINUSE. */
  start(): number {
    this.#clear = this.#serve(this.options.clear!);
    return this.#clear.port!;
  }

  /** The same with TLS. */
  startSecure(): number {
    const { secure } = this.options;
    const { host, context } = secure!;
    this.#secure = this.#serve(secure!, context);
    const port = this.#secure.port!;
    context.onRenewal(() => this.#renew({ host, port }, context));
    return port;
  }

  /** Those that the listeners really have; 0 without one. */
  get ports(): { readonly clear: number; readonly secure: number } {
    return { clear: this.#clear?.port ?? 0, secure: this.#secure?.port ?? 0 };
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([this.#clear?.stop(true), this.#secure?.stop(true)]);
    this.#clear = null;
    this.#secure = null;
  }

  /** Bun has no other way to give a server another certificate; requests that are there are answered. */
  #renew(at: ListenFact, context: SecureContext): void {
    if (this.#isStopped) return;
    void this.#secure?.stop();
    try {
      this.#secure = this.#serve(at, context);
    } catch (error) {
      this.source.core.world.log.error(`https monitor: ${(error as Error).message}; trying again`);
      setTimeout(() => this.#renew(at, context), REOPEN_MILLIS);
    }
  }

  #serve({ host, port }: ListenFact, context: SecureContext | null = null): Bun.Server<undefined> {
    // As with nats-server, no certificate is asked for here.
    const tls = context === null ? {} : { tls: { ...context.server, requestCert: false } };
    return Bun.serve({
      hostname: host,
      port,
      development: false,
      ...tls,
      idleTimeout: IDLE_SECONDS,
      maxRequestBodySize: 0,
      fetch: (request) => this.answer(request),
      error: () => text(500, "internal error"),
    });
  }

  /** Answers a request that came by a listener of this server, or by another one below its own base path. */
  answer(request: Request, basePath = this.options.basePath): Response | Promise<Response> {
    const { method, url } = request;
    if (method !== "GET" && method !== "HEAD") return text(405, "method not allowed", { Allow: "GET, HEAD" });
    if (url.length > URL_BYTES_MAX) return text(414, "URI too long");
    const parsed = URL.parse(url);
    if (parsed === null) return text(400, "bad request");
    const path = withoutBase(parsed.pathname, basePath);
    if (path !== null && Ui.owns(path)) return this.#answerUi(path, request.headers);
    const endpoint = path === null ? undefined : ENDPOINTS.get(path);
    if (endpoint === undefined) return text(404, "404 page not found\n");
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
      return text(500, "internal error");
    }
  }

  #refuse(): Response {
    this.#refused++;
    return text(503, "too many requests", { "Retry-After": "1" });
  }

  #count(path: string): void {
    this.#requests.set(path, (this.#requests.get(path) ?? 0) + 1);
  }

  get #isCrowded(): boolean {
    return this.#open > OPEN_MAX;
  }

  /** Requests that are not wholly answered. */
  get #open(): number {
    return (this.#clear?.pendingRequests ?? 0) + (this.#secure?.pendingRequests ?? 0);
  }

  #try(endpoint: Endpoint, params: URLSearchParams): Response {
    try {
      return this.#show(endpoint, params);
    } catch (error) {
      if (error instanceof QueryError) return text(400, error.message);
      const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.source.core.world.log.error(`Monitoring request ${endpoint.counted} failed: ${why}`);
      return text(500, "internal error");
    }
  }

  #show(endpoint: Endpoint, params: URLSearchParams): Response {
    const callback = params.get("callback") ?? "";
    if (callback !== "" && !CALLBACK.test(callback)) throw new QueryError("invalid callback name");
    const answer = endpoint.answer(this.source, new Query(params), this.listener);
    if ("body" in answer) return reply(200, answer.body, answer.type);
    const json = JSON.stringify(answer.document, null, answer.indent);
    if (callback === "") return reply(answer.status, json, "application/json");
    return reply(answer.status, `${callback}(${json})`, "application/javascript");
  }

  /** What /varz shows of this listener. */
  get listener(): MonitorListener {
    const { clear, secure, basePath } = this.options;
    return {
      host: (clear ?? secure)?.host ?? "",
      port: this.#clear?.port ?? 0,
      securePort: this.#secure?.port ?? 0,
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

function reply(status: number, body: string, type: string, headers: Record<string, string> = {}): Response {
  return new Response(body, { status, headers: { ...COMMON, "Content-Type": type, ...headers } });
}

function text(status: number, body: string, headers: Record<string, string> = {}): Response {
  return reply(status, body, "text/plain; charset=utf-8", headers);
}
