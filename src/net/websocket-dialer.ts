// Opens a WebSocket to a hub that the core asked for, with Bun's own client. Source: leafnode.md §15, §16.

import type { LeafProxy } from "../leaf/options.ts";
import type { LeafDialRequest } from "./driven-core.ts";
import type { LeafDialTls } from "./leaf-dialer.ts";
import { Link } from "./link.ts";
import type { LinkHost } from "./link-host.ts";
import { authority, basicAuthorization, proxyPlace } from "./proxy.ts";
import { ClientTransport } from "./websocket-link.ts";

/** How errors of Bun begin, before they say something. */
const PREAMBLE = /^WebSocket connection to '[^']*' failed: /;

/** Answers the core by leafDialed or leafDialFailed, once. */
export function dialWebSocket(host: LinkHost, request: LeafDialRequest, tls: LeafDialTls): void {
  const { options } = request.remote;
  const { url } = request;
  const isSecure = url.scheme === "wss";
  let answered = false;
  const failed = (why: string): void => {
    if (answered) return;
    answered = true;
    clearTimeout(timer);
    host.core.leafDialFailed(request, why, host.clock.now());
    host.turn();
  };
  const place = options.proxy === null ? null : proxyPlace(options.proxy);
  if (typeof place === "string") return failed(place);
  const allowedMillis =
    options.dialTimeoutMillis +
    (isSecure ? tls.hub.timeoutMillis : 0) +
    (options.proxy === null ? 0 : options.proxy.timeoutMillis);
  const timer = setTimeout(() => {
    failed("i/o timeout");
    socket.terminate();
  }, allowedMillis);
  const pin = new PinCheck(tls);
  const socket = new WebSocket(`${url.scheme}://${authority(url.host, url.port)}${url.path}/leafnode`, {
    perMessageDeflate: options.webSocketCompression,
    ...(isSecure ? { tls: { ...tls.hub.client(request.tlsName), ...pin.options } } : {}),
    ...(options.proxy === null ? {} : { proxy: proxyOf(options.proxy, tls) }),
  });
  socket.binaryType = "arraybuffer";
  const link: Link = new Link(host.clock, new ClientTransport(socket, () => flushed()));
  const flushed = (): void => {
    link.flush();
    host.planTurn();
  };
  socket.onopen = () => {
    if (answered) return;
    if (isSecure && !pin.passed) {
      failed("TLS handshake error: certificate is not in pinned_certs");
      return socket.terminate();
    }
    answered = true;
    clearTimeout(timer);
    const transport = { secure: isSecure, webSocket: true, certificate: null };
    const address = { ip: url.host, port: url.port };
    host.bind(link, host.core.leafDialed(request, address, host.clock.now(), transport));
  };
  socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
    link.data(typeof data === "string" ? Buffer.from(data) : new Uint8Array(data));
    host.planTurn();
  };
  socket.onerror = (event) => failed((event as ErrorEvent).message.replace(PREAMBLE, ""));
  socket.onclose = () => {
    failed("connection closed during the handshake");
    host.gone(link, "Client Closed");
  };
}

function proxyOf(proxy: LeafProxy, tls: LeafDialTls) {
  const { url } = proxy;
  const authorization = basicAuthorization(proxy);
  return {
    url,
    ...(authorization === null ? {} : { headers: { "Proxy-Authorization": authorization } }),
    ...(url.startsWith("https:") ? { tls: tls.proxy.client(new URL(url).hostname) } : {}),
  };
}

/** Bun asks only about certificates that verify otherwise, and with insecure it does not mind the answer: so
 *  what counts is that it was asked, and that the answer was yes. */
class PinCheck {
  passed: boolean;
  readonly options: {
    checkServerIdentity?: (host: string, certificate: { raw: Buffer }) => Error | undefined;
  };

  constructor({ hub }: LeafDialTls) {
    this.passed = !hub.pins;
    if (!hub.pins) this.options = {};
    else {
      const checkServerIdentity = (_host: string, { raw }: { raw: Buffer }): Error | undefined => {
        this.passed = hub.isPinned(raw);
        return this.passed ? undefined : new Error("certificate is not in pinned_certs");
      };
      this.options = { checkServerIdentity };
    }
  }
}
