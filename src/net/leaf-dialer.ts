// Opens the connection to a hub that the core asked for: TCP, perhaps through a proxy, perhaps with TLS at
// once, perhaps with TLS when the session wants it. Source: leafnode.md §11, §16.

import type { Socket, TLSOptions } from "bun";
import type { Millis } from "../base/clock.ts";
import type { LeafProxy } from "../leaf/options.ts";
import { fdOf } from "./direct-read.ts";
import type { LeafDialRequest } from "./driven-core.ts";
import { Link } from "./link.ts";
import { addressOf, type LinkHost, socketHandlers } from "./link-host.ts";
import { connectRequest, ProxyReply, proxyPlace } from "./proxy.ts";
import { startTls } from "./starttls.ts";
import { type TlsContext, tlsFacts } from "./tls.ts";

/** Contexts of one remote; those that it is configured with, or the system's. */
export interface LeafDialTls {
  readonly hub: TlsContext;
  readonly proxy: TlsContext;
}

/** Answers the core by leafDialed or leafDialFailed, once. */
export class LeafDialer {
  #answered = false;
  #timer: Timer | undefined;
  #socket: Socket<Link> | undefined;

  constructor(
    private readonly host: LinkHost,
    private readonly request: LeafDialRequest,
    private readonly tls: LeafDialTls,
  ) {}

  dial(): void {
    const { options } = this.request.remote;
    const { url, tlsName } = this.request;
    const { hub, proxy: proxyTls } = this.tls;
    const { proxy } = options;
    if (proxy === null) {
      if (!options.handshakeFirst) return this.#connect(url.host, url.port, null, options.dialTimeoutMillis);
      const secure = { context: hub, client: hub.client(tlsName) };
      return this.#connect(url.host, url.port, secure, options.dialTimeoutMillis);
    }
    const place = proxyPlace(proxy);
    if (typeof place === "string") return this.#failed(place);
    const { host, port, isSecure } = place;
    const secure = isSecure ? { context: proxyTls, client: proxyTls.client(host) } : null;
    this.#connect(host, port, secure, proxy.timeoutMillis);
  }

  /** `secure`: TLS from the first byte, with whomever is dialled. */
  #connect(
    hostname: string,
    port: number,
    secure: { context: TlsContext; client: TLSOptions } | null,
    timeoutMillis: Millis,
  ): void {
    const { host } = this;
    this.#within(timeoutMillis + (secure?.context.timeoutMillis ?? 0));
    const handlers = socketHandlers(host, () => this.#failed("connection closed during the handshake"));
    const { proxy } = this.request.remote.options;
    Bun.connect<Link>({
      hostname,
      port,
      ...(secure === null ? {} : { tls: secure.client }),
      socket: {
        ...handlers,
        open: (socket) => {
          this.#socket = socket;
          socket.data = proxy === null ? new Link(host.clock, socket) : new ProxiedLink(host.clock, socket);
          if (secure === null) this.#connected(socket, false);
        },
        handshake: (socket, success, error) => {
          if (secure === null) return;
          const refused = secure.context.refusalOfServer(socket, success, error);
          if (refused === null) return this.#connected(socket, true);
          this.#failed(`TLS handshake error: ${refused}`);
        },
        connectError: (_socket, error) => this.#failed(error.message),
      },
    }).catch((error: Error) => this.#failed(error.message));
  }

  #connected(socket: Socket<Link>, secure: boolean): void {
    if (this.#answered) return void socket.terminate();
    socket.setNoDelay(true);
    const { proxy } = this.request.remote.options;
    if (proxy === null) return this.#dialed(socket, secure);
    this.#askProxy(socket, proxy);
  }

  #askProxy(socket: Socket<Link>, proxy: LeafProxy): void {
    const { url } = this.request;
    const reply = new ProxyReply();
    (socket.data as ProxiedLink).proxied = (chunk) => {
      const answer = reply.feed(chunk);
      if (answer === null) return;
      (socket.data as ProxiedLink).proxied = null;
      if (answer.refusal !== null) return this.#failed(answer.refusal);
      this.#reached(socket, answer.rest);
    };
    socket.write(connectRequest(proxy, url.host, url.port));
  }

  /** What is written now is read by the hub. `rest`: what it said already. */
  #reached(socket: Socket<Link>, rest: Uint8Array): void {
    const { options } = this.request.remote;
    if (!options.handshakeFirst) return this.#dialed(socket, false, rest);
    const { hub } = this.tls;
    this.#within(hub.timeoutMillis);
    startTls(this.host, socket, {
      ...this.#upgrade(hub),
      done: (secure) => this.#dialed(secure, true),
      failed: (why) => this.#failed(`TLS handshake error: ${why}`),
    });
  }

  #dialed(socket: Socket<Link>, secure: boolean, rest?: Uint8Array): void {
    if (this.#answered) return void socket.terminate();
    this.#answered = true;
    clearTimeout(this.#timer);
    const { host, request } = this;
    const { hub } = this.tls;
    const { data: link } = socket;
    if (secure) link.tls = tlsFacts(socket);
    else {
      link.fd = fdOf(socket);
      link.startTls = () => this.#secure(socket);
    }
    const session = host.core.leafDialed(request, addressOf(socket), host.clock.now(), {
      secure,
      webSocket: false,
      certificate: secure ? hub.namesOf(socket) : null,
    });
    host.bind(link, session);
    if (rest !== undefined && rest.length > 0) link.data(rest);
  }

  #secure(socket: Socket<Link>): void {
    const { host } = this;
    const { hub } = this.tls;
    const { data: link } = socket;
    startTls(host, socket, {
      ...this.#upgrade(hub),
      done: (secure) => link.secured(hub.namesOf(secure), tlsFacts(secure)),
      failed: (why) => {
        const { session } = link;
        if (session === null || link.isOver) return;
        session.lastError = `TLS handshake error: ${why}`;
        const fields = { ...session.fields, reason: "TLS Handshake Failure" };
        host.core.world.log.error(`${session.name} - TLS leafnode handshake error: ${why}`, fields);
        link.over("TLS Handshake Failure");
      },
    });
  }

  #upgrade(context: TlsContext) {
    return {
      isServer: false,
      tls: context.client(this.request.tlsName),
      timeoutMillis: context.timeoutMillis,
      refusal: (socket: Socket<Link>, success: boolean, error: Error | null) =>
        context.refusalOfServer(socket, success, error),
    };
  }

  #within(millis: Millis): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#failed("i/o timeout"), millis);
  }

  #failed(why: string): void {
    if (this.#answered) return;
    this.#answered = true;
    clearTimeout(this.#timer);
    const { host } = this;
    host.core.leafDialFailed(this.request, why, host.clock.now());
    this.#socket?.terminate();
    host.turn();
  }
}

/** As long as the proxy speaks, no session hears it. */
class ProxiedLink extends Link {
  proxied: ((chunk: Uint8Array) => void) | null = null;

  override data(chunk: Uint8Array): void {
    if (this.proxied === null) super.data(chunk);
    else this.proxied(chunk);
  }
}
