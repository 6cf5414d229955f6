// Figures as people read them, and the texts of the endpoints as figures.

/** What stands where there is no figure. */
export const NONE = "–";

const THOUSANDS = ["", " k", " M", " G", " T"] as const;
const BYTES = [" B", " kB", " MB", " GB", " TB", " PB"] as const;

/** Three digits and a unit: "0", "12", "1.23 k", "45.6 M". */
export function count(value: number | null): string {
  return scaled(value, THOUSANDS);
}

/** The same in powers of a thousand bytes. */
export function bytes(value: number | null): string {
  return scaled(value, BYTES);
}

export function perSecond(value: number | null): string {
  return value === null ? NONE : `${count(value)}/s`;
}

export function bytesPerSecond(value: number | null): string {
  return value === null ? NONE : `${bytes(value)}/s`;
}

/** A time on the way: "84 µs", "1.52 ms", "3 s", "4 min 10 s", "2 d 3 h". */
export function duration(millis: number | null): string {
  if (millis === null) return NONE;
  if (millis === 0) return "0 ms";
  if (millis < 1) return `${Math.round(millis * 1_000)} µs`;
  if (millis < 1_000) return `${digits(millis)} ms`;
  const seconds = Math.floor(millis / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const [minutes, hours, days] = [
    Math.floor(seconds / 60),
    Math.floor(seconds / 3_600),
    Math.floor(seconds / 86_400),
  ];
  if (minutes < 60) return two(minutes, "min", seconds % 60, "s");
  if (hours < 24) return two(hours, "h", minutes % 60, "min");
  return two(days, "d", hours % 24, "h");
}

/** How long something lasted: what began and ended in one turn of the box has no length that it knows. */
export function span(millis: number | null): string {
  return millis === 0 ? "under 1 ms" : duration(millis);
}

/** The time of day in the reader's own zone; with the day when it is not today's. */
export function clock(at: number | null, now: number): string {
  if (at === null) return NONE;
  const then = new Date(at);
  const time = then.toLocaleTimeString([], { hour12: false });
  const today = then.toDateString() === new Date(now).toDateString();
  return today ? time : `${then.toLocaleDateString([], { day: "2-digit", month: "short" })} ${time}`;
}

/** Milliseconds since 1970 of a time that Go wrote; null for none and for Go's zero time. */
export function timeOf(text: string | undefined): number | null {
  if (text === undefined || text.startsWith("0001-")) return null;
  const at = Date.parse(text.replace(/(\.\d{3})\d+/, "$1"));
  return Number.isNaN(at) ? null : at;
}

const UNIT_MILLIS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  µs: 1e-3,
  us: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  y: 31_536_000_000,
};

/** Milliseconds of a duration that Go wrote, such as "1.5ms" or "1d2h3m"; null for none and for no time. */
export function millisOf(text: string | undefined): number | null {
  let sum = 0;
  for (const [, number, unit] of (text ?? "").matchAll(/([\d.]+)(ns|µs|us|ms|s|m|h|d|y)/g)) {
    sum += Number(number) * UNIT_MILLIS[unit!]!;
  }
  return sum === 0 ? null : sum;
}

function scaled(value: number | null, units: readonly string[]): string {
  if (value === null) return NONE;
  let rest = value;
  let unit = 0;
  while (Math.abs(rest) >= 999.5 && unit < units.length - 1) {
    rest /= 1_000;
    unit++;
  }
  return `${unit === 0 && Number.isInteger(rest) ? rest : digits(rest)}${units[unit]}`;
}

/** Three of them, without zeros at the end of a fraction. */
function digits(value: number): string {
  const places = Math.abs(value) >= 99.95 ? 0 : Math.abs(value) >= 9.995 ? 1 : 2;
  return String(Number(value.toFixed(places)));
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
