// Rows of words under each other, as wide as the widest in each column.

/** `rightFrom`: columns from this one on are numbers. Rows may have fewer columns than others. */
export function table(rows: readonly (readonly string[])[], rightFrom = Number.POSITIVE_INFINITY): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, text] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, Bun.stringWidth(text));
  }
  return rows.map((row) =>
    row
      .map((text, at) => {
        const gap = " ".repeat(widths[at]! - Bun.stringWidth(text));
        return at >= rightFrom ? gap + text : text + gap;
      })
      .filter((_, at) => widths[at]! > 0)
      .join("  ")
      .trimEnd(),
  );
}
