import { expect, test } from "bun:test";
import type { Millis } from "../../src/base/clock.ts";
import { Link } from "../../src/net/link.ts";
import type { Session } from "../../src/peer/session.ts";
import { Box, complete, start } from "../support/core-world.ts";

/** A link to a remote that is told lists; each look at the clock takes a tenth of a millisecond. */
function reading() {
  const box = new Box();
  const peer = box.outbound("B", { gateway_iom: true });
  let now: Millis = 1_000;
  const clock = {
    now: () => {
      now += 0.1;
      return now;
    },
  };
  const said: string[] = [];
  const link = new Link(clock, {
    write: (_buf, _from, length) => length,
    end: () => {},
    terminate: () => {},
    pause: () => said.push("pause"),
    resume: () => said.push("resume"),
  });
  link.session = peer.session as Session;
  return { box, link, said, rows: () => box.core.store.rows() };
}

const list = (count: number): Uint8Array =>
  Buffer.from(
    [
      start("B", "ACC"),
      ...Array.from({ length: count }, (_, at) => `RS+ ACC foo.${at}`),
      complete("B", "ACC"),
      "",
    ].join("\r\n"),
  );

test("a long list is read in pieces, as long as it is let, and nothing more is taken meanwhile", () => {
  const { link, said, rows } = reading();
  link.data(list(10_000));
  expect([rows(), said]).toEqual([0, ["pause"]]);
  let turns = 0;
  let before = 0;
  for (; link.hasUnread; turns++) {
    link.readOn(0.1);
    expect(rows() - before).toBeLessThan(1_000);
    before = rows();
  }
  expect(turns).toBeGreaterThan(10);
  expect([rows(), said]).toEqual([10_000, ["pause", "resume"]]);
});

test("what comes although nothing more was to come is read behind what waits", () => {
  const { link, said, rows } = reading();
  const bytes = list(2_000);
  for (const cut of [0, 1_000, 9_999, 20_000]) {
    const next = [1_000, 9_999, 20_000, bytes.length].find((to) => to > cut);
    link.data(bytes.subarray(cut, next));
  }
  while (link.hasUnread) link.readOn(0.1);
  expect([rows(), said]).toEqual([2_000, ["pause", "resume"]]);
});

test("a link that is over reads on for a moment, and then nothing more", () => {
  const { link, rows } = reading();
  link.data(list(200_000));
  link.over("Client Closed");
  const before = rows();
  expect(before).toBeLessThan(100_000);
  link.readOn(100);
  expect([link.hasUnread, rows()]).toEqual([false, before]);
});

test("who refuses us and goes at once is heard: the reason is what it said", () => {
  const { link } = reading();
  const { session } = link;
  link.data(Buffer.from("-ERR 'Authorization Violation'\r\n"));
  link.over("Client Closed");
  expect([session!.closing, session!.lastError]).toEqual([
    "Authentication Failure",
    "'Authorization Violation'",
  ]);
});
