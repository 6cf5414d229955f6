// The text format of Prometheus, version 0.0.4, written by hand: families in a fixed order, each with its
// HELP and TYPE, and values of labels that may hold anything a peer made up.

/** What a scraper asks for and prometheus-nats-exporter answers. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export interface Family {
  readonly type: "counter" | "gauge";
  readonly help: string;
}

/** Labels as they stand between the braces: made once, used by many families. */
export type Labels = string & { readonly __labels?: never };

export const NO_LABELS: Labels = "";

/** In the order given; names are ours and are not checked. */
export function labelsOf(values: Readonly<Record<string, string>>): Labels {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(values)) parts.push(`${name}="${escapedValue(value)}"`);
  return parts.join(",");
}

/** The same with more behind it. */
export function withLabels(labels: Labels, more: Readonly<Record<string, string>>): Labels {
  return labels === NO_LABELS ? labelsOf(more) : `${labels},${labelsOf(more)}`;
}

/** A scrape in the making. */
export class MetricsText {
  readonly #families = new Map<string, { readonly head: string; readonly lines: string[] }>();

  /** A family stands in the answer once it is declared, also without a sample. */
  family(name: string, { type, help }: Family): void {
    if (this.#families.has(name)) return;
    const head = `# HELP ${name} ${escapedHelp(help)}\n# TYPE ${name} ${type}\n`;
    this.#families.set(name, { head, lines: [] });
  }

  /** Of a family that is declared. */
  add(name: string, labels: Labels, value: number): void {
    const braces = labels === NO_LABELS ? "" : `{${labels}}`;
    this.#families.get(name)!.lines.push(`${name}${braces} ${numberText(value)}\n`);
  }

  text(): string {
    let text = "";
    for (const { head, lines } of this.#families.values()) text += head + lines.join("");
    return text;
  }
}

function escapedValue(value: string): string {
  if (!/[\\"\n]/.test(value)) return value;
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function escapedHelp(help: string): string {
  return help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

/** As Go reads it. */
function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}
