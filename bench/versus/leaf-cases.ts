// Which loads the leaf suite puts through both systems: what is asked of a change to the leaf hop, and no
// more, for each case costs seconds.

import type { Case } from "../lib/duel.ts";
import type { Compression, Direction } from "../lib/frames.ts";
import type { Content } from "../lib/payloads.ts";
import { MANY_SUBJECTS, mainCase, sideCase } from "./cases.ts";

const OUT = "leaf-to-gateway" as const;
const IN = "gateway-to-leaf" as const;
const MANY = { subjects: MANY_SUBJECTS } as const;
const QUEUES: readonly string[] = ["workers", "archive"];

/** `quick` keeps the cases that a change is judged by. Sizes beyond those here teach what `forward` does. */
export function leafCases(quick: boolean): Case[] {
  if (quick) return [...gatewayCases(), s2(IN, "s2_fast", "json", 1_024)];
  return [...gatewayCases(), ...sideCases(), ...receivingCases(), ...sendingCases()];
}

function gatewayCases(): Case[] {
  return [mainCase({ direction: OUT, size: 128 }, 6), mainCase({ direction: IN, size: 128 }, 6)];
}

function sideCases(): Case[] {
  return [
    ...[OUT, IN].map((direction) => sideCase({ direction, size: 128, ...MANY })),
    ...[OUT, IN].map((direction) => sideCase({ direction, size: 128, queues: QUEUES })),
    sideCase({ direction: "leaf-to-leaf", size: 128 }),
    sideCase({ direction: IN, size: 16_384 }),
  ];
}

/** To a reader the levels differ little. */
function receivingCases(): Case[] {
  return [s2(OUT, "s2_fast", "json", 1_024), s2(OUT, "s2_fast", "random", 1_024)];
}

function sendingCases(): Case[] {
  return [
    s2(IN, "s2_fast", "json", 200),
    ...(["s2_uncompressed", "s2_fast", "s2_better"] as const).map((level) => s2(IN, level, "json", 1_024)),
    s2(IN, "s2_fast", "random", 1_024),
  ];
}

function s2(direction: Direction, compression: Compression, content: Content, size: number): Case {
  return sideCase({ direction, size, content, compression });
}
