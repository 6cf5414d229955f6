// An HTTP proxy that knows CONNECT and one user, and remembers where it was asked to go.

import { connect, createServer, type Server, type Socket } from "node:net";
import { freePort } from "./ports.ts";

export class HttpProxy {
  readonly port = freePort();
  /** The targets of all requests, as `host:port`. */
  readonly asked: string[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  /** With `login`, as "user:password", whoever does not give it gets a 407. */
  constructor(login?: string) {
    this.#server = createServer((near) => {
      this.#keep(near);
      near.once("data", (request) => this.#serve(near, request.toString("latin1"), login));
    });
    this.#server.listen(this.port, "127.0.0.1");
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #serve(near: Socket, request: string, login: string | undefined): void {
    const target = /^CONNECT (\S+):(\d+) HTTP\/1\.1\r\n/.exec(request);
    if (target === null) return void near.end("HTTP/1.1 400 Bad Request\r\n\r\n");
    this.asked.push(`${target[1]}:${target[2]}`);
    const given = /^Proxy-Authorization: Basic (\S+)\r$/im.exec(request)?.[1];
    if (login !== undefined && given !== btoa(login))
      return void near.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    const far = connect(Number(target[2]), target[1]);
    this.#keep(far);
    far.on("connect", () => {
      near.write("HTTP/1.1 200 Connection established\r\n\r\n");
      near.pipe(far);
      far.pipe(near);
    });
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
  }
}
