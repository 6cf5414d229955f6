// Messages between a nats-server and a fake session at the other end of a leaf link, both ways, in such
// numbers and sizes that the sockets between them fill up.

import { expect } from "bun:test";
import type { NatsConnection } from "@nats-io/transport-node";
import { until, within } from "../support/wait.ts";
import type { FakeSession, Rig } from "./fake-core.ts";

const COUNT = 40;
const BYTES = 500_000;

/** A payload that says which it is, everywhere. */
const payload = (index: number): Uint8Array => new Uint8Array(BYTES).fill(index + 1);

/** Everything that a client of the nats-server publishes to "up" comes whole and in order. The session must
 *  have announced its interest. */
export async function expectUpward(client: NatsConnection, session: FakeSession): Promise<void> {
  const hash = new Bun.CryptoHasher("sha256");
  const wanted = new Bun.CryptoHasher("sha256");
  const line = `LMSG up ${BYTES}\r\n`;
  const before = session.heardBytes;
  session.isQuiet = true;
  session.onBytes = (chunk) => void hash.update(chunk);
  for (let i = 0; i < COUNT; i++) {
    client.publish("up", payload(i));
    wanted.update(line).update(payload(i)).update("\r\n");
  }
  await client.flush();
  const bytes = COUNT * (line.length + BYTES + 2);
  await until("all messages are here", () => session.heardBytes - before >= bytes);
  session.isQuiet = false;
  session.onBytes = () => {};
  expect(session.heardBytes - before).toBe(bytes);
  expect(hash.digest("hex")).toBe(wanted.digest("hex"));
}

/** Everything that the session sends to "down" reaches a client of the nats-server whole and in order. */
export async function expectDownward(client: NatsConnection, session: FakeSession, rig: Rig): Promise<void> {
  const subscription = client.subscribe("down");
  await client.flush();
  await session.hears("LS+ down\r\n");
  const head = new TextEncoder().encode(`LMSG down ${BYTES}\r\n`);
  for (let i = 0; i < COUNT; i++) {
    session.egress.bytes(head);
    session.egress.bytes(payload(i));
    session.egress.text("\r\n");
  }
  rig.flush();
  await within("all messages arrive", received(), 20_000);
  expect(session.egress.pendingBytes).toBe(0);
  subscription.unsubscribe();

  async function received(): Promise<void> {
    let next = 0;
    for await (const { data } of subscription) {
      expect(data.length).toBe(BYTES);
      expect(data.every((byte) => byte === next + 1)).toBe(true);
      if (++next === COUNT) return;
    }
  }
}
