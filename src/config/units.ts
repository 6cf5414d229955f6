// Durations and sizes as nats-server writes them, so that values can be moved between the two unchanged.

/** The units of Go's time.ParseDuration, in milliseconds. */
const MILLIS_OF_UNIT: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

const DURATION = /^\+?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;
const DURATION_PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;

/** A number without a unit is a count of seconds, in a configuration file and nowhere else. */
const MILLIS_OF_BARE_NUMBER = 1_000;

/** A duration above this is a mistake in the unit; it also keeps every deadline a safe integer. */
export const DURATION_MILLIS_MAX = 365 * 24 * 3_600_000;

/**
 * `2s`, `1m30s`, `500ms`, `1.5h` as Go's time.ParseDuration reads them, or a bare number of seconds.
 * Unit of the answer: whole milliseconds, rounded up so that no positive duration becomes none.
 * Answers null for anything else, for negative durations and for those above DURATION_MILLIS_MAX.
 * Source: nats-server 2.15 server/opts.go, parseDuration.
 */
export function parseDurationMillis(value: string | number): number | null {
  const exact = typeof value === "number" ? value * MILLIS_OF_BARE_NUMBER : millisOfText(value.trim());
  if (exact === null || !(exact >= 0) || exact > DURATION_MILLIS_MAX) return null;
  // Sums of decimal fractions miss whole numbers by a hair; that hair must not cost a millisecond.
  return Math.max(0, Math.ceil(exact - 1e-9));
}

function millisOfText(text: string): number | null {
  if (text === "0" || text === "+0") return 0;
  if (!DURATION.test(text)) return null;
  let sum = 0;
  for (const part of text.matchAll(DURATION_PART)) sum += Number(part[1]) * MILLIS_OF_UNIT[part[2]!]!;
  return sum;
}

/** A letter alone counts in thousands, a letter with b, i or ib in 1024s; case does not matter. */
const POWER_OF_LETTER: Readonly<Record<string, number>> = { k: 1, m: 2, g: 3, t: 4, p: 5, e: 6 };

const SUFFIXED = /^(-?\d+)(?:([kmgtpe])(b|i|ib)?)?$/i;

/**
 * A whole number as nats-server's configuration reads it: `1000`, `64K` (64,000), `64KB` `64Ki` `64KiB`
 * (65,536).
 * The same suffixes serve counts and sizes. Answers null for anything else and for what is not a safe
 * integer.
 * Source: nats-server 2.15 conf/parse.go, itemInteger.
 */
export function parseSuffixedInteger(value: string | number): number | null {
  if (typeof value === "number") return Number.isSafeInteger(value) ? value : null;
  const match = SUFFIXED.exec(value.trim());
  if (match === null) return null;
  const power = match[2] === undefined ? 0 : POWER_OF_LETTER[match[2].toLowerCase()]!;
  const product = Number(match[1]) * (match[3] === undefined ? 1_000 : 1_024) ** power;
  return Number.isSafeInteger(product) ? product : null;
}
