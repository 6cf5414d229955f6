// What is made of a report: plots, a page, and a document.

import { expect, test } from "bun:test";
import { chartsOf } from "../../bench/report/charts.ts";
import { docsText } from "../../bench/report/docs.ts";
import { cellText, escaped, scriptJson } from "../../bench/report/escape.ts";
import { slugOf } from "../../bench/report/out.ts";
import { alignedOf, pageOf } from "../../bench/report/page.ts";
import { barChart, lineChart } from "../../bench/report/svg.ts";
import { ratio, reportOf, wholeOf } from "./reports.ts";

const EVIL = `</script><img src=x onerror="a&b">`;

const line = (name: string, points: [number, number][], xUnit = "s") => ({ name, unit: "µs", xUnit, points });

const charted = (...series: ReturnType<typeof line>[]) => chartsOf(wholeOf([reportOf("s", [], { series })]));

test("text cannot leave its place in markup, in a script or in a table", () => {
  expect(escaped(EVIL)).toBe("&lt;/script&gt;&lt;img src=x onerror=&quot;a&amp;b&quot;&gt;");
  expect(scriptJson([EVIL])).not.toContain("<");
  expect(JSON.parse(scriptJson([EVIL]))).toEqual([EVIL]);
  expect(cellText("a | b\nc")).toBe("a \\| b c");
});

test("a page holds names only escaped, and needs nothing from elsewhere", () => {
  const series = [line(`${EVIL}: ${EVIL}`, [[1, 2]])];
  const page = pageOf(wholeOf([reportOf(EVIL, [ratio(EVIL, 2, 3)], { series, failures: [EVIL] })]));
  expect(page).not.toContain(EVIL);
  expect(page.match(/<script/g)?.length).toBe(3);
  expect(page).not.toMatch(/<(?:script|img|link)[^>]* (?:src|href)=/);
  expect(page).toContain("missed");
});

test("the script of a page is one, and its charts are JSON that it can read", () => {
  const series = [line("Memory: east", [[1, 2]])];
  const page = pageOf(wholeOf([reportOf("soak", [], { series })]));
  const scripts = [...page.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)];
  expect(scripts.map(([, kind]) => kind)).toEqual(["", ' type="application/json" id="charts"', ""]);
  const [chart] = JSON.parse(scripts[1]![2]!) as { title: string; data: number[][] }[];
  expect(chart).toMatchObject({ title: "Memory", data: [[1], [2]] });
  expect(() => new Function(scripts[2]![2]!)).not.toThrow();
});

test("lines with one title share a plot, and others do not", () => {
  const charts = charted(line("A: one", [[1, 1]]), line("B: one", [[1, 1]]), line("A: two", [[1, 1]]));
  expect(charts.map(({ title, lines }) => [title, lines.map(({ name }) => name)])).toEqual([
    ["A", ["one", "two"]],
    ["B", ["one"]],
  ]);
});

test("a line without a title of its own is its own plot, and one without points is none", () => {
  expect(charted(line("alone", [[1, 1]]), line("empty", [])).map(({ title }) => title)).toEqual(["alone"]);
});

test("percentiles are placed by their nines, and sizes by their logarithm", () => {
  const [percentiles] = charted(
    line(
      "L: a",
      [
        [90, 1],
        [99, 1],
        [99.9, 1],
      ],
      "percentile",
    ),
  );
  expect(percentiles!.lines[0]!.points.map(([x]) => Math.round(x * 100) / 100)).toEqual([1, 2, 3]);
  const [sizes] = charted(
    line(
      "T: a",
      [
        [16, 1],
        [1_024, 1],
      ],
      "B",
    ),
  );
  expect(sizes!.lines[0]!.points.map(([x]) => x)).toEqual([4, 10]);
  expect(sizes!.ticks).toEqual([
    [4, "16"],
    [10, "1 Ki"],
  ]);
});

test("values that lie far apart are drawn on a logarithmic scale", () => {
  expect(
    charted(
      line("a", [
        [1, 1],
        [2, 29],
      ]),
    )[0]!.isLog,
  ).toBe(false);
  expect(
    charted(
      line("a", [
        [1, 1],
        [2, 31],
      ]),
    )[0]!.isLog,
  ).toBe(true);
});

test("lines of one plot with different places share one axis", () => {
  const [chart] = charted(
    line("A: one", [
      [1, 5],
      [3, 6],
    ]),
    line("A: two", [[2, 7]]),
  );
  expect(alignedOf(chart!)).toMatchObject({
    data: [
      [1, 2, 3],
      [5, null, 6],
      [null, 7, null],
    ],
  });
});

/** x and y of the points of each line of an SVG. */
function pointsOf(svg: string): number[][][] {
  return [...svg.matchAll(/points="([^"]*)"/g)].map(([, all]) =>
    all!.split(" ").map((point) => point.split(",").map(Number)),
  );
}

test("a line goes from left to right, and up where its values do", () => {
  const [points] = pointsOf(
    lineChart(
      charted(
        line("A: one", [
          [0, 0],
          [1, 10],
          [2, 20],
        ]),
      )[0]!,
    ),
  );
  const [first, second, third] = points as [number[], number[], number[]];
  expect(second[0]! - first[0]!).toBeCloseTo(third[0]! - second[0]!, 0);
  expect(first[1]! - second[1]!).toBeCloseTo(second[1]! - third[1]!, 0);
  expect(first[1]!).toBeGreaterThan(third[1]!);
});

test("on a logarithmic scale equal factors are equal distances, and zeros are left out", () => {
  const points = [
    [0, 0],
    [1, 1],
    [2, 10],
    [3, 100],
  ] as [number, number][];
  const [drawn] = pointsOf(lineChart(charted(line("A: one", points))[0]!));
  expect(drawn!.length).toBe(3);
  expect(drawn![0]![1]! - drawn![1]![1]!).toBeCloseTo(drawn![1]![1]! - drawn![2]![1]!, 0);
});

test("a plot of one point, or of values that are all alike, is a plot without infinities", () => {
  for (const points of [
    [[1, 5]],
    [
      [1, 5],
      [2, 5],
    ],
    [[0, 0]],
  ] as [number, number][][]) {
    expect(lineChart(charted(line("A", points))[0]!)).not.toMatch(/NaN|Infinity/);
  }
});

test("bars are as long as their values, but one far above the targets is cut and still told", () => {
  const bars = [
    { name: "half <", value: 2, target: 4 },
    { name: "full", value: 4, target: 4 },
    { name: "far", value: 400, target: 1 },
  ];
  const svg = barChart("bars", bars);
  const widths = [...svg.matchAll(/<rect x="400" [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width));
  expect(widths[1]! / widths[0]!).toBeCloseTo(2, 1);
  expect(widths[2]!).toBeLessThan(2 * widths[1]!);
  expect(svg).toContain(">400.00<");
  expect(svg).toContain("half &lt;");
});

test("the document tells machine, targets and every row, and names the figures that are written beside it", () => {
  const suites = [
    reportOf("made up", [ratio("a | b", 2, 3), ratio("c", 4, 3), ratio("d", null, 3)], {
      series: [line("Latency at 50 %: box", [[1, 1]])],
    }),
  ];
  const text = docsText(wholeOf(suites));
  expect(text).toContain("isthmus 1 beside nats-server 2.15.2");
  expect(text).toContain("| made up | a \\| b | 2.00× | ≥ 3 | missed |");
  expect(text).toContain("| made up | c | 4.00× | ≥ 3 | reached |");
  expect(text).toContain("| made up | d | – | ≥ 3 | not measured |");
  expect(text).toContain(`](benchmarks/${slugOf("Latency at 50 %")}.svg)`);
});
