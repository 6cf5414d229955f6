// Subjects that match the same interest share an answer, and only where nothing but that interest decides.

import { expect, test } from "bun:test";
import { bytesOf } from "../../src/base/bytes.ts";
import { SeededRandom } from "../../src/base/random.ts";
import { matches } from "../../src/subject/match.ts";
import { Box, complete, start } from "../support/core-world.ts";

const PATTERNS = ["orders.>", "orders.*", "orders.eu.*", "*.eu.1", ">", "orders.eu.1"];
const DENIED = [[], [], ["orders.eu.*"], ["orders.eu.1"], ["*.eu.>"]];
const SUBJECTS = ["orders.1", "orders.2", "orders.eu.1", "orders.eu.2", "bills.eu.1", "bills.eu.2", "x", "y"];

const isMatch = (pattern: string, subject: string): boolean => {
  const [p, s] = [bytesOf(pattern), bytesOf(subject)];
  return matches(p, 0, p.length, s, 0, s.length);
};

for (let seed = 1; seed <= 20; seed++) {
  test(`each subject reaches those who want it and may have it, whatever was sent before: ${seed}`, () => {
    const random = new SeededRandom(seed);
    const draw = <T>(list: readonly T[]): T => list[random.uint32() % list.length]!;
    const users = Array.from({ length: 5 }, (_, i) => ({
      user: `u${i}`,
      pattern: draw(PATTERNS),
      deny: draw(DENIED),
    }));
    const box = new Box({
      accounts: {
        users: [
          { user: "g", password: "g", account: "$G" },
          ...users.map(({ user, deny }) => ({
            ...{ user, password: "p", account: "$G" },
            permissions: { publish: null, subscribe: { allow: null, deny }, responses: null },
          })),
        ] as never,
      },
    });
    const east = box.outbound("B");
    east.says(start("B", "$G"), "RS+ $G orders.eu.>", complete("B", "$G"));
    const clients = users.map(({ user, pattern }) => {
      const client = box.client({ user, pass: "p" });
      client.says(`SUB ${pattern} 1`);
      client.hears();
      return client;
    });
    const publisher = box.client();
    for (let i = 0; i < 60; i++) {
      const subject = draw(SUBJECTS);
      publisher.says(`PUB ${subject} 1`, "x");
      const got = clients.map((client) => client.hears().filter((line) => line.startsWith("MSG")).length);
      const wanted = users.map(({ pattern, deny }) => {
        // A pattern that is denied as a whole was refused.
        const isRefused =
          deny.includes(pattern) ||
          (deny.includes("*.eu.>") && pattern === "orders.eu.*") ||
          (deny.includes("*.eu.>") && ["*.eu.1", "orders.eu.1"].includes(pattern)) ||
          (deny.includes("orders.eu.*") && pattern === "orders.eu.1");
        return !isRefused && isMatch(pattern, subject) && !deny.some((each) => isMatch(each, subject))
          ? 1
          : 0;
      });
      expect([i, subject, got]).toEqual([i, subject, wanted]);
      expect([i, subject, east.hears().length > 0]).toEqual([i, subject, isMatch("orders.eu.>", subject)]);
    }
  });
}

test("a million subjects below one wildcard have one answer", () => {
  const box = new Box();
  const client = box.client();
  client.says("SUB orders.> 1");
  const { forwarder } = box.core;
  const frame = Object.assign(Object.create(null), { account: box.account("$G") });
  const sets = new Set(
    Array.from({ length: 1_000 }, (_, i) => {
      const subject = bytesOf(`orders.${i}`);
      return forwarder.lookup(frame, 0, i, subject, 0, subject.length);
    }),
  );
  expect(sets.size).toBe(1);
});
