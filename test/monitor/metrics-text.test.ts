// The text format, whatever stands in names and texts.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { labelsOf, MetricsText, NO_LABELS, withLabels } from "../../src/monitor/metrics-text.ts";
import { readPrometheus } from "./prometheus.ts";

/** Texts that are likely to break a line, a label or the reader. */
const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({
    unit: fc.constantFrom("\\", '"', "\n", "n", "{", "}", ",", "=", " ", "#", "\r", "\0", "é", "🦊"),
  }),
);

test("labels of any text are read back as they were", () => {
  fc.assert(
    fc.property(hostile, hostile, hostile, (a, b, help) => {
      const text = new MetricsText();
      text.family("m_total", { type: "counter", help });
      text.add("m_total", withLabels(labelsOf({ a }), { b }), 1);
      const family = readPrometheus(text.text()).get("m_total");
      expect(family).toEqual({
        type: "counter",
        help,
        samples: [{ name: "m_total", labels: { a, b }, value: 1 }],
      });
    }),
  );
});

test("any number is read back as it was", () => {
  fc.assert(
    fc.property(fc.double(), (value) => {
      const text = new MetricsText();
      text.family("m", { type: "gauge", help: "h" });
      text.add("m", NO_LABELS, value);
      const read = readPrometheus(text.text()).get("m")?.samples[0]?.value;
      expect(read).toBe(value === 0 ? 0 : value); // -0 is 0 to a scraper.
    }),
  );
});

test("samples stand with their family, in whatever order they were added", () => {
  const text = new MetricsText();
  for (const name of ["a", "b"]) text.family(name, { type: "gauge", help: name });
  for (const at of ["1", "2"]) for (const name of ["b", "a"]) text.add(name, labelsOf({ at }), Number(at));
  expect(text.text()).toBe(
    '# HELP a a\n# TYPE a gauge\na{at="1"} 1\na{at="2"} 2\n' +
      '# HELP b b\n# TYPE b gauge\nb{at="1"} 1\nb{at="2"} 2\n',
  );
});

test("the reader of these tests refuses what is not the format", () => {
  const head = "# HELP m h\n# TYPE m gauge\n";
  const bad = [
    "m 1\n",
    `${head}m 1`,
    `${head}m{a="1",a="2"} 1\n`,
    `${head}m{a="1"} 1\nm{a="1"} 2\n`,
    `${head}m{a="\\x"} 1\n`,
    `${head}m{a="x} 1\n`,
    `${head}m{} 1\n`,
    `${head}m  1\n`,
    `${head}m 1 \n`,
    `${head}m one\n`,
    `${head}n 1\n`,
    `${head}${head}`,
    "# HELP m h\nm 1\n",
    "# TYPE m gauge\nm 1\n",
    `${head}\nm 1\n`,
    `${head}# a comment\n`,
  ];
  for (const text of bad) expect(() => readPrometheus(text)).toThrow();
  expect(readPrometheus(`${head}m{a="1"} +Inf\n`).get("m")?.samples[0]?.value).toBe(Number.POSITIVE_INFINITY);
});
