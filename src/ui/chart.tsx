// A plot of the last minutes by uPlot, drawn again at each reading and when colours change.

import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { clock } from "./format.ts";

export interface Line {
  readonly title: string;
  readonly values: readonly (number | null)[];
  /** The first is drawn whole, the second in dashes: colours are not all that tells them apart. */
  readonly of: "out" | "in";
}

export interface ChartProps {
  readonly title: string;
  readonly at: readonly number[];
  readonly lines: readonly Line[];
  /** The least that the top of the plot stands for. */
  readonly least: number;
  text(value: number | null): string;
}

const HEIGHT = 150;

export function Chart({ title, at, lines, least, text }: ChartProps): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const data = [at, ...lines.map(({ values }) => values)] as unknown as uPlot.AlignedData;
  const newest = useRef(data);
  newest.current = data;
  useEffect(() => {
    const element = place.current!;
    const draw = (): void => {
      plot.current?.destroy();
      plot.current = new uPlot(optionsOf(element, lines, least, text), newest.current, element);
    };
    draw();
    const resized = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    resized.observe(element);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", draw);
    addEventListener("theme", draw);
    return () => {
      resized.disconnect();
      scheme.removeEventListener("change", draw);
      removeEventListener("theme", draw);
      plot.current?.destroy();
    };
    // What it is drawn with changes with the title only.
  }, [title]);
  useEffect(() => plot.current?.setData(data));
  const told = lines.map(({ title: name, values }) => `${name} ${text(values.at(-1) ?? null)}`).join(", ");
  return (
    <figure class="chart">
      <figcaption>
        <span>{title}</span>
        {lines.map(({ title: name, of, values }) => (
          <span key={name} class={`legend legend-${of}`}>
            {lines.length === 1 ? "" : name} {text(values.at(-1) ?? null)}
          </span>
        ))}
      </figcaption>
      <div ref={place} role="img" aria-label={`${title}: ${told}`} />
    </figure>
  );
}

function optionsOf(
  element: HTMLElement,
  lines: readonly Line[],
  least: number,
  text: (value: number | null) => string,
): uPlot.Options {
  // A canvas wants the colour that a variable comes down to in the scheme of now.
  const colour = (name: string): string => {
    element.style.color = `var(${name})`;
    return getComputedStyle(element).color;
  };
  const axis: uPlot.Axis = {
    stroke: colour("--quiet"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    font: `11px ${getComputedStyle(element).fontFamily}`,
  };
  return {
    width: Math.max(100, element.clientWidth),
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    select: { show: false, left: 0, top: 0, width: 0, height: 0 },
    padding: [8, 8, 0, 0],
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(least, (max ?? 0) * 1.1)] } },
    axes: [
      {
        ...axis,
        size: 24,
        space: 90,
        values: (_plot, at) => at.map((second) => clock(second * 1_000, Date.now())),
      },
      { ...axis, size: 68, space: 34, values: (_plot, values) => values.map(text) },
    ],
    series: [
      {},
      ...lines.map(({ of }) => ({
        stroke: colour(`--${of}`),
        width: 2,
        points: { show: false },
        ...(of === "in" ? { dash: [6, 4] } : {}),
      })),
    ],
  };
}
