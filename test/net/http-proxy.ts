// An HTTP proxy that knows CONNECT and little else, in clear or with TLS.

import type { Socket } from "bun";

interface Way {
  head: string;
  far: Socket<Way> | undefined;
  near: Socket<Way> | undefined;
  waiting: Buffer[];
}

export interface ProxyRules {
  /** Of Proxy-Authorization; null: anybody. */
  readonly authorization?: string | null;
  readonly tls?: { cert: string; key: string };
  /** Answers this instead. */
  readonly answer?: string;
  /** How the answer leaves: in one piece, byte by byte, or in one piece with what the hub says first. */
  readonly manner?: "whole" | "bytes" | "joined";
}

export class HttpProxy {
  readonly requests: string[] = [];
  readonly #listener: Bun.TCPSocketListener<Way>;

  constructor(private readonly rules: ProxyRules = {}) {
    this.#listener = Bun.listen<Way>({
      hostname: "127.0.0.1",
      port: 0,
      ...(rules.tls === undefined ? {} : { tls: rules.tls }),
      socket: {
        open: (near) => {
          near.data = { head: "", far: undefined, near, waiting: [] };
        },
        data: (near, chunk) => this.#heard(near, chunk),
        drain: (near) => push(near, near.data.waiting),
        // A handshake that fails closes what was never opened.
        close: (near: Socket<Way | undefined>) => void near.data?.far?.end(),
      },
    });
  }

  get port(): number {
    return this.#listener.port;
  }

  close(): void {
    this.#listener.stop(true);
  }

  #heard(near: Socket<Way>, chunk: Buffer): void {
    const { far } = near.data;
    if (far !== undefined) return push(far, far.data.waiting, chunk);
    near.data.head += chunk.toString("latin1");
    if (!near.data.head.endsWith("\r\n\r\n")) return;
    this.requests.push(near.data.head);
    const { authorization = null, answer, manner = "whole" } = this.rules;
    if (answer !== undefined) return void near.write(answer);
    if (authorization !== null && !near.data.head.includes(`Proxy-Authorization: ${authorization}\r\n`)) {
      near.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
      return;
    }
    const [, hostname, port] = /^CONNECT (.+):(\d+) /.exec(near.data.head) ?? [];
    void this.#reach(near, hostname!, Number(port), manner);
  }

  async #reach(near: Socket<Way>, hostname: string, port: number, manner: string): Promise<void> {
    const opening = "HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n";
    if (manner === "whole") near.write(opening);
    for (const char of manner === "bytes" ? opening : "") {
      near.write(char);
      near.flush();
      await Bun.sleep(1);
    }
    let head = manner === "joined" ? Buffer.from(opening) : undefined;
    await Bun.connect<Way>({
      hostname,
      port,
      data: { head: "", far: undefined, near, waiting: [] },
      socket: {
        open: (far) => {
          near.data.far = far;
        },
        data: (_far, chunk) => {
          push(near, near.data.waiting, head === undefined ? chunk : Buffer.concat([head, chunk]));
          head = undefined;
        },
        drain: (far) => push(far, far.data.waiting),
        close: () => void near.end(),
      },
    });
  }
}

/** Writes as much as goes; the rest waits for drain. */
function push(socket: Socket<Way>, waiting: Buffer[], chunk?: Buffer): void {
  if (chunk !== undefined) waiting.push(Buffer.from(chunk));
  while (waiting.length > 0) {
    const next = waiting[0]!;
    const taken = Math.max(0, socket.write(next, 0, next.length));
    if (taken < next.length) {
      waiting[0] = next.subarray(taken);
      return;
    }
    waiting.shift();
  }
}
