// One end of a hand-over, driven over IPC. Of shared memory it is both: the other end is a thread of it.

import type { Socket } from "bun";
import { until } from "../lib/process.ts";
import { answer } from "../lib/worker.ts";
import type { Question } from "./handover.ts";
import { RingWriter, ringMemory } from "./ring.ts";

interface Out {
  /** How many bytes were taken; fewer than there are: `drained` comes first. */
  write(piece: Uint8Array): number;
  drained(): Promise<void>;
}

let out: Out | undefined;
let received: () => number = () => 0;
let counted = 0;
let onBytes: () => void = () => {};

answer(async (question: Question): Promise<number> => {
  switch (question.ask) {
    case "listen":
      return listen(question.way === "unix" ? question.path : undefined);
    case "dial":
      out = await dial(question.way === "unix" ? question.path : undefined, question.port);
      return 0;
    case "thread":
      out = await ring();
      return 0;
    case "send":
      return send(question.pieceBytes, question.millis);
    case "await":
      return awaited(question.bytes);
  }
});

async function send(pieceBytes: number, millis: number): Promise<number> {
  if (out === undefined) throw new Error("there is no other end yet");
  const piece = new Uint8Array(pieceBytes).fill(0x78);
  const end = performance.now() + millis;
  let bytes = 0;
  for (let turn = 0; (turn & 63) !== 0 || performance.now() < end; turn++) {
    let wrote = out.write(piece);
    while (wrote < piece.length) {
      await out.drained();
      wrote += out.write(piece.subarray(wrote));
    }
    bytes += piece.length;
  }
  return bytes;
}

async function awaited(bytes: number): Promise<number> {
  while (received() - counted < bytes) {
    await new Promise<void>((done) => {
      onBytes = done;
      // The counter of the ring is another thread's, which does not call us.
      setTimeout(done, 1);
    });
  }
  counted = received();
  return counted;
}

function listen(path: string | undefined): number {
  let bytes = 0;
  received = () => bytes;
  const socket = {
    data(_: Socket, chunk: Uint8Array) {
      bytes += chunk.length;
      onBytes();
    },
  };
  if (path === undefined) return Bun.listen({ hostname: "127.0.0.1", port: 0, socket }).port;
  Bun.listen({ unix: path, socket });
  return 0;
}

async function dial(path: string | undefined, port: number): Promise<Out> {
  let drain: () => void = () => {};
  const handlers = { data() {}, drain: () => drain() };
  const socket = await (path === undefined
    ? Bun.connect({ hostname: "127.0.0.1", port, socket: handlers })
    : Bun.connect({ unix: path, socket: handlers }));
  if (path === undefined) socket.setNoDelay(true);
  return {
    write: (piece) => Math.max(0, socket.write(piece)),
    drained: () =>
      new Promise<void>((done) => {
        drain = done;
      }),
  };
}

async function ring(): Promise<Out> {
  const memory = ringMemory();
  const writer = new RingWriter(memory);
  const thread = new globalThis.Worker(new URL("./ring-thread.ts", import.meta.url));
  thread.postMessage(memory);
  // A thread of Bun begins only while the one that made it is idle.
  await until("the other thread", () => writer.isRead);
  received = () => writer.taken;
  return { write: (piece) => writer.write(piece), drained: () => writer.drained() };
}
