// Which loads the leaf suite puts through both systems: what is asked of a change to the leaf hop, and no
// more, for each case costs seconds.

import type { Compression, Direction, LoadSpec } from "../lib/frames.ts";
import type { Content } from "../lib/payloads.ts";
import { grouped, sizeText } from "../lib/table.ts";

const SIZES = [16, 128, 1_024, 16_384] as const;
const MANY_SUBJECTS = 10_000;
const QUEUES: readonly string[] = ["workers", "archive"];

const LEVELS = ["s2_uncompressed", "s2_fast", "s2_better", "s2_best"] as const;

/** `quick` keeps the cases that a change is judged by. */
export function leafCases(quick: boolean): LoadSpec[] {
  if (quick) {
    return [
      ...[1, MANY_SUBJECTS].flatMap((subjects) => [
        plain("leaf-to-gateway", 128, subjects),
        plain("gateway-to-leaf", 128, subjects),
      ]),
      plain("leaf-to-leaf", 128, 1),
      s2("leaf-to-gateway", "s2_fast", "json", 1_024),
      s2("gateway-to-leaf", "s2_fast", "json", 1_024),
      s2("gateway-to-leaf", "s2_better", "json", 1_024),
    ];
  }
  return [...gatewayCases(), ...localCases(), ...receivingCases(), ...sendingCases()];
}

export function isCompressed(spec: LoadSpec): boolean {
  return (spec.compression ?? "off") !== "off";
}

export function leafCaseName(spec: LoadSpec): string {
  const way = spec.direction.replace("-to-", "→");
  const content = spec.content === undefined || spec.content === "text" ? "" : ` ${spec.content}`;
  const subjects = spec.subjects === 1 ? "1 subject" : `${grouped(spec.subjects)} subjects`;
  const queues = spec.queues === undefined ? "" : `, ${spec.queues.length} queue groups`;
  const over = isCompressed(spec) ? `, ${spec.compression}` : `, ${subjects}${queues}`;
  return `${way} ${sizeText(spec.size)}${content}${over}`;
}

/** As in the forward suite, many subjects stop at 1 KiB: beyond that the lookup is lost in the copies. */
function gatewayCases(): LoadSpec[] {
  const directions: readonly Direction[] = ["leaf-to-gateway", "gateway-to-leaf"];
  return directions.flatMap((direction) => [
    ...SIZES.map((size) => plain(direction, size, 1)),
    ...SIZES.filter((size) => size <= 1_024).map((size) => plain(direction, size, MANY_SUBJECTS)),
    { ...plain(direction, 128, 1), queues: QUEUES },
  ]);
}

function localCases(): LoadSpec[] {
  const directions: readonly Direction[] = ["leaf-to-leaf", "leaf-to-client", "client-to-leaf"];
  return directions.flatMap((direction) => [plain(direction, 128, 1), plain(direction, 128, MANY_SUBJECTS)]);
}

/** To a reader the levels differ little, so best is left out here. */
function receivingCases(): LoadSpec[] {
  return [
    s2("leaf-to-gateway", "s2_fast", "json", 200),
    ...LEVELS.slice(0, 3).map((level) => s2("leaf-to-gateway", level, "json", 1_024)),
    s2("leaf-to-gateway", "s2_fast", "random", 1_024),
  ];
}

function sendingCases(): LoadSpec[] {
  return [
    ...LEVELS.map((level) => s2("gateway-to-leaf", level, "json", 200)),
    ...LEVELS.map((level) => s2("gateway-to-leaf", level, "json", 1_024)),
    s2("gateway-to-leaf", "s2_fast", "random", 1_024),
    s2("gateway-to-leaf", "s2_better", "random", 1_024),
  ];
}

function plain(direction: Direction, size: number, subjects: number): LoadSpec {
  return { direction, size, subjects, connections: 1 };
}

function s2(direction: Direction, compression: Compression, content: Content, size: number): LoadSpec {
  return { direction, size, subjects: 1, connections: 1, content, compression };
}
