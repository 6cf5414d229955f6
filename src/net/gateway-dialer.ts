// Opens the connection to a remote gateway that the core asked for.

import type { Socket } from "bun";
import { DIAL_MILLIS } from "../base/limits.ts";
import type { DialRequest } from "../gateway/remotes.ts";
import { fdOf } from "./direct-read.ts";
import { Link } from "./link.ts";
import { addressOf, type LinkHost, socketHandlers } from "./link-host.ts";
import { type TlsContext, tlsFacts } from "./tls.ts";

/** Answers the core by dialed or dialFailed, once. */
export function dialGateway(host: LinkHost, request: DialRequest, tls: TlsContext | null): void {
  const { clock } = host;
  let answered = false;
  let dialled: Socket<Link> | undefined;
  const failed = (why: string): void => {
    if (answered) return;
    answered = true;
    clearTimeout(timer);
    dialled?.terminate();
    host.core.dialFailed(request, why, clock.now());
    host.turn();
  };
  const opened = (socket: Socket<Link>): void => {
    if (answered) return void socket.terminate();
    answered = true;
    clearTimeout(timer);
    socket.setNoDelay(true);
    if (tls !== null) socket.data.tls = tlsFacts(socket);
    host.bind(socket.data, host.core.dialed(request, addressOf(socket), clock.now()));
  };
  const timer = setTimeout(() => failed("i/o timeout"), DIAL_MILLIS * (tls === null ? 1 : 3));
  const { host: hostname, port } = request.url;
  Bun.connect<Link>({
    hostname,
    port,
    ...(tls === null ? {} : { tls: tls.client(request.tlsName) }),
    socket: {
      open: (socket) => {
        dialled = socket;
        socket.data = new Link(clock, socket);
        if (tls !== null) return;
        socket.data.fd = fdOf(socket);
        opened(socket);
      },
      handshake: (socket, success, error) => {
        if (tls === null) return;
        const refused = tls.refusalOfServer(socket, success, error);
        if (refused === null) return opened(socket);
        failed(`TLS handshake error: ${refused}`);
      },
      connectError: (_socket, error) => failed(error.message),
      ...socketHandlers(host, () => failed("connection closed during the handshake")),
    },
  }).catch((error: Error) => failed(error.message));
}
