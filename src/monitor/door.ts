// One address at which monitoring answers, in clear or with TLS.

import type { Door } from "../base/staged.ts";
import { refusal } from "./reply.ts";
import type { ListenFact } from "./source.ts";

/** A certificate that may be renewed. */
export interface SecureContext {
  /** What Bun.serve takes. */
  readonly server: Bun.TLSOptions;
  onRenewal(follow: () => void): void;
}

/** How long to wait until a port is asked for again that was just given back. */
const REOPEN_MILLIS = 1_000;

/** Seconds after which a connection on which nothing happens is closed. */
const IDLE_SECONDS = 30;

export class MonitorDoor implements Door {
  readonly port: number;
  #server: Bun.Server<undefined>;
  #isStopped = false;

  /** Opens it. Throws what the system says, such as EADDRINUSE. */
  constructor(
    private readonly at: ListenFact & { readonly context?: SecureContext },
    private readonly answer: (request: Request) => Response | Promise<Response>,
    /** It could not be opened again, and that is tried later. */
    private readonly shut: (why: string) => void,
  ) {
    this.#server = this.#open(at.port);
    this.port = this.#server.port!;
    // Bun has no other way to give a server another certificate; requests that are there are answered.
    at.context?.onRenewal(() => {
      if (this.#isStopped) return;
      void this.#server.stop();
      this.#reopen();
    });
  }

  isAt({ host, port, context }: MonitorDoor["at"]): boolean {
    return this.at.host === host && this.at.port === port && this.at.context === context;
  }

  /** Requests that are not wholly answered. */
  get pending(): number {
    return this.#server.pendingRequests;
  }

  stop(): void {
    if (!this.#isStopped) void this.#server.stop();
    this.#isStopped = true;
  }

  reopen(): void {
    this.#isStopped = false;
    this.#reopen();
  }

  /** At once, whoever is there. */
  async close(): Promise<void> {
    this.#isStopped = true;
    await this.#server.stop(true);
  }

  #reopen(): void {
    if (this.#isStopped) return;
    try {
      this.#server = this.#open(this.port);
    } catch (error) {
      this.shut((error as Error).message);
      setTimeout(() => this.#reopen(), REOPEN_MILLIS);
    }
  }

  #open(port: number): Bun.Server<undefined> {
    const { host, context } = this.at;
    // As with nats-server, no certificate is asked for here.
    const tls = context === undefined ? {} : { tls: { ...context.server, requestCert: false } };
    return Bun.serve({
      hostname: host,
      port,
      development: false,
      ...tls,
      idleTimeout: IDLE_SECONDS,
      maxRequestBodySize: 0,
      fetch: (request) => this.answer(request),
      error: () => refusal(500, "internal error"),
    });
  }
}
