// A line so small that it needs no axes: what a figure did in the last minutes.

import type { JSX } from "preact";

const WIDTH = 120;
const HEIGHT = 26;
/** How many of the newest readings are drawn. */
const SHOWN = 60;

interface Line {
  readonly values: readonly (number | null)[];
  readonly of: "out" | "in";
}

export function Spark({ lines }: { lines: readonly Line[] }): JSX.Element {
  const shown = lines.map(({ values, of }) => ({ values: values.slice(-SHOWN), of }));
  const top = Math.max(1e-9, ...shown.flatMap(({ values }) => values.map((value) => value ?? 0)));
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {shown.map(({ values, of }) => (
        <path key={of} class={`spark-${of}`} d={pathOf(values, top)} />
      ))}
    </svg>
  );
}

function pathOf(values: readonly (number | null)[], top: number): string {
  let path = "";
  let isDown = false;
  values.forEach((value, i) => {
    if (value !== null) {
      const x = WIDTH - (values.length - 1 - i) * (WIDTH / (SHOWN - 1));
      const y = HEIGHT - 2 - (value / top) * (HEIGHT - 4);
      path += `${isDown ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    }
    isDown = value !== null;
  });
  return path;
}
