// What a hop costs in Bun without a look at the bytes, with the copies that the box makes: the chunk into the
// staging bytes of the other side, and one write a turn. Arguments: the port to listen on, and the port to
// send on to, both of the loopback.

import type { Socket } from "bun";

const STAGED_BYTES = 16 << 20;
/** As the box: more than this is not kept until the end of the turn. */
const FLUSH_BYTES = 256 << 10;

/** One way: what came and was not taken yet is staged[from, to). */
class Egress {
  socket: Socket<Egress> | null = null;
  readonly #staged = new Uint8Array(STAGED_BYTES);
  #from = 0;
  #to = 0;
  #scheduled = false;

  take(chunk: Uint8Array): void {
    if (this.#to + chunk.length > STAGED_BYTES) {
      this.#staged.copyWithin(0, this.#from, this.#to);
      this.#to -= this.#from;
      this.#from = 0;
    }
    this.#staged.set(chunk, this.#to);
    this.#to += chunk.length;
    if (this.#to - this.#from >= FLUSH_BYTES) this.flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.flush();
      });
    }
  }

  flush(): void {
    if (this.socket === null || this.#from === this.#to) return;
    this.#from += Math.max(0, this.socket.write(this.#staged, this.#from, this.#to - this.#from));
    if (this.#from === this.#to) this.#from = this.#to = 0;
  }
}

const [listenPort, targetPort] = process.argv.slice(2).map(Number) as [number, number];

Bun.listen<Egress>({
  hostname: "127.0.0.1",
  port: listenPort,
  socket: {
    open(from) {
      const egress = new Egress();
      from.data = egress;
      void Bun.connect<Egress>({
        hostname: "127.0.0.1",
        port: targetPort,
        data: egress,
        socket: {
          open(to) {
            egress.socket = to;
            egress.flush();
          },
          data() {},
          drain: () => egress.flush(),
          close: () => void from.end(),
        },
      });
    },
    data: (from, chunk) => from.data.take(chunk),
    close: (from) => void from.data.socket?.end(),
  },
});
console.log("ready");
