// Text into markup: names of cases hold arrows and signs, and an error may hold anything.

export function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** JSON for the inside of a script element, which ends at the first `</`. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c").replaceAll("\u2028", "\\u2028");
}

/** For a cell of a table in Markdown. */
export function cellText(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
