// Where each key of a configuration stands in its text, and the findings made about it.

import type { Danger, Details, Finding, Place, Severity } from "./finding.ts";

/** The way to a key: names of keys and positions in lists. */
export type Path = readonly (string | number)[];

/** `gateway.gateways[0].urls`; a name that would not read well between dots stands quoted in brackets. */
export function formatPath(path: Path): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (!/^[\w$-]+$/.test(step)) text += `[${JSON.stringify(step)}]`;
    else text += text === "" ? step : `.${step}`;
  }
  return text;
}

/** What is known of one value in the text. */
export interface Spot {
  /** Where the key stands; for an entry of a list, where the entry stands. */
  readonly key: Place;
  readonly value: Place;
  /** The environment variable that the value came from. */
  readonly variable: string | null;
  /** The value as it was written, where it was a scalar. */
  readonly source: string | null;
}

/** More remarks than a person reads at one time; one at the end says how many were left out. */
const FINDINGS_MAX = 200;

export class Places {
  readonly #spots = new Map<string, Spot>();
  readonly #broken = new Set<string>();
  readonly #findings: Finding[] = [];
  #leftOut = 0;
  #leftOutErrors = 0;

  constructor(readonly file: string) {}

  set(path: Path, spot: Spot): void {
    this.#spots.set(formatPath(path), spot);
  }

  get(path: Path): Spot | null {
    return this.#spots.get(formatPath(path)) ?? null;
  }

  /** Whether the key is in the file or on the command line, rightly or wrongly filled. */
  isGiven(path: Path): boolean {
    return this.#spots.has(formatPath(path));
  }

  /** The value was there and has its finding; nothing may be said to be missing in it. */
  markBroken(path: Path): void {
    this.#broken.add(formatPath(path));
  }

  /** Whether the key is absent, in a block that could be read. */
  isMissing(path: Path): boolean {
    for (let length = 0; length < path.length; length++) {
      if (this.#broken.has(formatPath(path.slice(0, length)))) return false;
    }
    return !this.isGiven(path);
  }

  /** A remark on a value; on a key that is absent, it stands at the nearest block around it. */
  onValue(path: Path, message: string, severity: Severity = "error", details: Details = {}): void {
    const spot = this.#nearest(path);
    const exact = spot !== null && spot === this.get(path);
    this.at(exact ? spot.value : (spot?.key ?? this.#nowhere()), path, message, severity, details);
  }

  /** A remark on a key as such, whatever its value is. */
  onKey(path: Path, message: string, severity: Severity = "error"): void {
    this.at(this.#nearest(path)?.key ?? this.#nowhere(), path, message, severity);
  }

  /** A warning of what is legal and dangerous: at the value, or where the key would have to stand. */
  danger(danger: Danger, path: Path, message: string): void {
    this.onValue(path, message, "warning", { danger });
  }

  at(place: Place, path: Path, message: string, severity: Severity = "error", details: Details = {}): void {
    if (this.isFull) {
      this.#leftOut += 1;
      if (severity === "error") this.#leftOutErrors += 1;
      return;
    }
    this.#findings.push({ ...place, path: formatPath(path), message, severity, ...details });
  }

  /** All remarks so far in the order of the text, so that a person can go through the file once. */
  findings(): Finding[] {
    const findings = [...this.#findings].sort((a, b) => a.line - b.line || a.column - b.column);
    if (this.#leftOut > 0) {
      const message = `${this.#leftOut} more findings are left out`;
      const severity = this.#leftOutErrors > 0 ? "error" : "warning";
      findings.push({ ...this.#nowhere(), path: "", message, severity });
    }
    return findings;
  }

  /** Further remarks will only be counted, so that nobody need word them. */
  get isFull(): boolean {
    return this.#findings.length >= FINDINGS_MAX;
  }

  get hasErrors(): boolean {
    return this.#leftOutErrors > 0 || this.#findings.some((finding) => finding.severity === "error");
  }

  #nearest(path: Path): Spot | null {
    for (let length = path.length; length >= 0; length--) {
      const spot = this.get(path.slice(0, length));
      if (spot !== null) return spot;
    }
    return null;
  }

  #nowhere(): Place {
    return { file: this.file, line: 0, column: 0 };
  }
}
