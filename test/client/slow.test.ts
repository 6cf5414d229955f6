// Clients that do not keep up: cut with nats-server's own reason, and nobody else feels it.

import { expect, test } from "bun:test";
import { Box } from "../support/core-world.ts";

const BODY = "x".repeat(50_000);
const LIMIT = 1024 * 1024;

test("a client with more than max_pending waiting is cut without -ERR; the others get everything, in order", () => {
  const box = new Box({ client: { pendingMax: LIMIT } });
  const [slow, well, publisher] = [box.client(), box.client(), box.client()];
  slow.says("SUB foo 1");
  well.says("SUB foo 1");
  slow.appetite = 10_000;
  let most = 0;
  for (let i = 0; i < 60; i++) {
    publisher.says(`PUB foo ${BODY.length}\r\n${BODY}`);
    most = Math.max(most, slow.session.egress.pendingBytes);
  }
  expect(slow.ended).toBe("Slow Consumer (Pending Bytes)");
  expect(slow.hearsRaw()).not.toContain("-ERR");
  expect(most).toBeGreaterThan(LIMIT / 2);
  expect(most).toBeLessThan(LIMIT + 600_000);
  expect(box.core.slowConsumers.clients).toBe(1);
  expect(box.logged("Slow Consumer Detected", slow.session.name)).toHaveLength(1);
  expect(well.hearsRaw()).toBe(`MSG foo 1 ${BODY.length}\r\n${BODY}\r\n`.repeat(60));
  expect([well.ended, publisher.ended]).toEqual([null, null]);
  expect(box.core.store.rows()).toBe(1);
  expect(box.core.closed.toArray().at(-1)!.reason).toBe("Slow Consumer (Pending Bytes)");
});

test("within one turn a slow client holds no more than max_pending and a little, and what is dropped is counted", () => {
  const box = new Box({ client: { pendingMax: LIMIT } });
  const [slow, publisher] = [box.client(), box.client()];
  slow.says("SUB foo 1");
  slow.appetite = 0;
  publisher.session.receive(Buffer.from(`PUB foo ${BODY.length}\r\n${BODY}\r\n`.repeat(100)), box.now);
  expect(slow.session.egress.pendingBytes).toBeLessThan(LIMIT + 600_000);
  expect(box.dropped).toBeGreaterThan(60);
  box.settle();
  expect(slow.ended).toBe("Slow Consumer (Pending Bytes)");
});

test("a client that takes nothing for the write deadline is cut", () => {
  const box = new Box({ clientWriteDeadlineMillis: 3_000 });
  const [slow, publisher] = [box.client(), box.client()];
  slow.says("SUB foo 1");
  slow.appetite = 0;
  slow.answersPings = false;
  publisher.says("PUB foo 1\r\nx");
  box.wait(2_999);
  expect(slow.ended).toBeNull();
  box.wait(1);
  expect(slow.ended).toBe("Slow Consumer (Write Deadline)");
  expect(box.core.slowConsumers.clients).toBe(1);
});

test("a client that takes a little from time to time is not cut by the deadline", () => {
  const box = new Box({ clientWriteDeadlineMillis: 3_000 });
  const [slow, publisher] = [box.client(), box.client()];
  slow.says("SUB foo 1");
  slow.appetite = 0;
  publisher.says(`PUB foo ${BODY.length}\r\n${BODY}`);
  for (let i = 0; i < 10; i++) {
    box.wait(2_000);
    slow.resumes(1_000);
  }
  expect(slow.ended).toBeNull();
  slow.resumes();
  expect(slow.hearsRaw()).toBe(`MSG foo 1 ${BODY.length}\r\n${BODY}\r\n`);
});

test("a client that asks without end and reads no answers is cut too", () => {
  const box = new Box({ client: { pendingMax: LIMIT } });
  const client = box.client();
  client.appetite = 0;
  for (let i = 0; i < 60 && client.ended === null; i++) client.saysRaw("PING\r\n".repeat(10_000));
  expect(client.ended).toBe("Slow Consumer (Pending Bytes)");
});
