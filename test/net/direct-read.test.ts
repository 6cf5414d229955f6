// More than Bun hands out at a time: what follows is read straight into the arena, and nothing of it is lost,
// doubled or moved. A real core, real sockets, and clients that speak for themselves.

import { afterAll, expect, test } from "bun:test";
import type { Socket } from "bun";
import { SystemClock } from "../../src/base/clock.ts";
import { Driver } from "../../src/net/driver.ts";
import { Box } from "../support/core-world.ts";
import { freePort } from "../support/ports.ts";
import { until } from "../support/wait.ts";
import { ALL_CLEAR } from "./fake-core.ts";

const drivers: Driver[] = [];
afterAll(() => Promise.all(drivers.map((driver) => driver.stop(100))));

/** A box that listens for clients. */
function listening(express: boolean): { driver: Driver; port: number } {
  const { core } = new Box({ express });
  const driver = new Driver(new SystemClock(), ALL_CLEAR);
  driver.core = core;
  const port = driver.listen("client", "127.0.0.1", freePort());
  driver.start();
  drivers.push(driver);
  return { driver, port };
}

/** Messages of many sizes, some longer than what is read at a time, each with its number. */
function* messages(bytes: number): Generator<Buffer> {
  const sizes = [16, 100, 1_000, 70_000, 33, 300_000, 1_000_000, 5];
  for (let sent = 0, i = 0; sent < bytes; i++) {
    const size = Math.max(10, sizes[(i * 7) % sizes.length]! + (i % 13));
    const text = `${i}:`.padEnd(size, String.fromCharCode(97 + (i % 26)));
    sent += size;
    yield Buffer.from(`PUB flood.${i % 3} ${size}\r\n${text}\r\n`);
  }
}

/** A socket that logs in and writes as fast as it can. */
async function client(port: number, heard: (chunk: Buffer) => void) {
  let room = (): void => {};
  const socket: Socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: { data: (_socket, chunk) => heard(Buffer.from(chunk)), drain: () => room() },
  });
  socket.write('CONNECT {"verbose":false,"pedantic":false}\r\n');
  const write = async (bytes: Buffer): Promise<void> => {
    for (let at = 0; at < bytes.length; ) {
      const taken = socket.write(bytes, at, bytes.length - at);
      at += Math.max(0, taken);
      if (at < bytes.length)
        await new Promise<void>((resolve) => {
          room = resolve;
        });
    }
  };
  return { socket, write };
}

for (const express of [true, false]) {
  test(`48 MB at full speed arrive whole and in order, ${express ? "with" : "without"} the express lane`, async () => {
    const { driver, port } = listening(express);
    expect(driver.direct).not.toBeNull();
    const wanted = [...messages(48_000_000)];
    let heard: Buffer[] = [];
    let bytes = 0;
    const sink = await client(port, (chunk) => {
      heard.push(chunk);
      bytes += chunk.length;
    });
    await sink.write(Buffer.from("SUB flood.* 1\r\nPING\r\n"));
    await until("the sink is subscribed", () => Buffer.concat(heard).includes("PONG"));
    heard = [];
    const source = await client(port, () => {});
    // In pieces that end anywhere.
    const all = Buffer.concat(wanted);
    for (let at = 0; at < all.length; at += 3_333_333) await source.write(all.subarray(at, at + 3_333_333));
    const expected = Buffer.concat(
      wanted.map((message) => {
        const [, subject] = message.toString("latin1", 0, 40).split(" ");
        return Buffer.concat([Buffer.from(`MSG ${subject} 1 `), message.subarray(5 + subject!.length)]);
      }),
    );
    bytes = heard.reduce((sum, { length }) => sum + length, 0);
    await until("all has arrived", () => bytes >= expected.length, 20_000);
    expect(Buffer.concat(heard).equals(expected)).toBe(true);
    expect(driver.direct!.bytes).toBeGreaterThan(1_000_000);
    source.socket.end();
    sink.socket.end();
  }, 30_000);
}

test("a connection that is closed behind a flood is seen to be", async () => {
  const { driver, port } = listening(true);
  const source = await client(port, () => {});
  await source.write(Buffer.concat([...messages(8_000_000)]));
  source.socket.end();
  await until("the box has let go of it", () => driver.core !== undefined && openClients(driver) === 0);
});

function openClients(driver: Driver): number {
  return (driver.core as unknown as { clients: Set<unknown> }).clients.size;
}
