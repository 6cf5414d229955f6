// The admin socket: everything that monitoring shows, and what changes the state of the box. Who may open its
// file may do all of it; there are no other rights.

import { type AdminActs, routeOf } from "./admin-routes.ts";
import { QueryError } from "./query.ts";
import type { MonitorServer } from "./server.ts";

/** Bytes of a body: a configuration, as large as a file of one may be. */
const BODY_BYTES_MAX = 16 * 1024 * 1024;

/** Where acts begin; all other paths are monitoring's own. */
const ACTS = "/-/";

export class AdminServer {
  #server: Bun.Server<undefined> | null = null;

  constructor(
    private readonly monitor: MonitorServer,
    private readonly acts: AdminActs,
  ) {}

  /** Throws what the system says, such as EADDRINUSE. */
  start(path: string): void {
    this.#server = Bun.serve({
      unix: path,
      development: false,
      maxRequestBodySize: BODY_BYTES_MAX,
      fetch: (request, server) => this.#answer(request, server as Bun.Server<undefined>),
      error: () => json(500, { error: "internal error" }),
    });
  }

  async stop(): Promise<void> {
    await this.#server?.stop(true);
    this.#server = null;
  }

  async #answer(request: Request, server: Bun.Server<undefined>): Promise<Response> {
    const url = URL.parse(request.url);
    if (url === null) return json(400, { error: "bad request" });
    if (!url.pathname.startsWith(ACTS)) return this.monitor.answer(request, "");
    const routes = routeOf(url.pathname);
    if (routes === null) return json(404, { error: `there is no ${url.pathname}` });
    const route = routes[request.method];
    const allowed = Object.keys(routes).join(", ");
    if (route === undefined)
      return json(405, { error: `${url.pathname} takes ${allowed}` }, { Allow: allowed });
    // A stream has pauses, and a reload takes its time.
    server.timeout(request, 0);
    const body = request.method === "GET" ? "" : await request.text();
    try {
      const answered = route(this.acts, url.searchParams, body);
      if ("stream" in answered) return streamed(answered.stream);
      return json(answered.status, answered.document);
    } catch (error) {
      if (error instanceof QueryError) return json(400, { error: error.message });
      throw error;
    }
  }
}

function streamed(stream: ReadableStream<Uint8Array>): Response {
  return new Response(stream, { headers: { "Content-Type": "application/x-ndjson" } });
}

function json(status: number, document: object, headers: Record<string, string> = {}): Response {
  return Response.json(document, { status, headers });
}
