// Which compression a link gets. Source: leafnode.md §9.1.

import type { Millis } from "../base/clock.ts";
import type { S2Level } from "../wire/s2-codec.ts";
import type { CompressionMode, CompressionOptions } from "./options.ts";

export type { S2Level } from "../wire/s2-codec.ts";

const LEVELS: readonly S2Level[] = ["s2_uncompressed", "s2_fast", "s2_better", "s2_best"];

/** What we do where the peer announced `theirs`: a mode to compress with, "off", or null when theirs is
 *  unknown. */
export function negotiated(own: CompressionMode, theirs: string): "off" | "s2_auto" | S2Level | null {
  if (own === "off" || own === "not supported") return "off";
  switch (theirs) {
    case "":
    case "off":
    case "not supported":
      return "off";
    case "accept":
      return own === "accept" ? "off" : own;
    case "s2_auto":
      return own === "accept" ? "s2_fast" : own;
  }
  if (!LEVELS.includes(theirs as S2Level)) return null;
  return own === "accept" ? (theirs as S2Level) : own;
}

/** With s2_auto: the farther, the smaller. */
export function levelFor({ mode, rttThresholdsMillis }: CompressionOptions, rttMillis: Millis): S2Level {
  if (mode !== "s2_auto") return LEVELS.find((level) => level === mode) ?? "s2_uncompressed";
  const step = rttThresholdsMillis.findIndex((most) => rttMillis <= most);
  return LEVELS[step < 0 ? LEVELS.length - 1 : step]!;
}
