// What must hold of stream imports whatever is imported and whoever subscribes.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { bytesOf, textOf } from "../../src/base/bytes.ts";
import { StreamImport } from "../../src/forward/imports.ts";
import { matches } from "../../src/subject/match.ts";
import { Box } from "../support/core-world.ts";
import { traffic } from "../support/traffic.ts";

const IMPORTS = [
  { subject: "st.>", to: "im.st.>" },
  { subject: "st.>", to: "st.>" },
  { subject: "a.*.*", to: "$2.b.$1" },
  { subject: "a.*", to: "a.*.a" },
  { subject: "a.b", to: "b" },
  { subject: ">", to: "im.>" },
  { subject: "*.>", to: "$1.a.>" },
].map((each) => ({ account: "ACC", ...each }));

const TOKEN = fc.constantFrom("a", "b", "st", "im");

const LITERAL = fc.array(TOKEN, { minLength: 1, maxLength: 5 }).map((tokens) => tokens.join("."));

const PATTERN = fc
  .tuple(fc.array(fc.oneof(TOKEN, fc.constant("*")), { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([tokens, tail]) => [...tokens.slice(0, tail ? -1 : undefined), ...(tail ? [">"] : [])].join("."));

const isMatch = (pattern: Uint8Array, literal: Uint8Array): boolean =>
  matches(pattern, 0, pattern.length, literal, 0, literal.length);

describe.each(IMPORTS)("$subject as $to", (options) => {
  const made = new StreamImport(1, options);

  test("a subscription's shadow matches what its pattern matches under the local form, and nothing else", () => {
    fc.assert(
      fc.property(PATTERN, LITERAL, (pattern, literal) => {
        const [wanted, said] = [bytesOf(pattern), bytesOf(literal)];
        if (!isMatch(made.subject, said)) return;
        const local = made.localOf(said, 0, said.length);
        const shadow = made.wantedBy(wanted, 0, wanted.length);
        const byShadow = shadow !== null && isMatch(shadow, said);
        expect({ local: textOf(local), by: byShadow }).toEqual({
          local: textOf(local),
          by: isMatch(wanted, local),
        });
      }),
      { numRuns: 2_000 },
    );
  });

  test("a shadow asks for nothing that is not imported", () => {
    fc.assert(
      fc.property(PATTERN, LITERAL, (pattern, literal) => {
        const [wanted, said] = [bytesOf(pattern), bytesOf(literal)];
        const shadow = made.wantedBy(wanted, 0, wanted.length);
        if (shadow !== null && isMatch(shadow, said)) expect(isMatch(made.subject, said)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});

test("whoever comes and goes, the exporting account is left with what is wanted", () => {
  const SUBJECTS = ["im.st.x", "im.>", "im.st.*", ">", "other"];
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(3), fc.constantFrom(...SUBJECTS), fc.constantFrom("", " q"), fc.boolean()), {
        maxLength: 40,
      }),
      (steps) => {
        const box = new Box({ traffic: [traffic("ACC2", { streams: [IMPORTS[0]!] })] });
        const remote = box.inbound("B");
        remote.hears();
        const clients = [0, 1, 2, 3].map(() => box.client({ user: "b", pass: "b" }));
        const open = clients.map(() => new Set<string>());
        for (const [who, subject, queue, adds] of steps) {
          const sid = `${SUBJECTS.indexOf(subject)}${queue.trim()}`;
          clients[who]!.says(adds ? `SUB ${subject}${queue} ${sid}` : `UNSUB ${sid}`);
          if (adds) open[who]!.add(sid);
          else open[who]!.delete(sid);
        }
        const wanted = open.reduce(
          (sum, of) => sum + [...of].filter((sid) => !sid.startsWith("4")).length,
          0,
        );
        expect(box.core.traffic.shadows.count).toBe(wanted);
        expect(box.core.store.rows(box.account("ACC"))).toBe(wanted);
        for (const client of clients) client.goes();
        expect(box.core.store.rows(box.account("ACC"))).toBe(0);
        const told = remote.hears().filter((line) => line.includes(" ACC "));
        expect(told.filter((line) => line.startsWith("RS+")).length).toBe(told.length / 2);
      },
    ),
    { numRuns: 100 },
  );
});
