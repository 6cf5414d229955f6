// Hours in which a user may be connected, in a time zone that has its own days of 23 and 25 hours.
// Source: client-and-auth.md §4.2.

import type { TimeOfDayRange } from "./rights.ts";

const DAY_SECONDS = 86_400;
const TIME = /^(\d{1,2}):(\d{2}):(\d{2})(?:\.\d+)?$/;

/** Seconds since midnight, or null when the text is not "HH:MM:SS". */
export function parseTimeOfDay(text: string): number | null {
  const [hours = 24, minutes = 60, seconds = 60] = (TIME.exec(text) ?? []).slice(1).map(Number);
  if (hours > 23 || minutes > 59 || seconds > 59) return null;
  return hours * 3_600 + minutes * 60 + seconds;
}

/** Is it the IANA name of a time zone that is known here? */
export function isTimeZone(name: string): boolean {
  return clockOf(name) !== null;
}

/**
 * The end, in seconds since 1970, of the range that lasts longest of those that are open now; null when none
 * is. `zone` is an IANA name; "" is the zone of this machine.
 */
export function openUntil(times: readonly TimeOfDayRange[], zone: string, nowSeconds: number): number | null {
  const clock = clockOf(zone);
  if (clock === null) return null;
  const now = clock(nowSeconds);
  let longest = 0;
  let end = 0;
  for (const time of times) {
    const from = parseTimeOfDay(time.start);
    const to = parseTimeOfDay(time.end);
    if (from === null || to === null) return null;
    const left = secondsLeft(from, to, now);
    if (left > longest) [longest, end] = [left, to];
  }
  if (longest === 0) return null;
  // A clock that is put forward or back before the end moves it.
  const guess = nowSeconds + longest;
  const off = end - clock(guess);
  return (
    guess + (off > DAY_SECONDS / 2 ? off - DAY_SECONDS : off < -DAY_SECONDS / 2 ? off + DAY_SECONDS : off)
  );
}

/** How long a range is open yet; 0 when it is not. One that ends before it starts goes on after midnight. */
function secondsLeft(from: number, to: number, now: number): number {
  if (from <= to) return from <= now && now < to ? to - now : 0;
  if (now < to) return to - now;
  return from <= now ? to + DAY_SECONDS - now : 0;
}

/** Names begin with a letter; numbers would be offsets, which are no zones. */
const ZONE = /^[A-Za-z][\w+\-/]*$/;

/** The seconds since midnight there, or null when there is no such zone. */
function clockOf(zone: string): ((seconds: number) => number) | null {
  const isHere = zone === "" || zone === "Local";
  if (!isHere && !ZONE.test(zone)) return null;
  try {
    const format = new Intl.DateTimeFormat("en-GB", {
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
      ...(isHere ? {} : { timeZone: zone }),
    });
    return (seconds) => parseTimeOfDay(format.format(seconds * 1_000)) ?? 0;
  } catch {
    return null;
  }
}
