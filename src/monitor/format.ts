// Times and durations as Go writes them, because tools parse them so. Source: monitoring.md.

import type { Millis } from "../base/clock.ts";

const ZERO_TIME = "0001-01-01T00:00:00Z";
const NANOS = 1_000_000;
/** The last instant that Date can name. */
const DATE_MAX = 8_640_000_000_000_000;

/** RFC 3339 in UTC, up to nine digits of fraction without zeros at the end; Go's zero time for none. */
export function timeText(at: Millis): string {
  if (!(at > 0) || at > DATE_MAX) return ZERO_TIME;
  let seconds = Math.floor(at / 1_000);
  let nanos = Math.round((at - seconds * 1_000) * NANOS);
  if (nanos >= 1_000 * NANOS) {
    seconds++;
    nanos = 0;
  }
  const whole = new Date(seconds * 1_000).toISOString().slice(0, 19);
  return nanos === 0 ? `${whole}Z` : `${whole}.${fraction(nanos, 9)}Z`;
}

/** Whole seconds with days and years, such as "1d2h3m4s". */
export function uptimeText(millis: Millis): string {
  const seconds = Math.max(0, Math.floor(millis / 1_000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  const years = Math.floor(days / 365);
  let text = `${seconds % 60}s`;
  if (minutes > 0) text = `${minutes % 60}m${text}`;
  if (hours > 0) text = `${hours % 24}h${text}`;
  if (days > 0) text = `${days % 365}d${text}`;
  return years > 0 ? `${years}y${text}` : text;
}

/** As Go's Duration: "229µs", "1.579402ms", "4s", "1h2m3.5s". */
export function durationText(millis: Millis): string {
  const nanos = Math.max(0, Math.round(millis * NANOS));
  if (nanos === 0) return "0s";
  if (nanos < 1_000) return `${nanos}ns`;
  if (nanos < NANOS) return `${decimal(nanos, 3)}µs`;
  if (nanos < 1_000 * NANOS) return `${decimal(nanos, 6)}ms`;
  const minutes = Math.floor(nanos / (60_000 * NANOS));
  const seconds = `${decimal(nanos - minutes * 60_000 * NANOS, 9)}s`;
  if (minutes === 0) return seconds;
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes}m${seconds}` : `${hours}h${minutes % 60}m${seconds}`;
}

/** A round trip: whole microseconds below a millisecond, as nats-server cuts it. */
export function rttText(millis: Millis): string {
  const micros = Math.floor(millis * 1_000);
  return micros > 0 && micros < 1_000 ? `${micros}µs` : durationText(millis);
}

/** Nanoseconds, as nats-server writes durations that are numbers. */
export function nanosOf(millis: Millis): number {
  return Math.round(millis * NANOS);
}

function decimal(value: number, digits: number): string {
  const unit = 10 ** digits;
  const rest = value % unit;
  const whole = Math.floor(value / unit);
  return rest === 0 ? `${whole}` : `${whole}.${fraction(rest, digits)}`;
}

function fraction(value: number, digits: number): string {
  return value.toString().padStart(digits, "0").replace(/0+$/, "");
}
