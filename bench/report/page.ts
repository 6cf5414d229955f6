// The report as one HTML file that needs nothing else, no network either: uPlot and the figures are in it.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { figureText, type Ratio } from "../lib/ratios.ts";
import { failuresOf, type Report, type WholeReport } from "../lib/report.ts";
import { type Chart, chartsOf } from "./charts.ts";
import { escaped, scriptJson } from "./escape.ts";
import { COLOURS } from "./svg.ts";
import { reachedText, targetRows, timesText } from "./targets.ts";

const UPLOT = join(import.meta.dir, "../../node_modules/uplot/dist");

export function pageOf(report: WholeReport): string {
  const { machine, systems } = report;
  const charts = chartsOf(report);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Isthmus benchmarks</title>
<style>${readFileSync(join(UPLOT, "uPlot.min.css"), "utf8")}
${STYLE}</style>
</head>
<body>
<h1>Isthmus beside nats-server</h1>
<p>${escaped(systems.box)} and ${escaped(systems.nats)}, ${escaped(machine.cpu)}, ${machine.cores} cores,
${machine.memoryGib} GiB, ${escaped(machine.kernel)}, Bun ${escaped(machine.bun)}, ${escaped(machine.date)},
${report.seconds} s${report.quick ? ", quick" : ""}. A ratio above 1 favours the box.</p>
${failuresHtml(failuresOf(report.suites))}
<h2>Targets</h2>
${targetsHtml(report)}
<h2>Plots</h2>
<div id="plots"></div>
${report.suites.map(suiteHtml).join("\n")}
<script>${readFileSync(join(UPLOT, "uPlot.iife.min.js"), "utf8")}</script>
<script type="application/json" id="charts">${scriptJson(charts.map(alignedOf))}</script>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

/** A chart as uPlot takes it: one list of x for all lines, with null where a line has no point. */
export function alignedOf({ title, unit, xUnit, ticks, isLog, lines }: Chart): object {
  const xs = [...new Set(lines.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b);
  const ys = lines.map(({ points }) => {
    const byX = new Map(points);
    return xs.map((x) => byX.get(x) ?? null);
  });
  const series = lines.map(({ name }, index) => ({ label: name, stroke: COLOURS[index % COLOURS.length] }));
  return { title, unit, xUnit, ticks, isLog, series, data: [xs, ...ys] };
}

const STYLE = `
body { font: 14px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 0 0 1.5rem; }
th, td { padding: 0.15rem 0.8rem; border-bottom: 1px solid #ddd; text-align: right; }
th:first-child, td:first-child { text-align: left; }
.reached { color: #00704f; } .missed { color: #b04a00; }
#plots { display: flex; flex-wrap: wrap; gap: 1.5rem; }
`;

/** Runs in the page. Named ticks stand at their places; a linear axis names itself. */
const SCRIPT = `
const places = document.getElementById("plots");
for (const chart of JSON.parse(document.getElementById("charts").textContent)) {
  const named = new Map(chart.ticks);
  const x = { label: chart.xUnit };
  if (named.size > 0) {
    x.splits = () => [...named.keys()];
    x.values = (_, splits) => splits.map((split) => named.get(split) ?? "");
  }
  new uPlot({
    title: chart.title,
    width: 540,
    height: 320,
    scales: { x: { time: false }, y: { distr: chart.isLog ? 3 : 1 } },
    axes: [x, { label: chart.unit, size: 70 }],
    series: [{ label: chart.xUnit }, ...chart.series.map((one) => ({ ...one, width: 2, spanGaps: true }))],
  }, chart.data, places);
}
`;

function failuresHtml(failures: readonly string[]): string {
  if (failures.length === 0) return "";
  const items = failures.map((failure) => `<li class="missed">${escaped(failure)}</li>`);
  return `<h2>What failed</h2><ul>${items.join("")}</ul>`;
}

function targetsHtml(report: WholeReport): string {
  const rows = targetRows(report).map(({ suite, ratio, reached }) => {
    const word = reachedText(reached);
    const cells = [`${suite}: ${ratio.name}`, timesText(ratio), `≥ ${ratio.target}×`];
    return `<tr>${cells.map(cell).join("")}<td class="${word}">${word}</td></tr>`;
  });
  return tableHtml(["", "is", "wanted", ""], rows);
}

function suiteHtml({ suite, ratios }: Report): string {
  const rows = ratios.map((ratio: Ratio) => {
    const { name, nats, box, unit } = ratio;
    const cells = [name, figureText(nats), figureText(box), unit, timesText(ratio)];
    return `<tr>${cells.map(cell).join("")}</tr>`;
  });
  return `<h2>${escaped(suite)}</h2>${tableHtml(["", "nats-server or relay", "box", "", "ratio"], rows)}`;
}

function tableHtml(head: readonly string[], rows: readonly string[]): string {
  return `<table><tr>${head.map((name) => `<th>${escaped(name)}</th>`).join("")}</tr>${rows.join("\n")}</table>`;
}

function cell(text: string): string {
  return `<td>${escaped(text)}</td>`;
}
