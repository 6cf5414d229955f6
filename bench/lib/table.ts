// Terminal tables for the bench and the demo: figures line up at the right, words at the left.

/** How a column stands: words at the left, figures at the right. */
export type Side = "left" | "right";

/** Lays out `rows` under `head`; `sides` says for each column where it stands (left when not said). */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  sides: readonly Side[] = [],
): string {
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const line = (cells: readonly string[]): string =>
    widths
      .map((width, column) => {
        const cell = cells[column] ?? "";
        return sides[column] === "right" ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  return [line(head), widths.map((width) => "─".repeat(width)).join("  "), ...rows.map(line)].join("\n");
}

/** A count with the thousands apart: 12,345,678. */
export function grouped(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

/** A payload size as the cases name it: 16 B, 1 KiB. */
export function sizeText(bytes: number): string {
  return bytes % 1024 === 0 ? `${bytes / 1024} KiB` : `${bytes} B`;
}
