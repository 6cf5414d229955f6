// What does a message cost over a leaf link, plain and compressed, in the box and in an unmodified
// nats-server? Both are hub and gateway and configured alike; the load plays spokes and a remote gateway.

import { type CaseResult, compared, type Figures } from "../lib/duel.ts";
import { type Machine, machineNotes, machineText, pinning } from "../lib/machine.ts";
import type { Spread } from "../lib/stats.ts";
import { box, natsServer, type System } from "../lib/systems.ts";
import { grouped, type Side, table } from "../lib/table.ts";
import { isCompressed, leafCaseName, leafCases } from "./leaf-cases.ts";

export interface LeafOptions {
  /** Fewer cases and shorter rounds: well under a minute. */
  readonly quick: boolean;
  /** nats-server against itself: whatever differs from 1 is the error of the method. */
  readonly self: boolean;
  /** Only cases whose name holds this text. */
  readonly only: string;
}

export interface LeafReport {
  readonly suite: "leaf";
  readonly machine: Machine;
  readonly systems: { readonly nats: string; readonly box: string };
  readonly method: { readonly rounds: number; readonly roundMillis: number; readonly natsMode: string };
  readonly cases: readonly CaseResult[];
}

/** Below this share of its core a system could have taken more. */
const BUSY_MIN = 0.9;

const FULL = { rounds: 5, roundMillis: 300, warmUpMillis: 300 } as const;
const QUICK = { rounds: 3, roundMillis: 350, warmUpMillis: 300 } as const;

/** Runs the suite, with progress on stderr. Fails when a system is missing; failed cases are reported. */
export async function leaf(options: LeafOptions): Promise<LeafReport> {
  const nats = natsServer();
  if (nats === undefined) throw new Error("there is no nats-server to compare with; set $NATS_SERVER");
  // At its best bound to one core with one scheduler thread: everything else would flatter us.
  const best = { ...nats, env: { GOMAXPROCS: "1" } };
  const systems = { nats: best, box: options.self ? { ...best, name: "nats-server again" } : box() };
  const method = { ...(options.quick ? QUICK : FULL), pinned: pinning() };
  const wanted = leafCases(options.quick).filter((spec) => leafCaseName(spec).includes(options.only));
  if (wanted.length === 0) throw new Error(`no case has "${options.only}" in its name`);
  const cases: CaseResult[] = [];
  for (const [at, spec] of wanted.entries()) {
    process.stderr.write(`[${at + 1}/${wanted.length}] ${leafCaseName(spec)} … `);
    const result = await compared(leafCaseName(spec), spec, systems, method);
    cases.push(result);
    process.stderr.write(`${outcome(result)}\n`);
  }
  return {
    suite: "leaf",
    machine: machineNotes(method.pinned),
    systems: { nats: titleOf(systems.nats), box: titleOf(systems.box) },
    method: { rounds: method.rounds, roundMillis: method.roundMillis, natsMode: "GOMAXPROCS=1" },
    cases,
  };
}

/** The report as tables for the terminal, with what one must know to read them. */
export function leafText(report: LeafReport): string {
  const { machine, systems, method, cases } = report;
  const text = [
    "",
    machineText(machine),
    `nats     ${systems.nats} with ${method.natsMode}, its best mode on one core`,
    `box      ${systems.box}`,
    `method   medians of ${method.rounds} rounds of ${method.roundMillis} ms in turn; CPU is user and`,
    "         system time of the process over the messages counted at the sink; above 1 favours the box",
  ];
  const plain = cases.filter((one) => !isCompressed(one.spec));
  if (plain.length > 0) text.push("", tableOf(plain, []));
  const compressed = cases.filter((one) => isCompressed(one.spec));
  if (compressed.length > 0) text.push("", tableOf(compressed, WIRE_HEAD), ...WIRE_NOTES);
  text.push("", "* the load was the limit, not the system, which had its core idle for a part of the time");
  const failed = cases.filter((one) => one.failure !== null);
  return [...text, ...failed.map((one) => `FAILED ${one.name}: ${one.failure}`)].join("\n");
}

/** Whether every message of every case arrived, once and as it was sent. */
export function leafHeld(report: LeafReport): boolean {
  return report.cases.every((result) => result.failure === null);
}

const HEAD = ["case", "nats µs/msg", "box µs/msg", "nats ÷ box [min–max]", "nats msg/s ", "box msg/s "];
const WIRE_HEAD = ["nats B/msg", "box B/msg", "nats KiB/block", "box KiB/block"];
const WIRE_NOTES = [
  "",
  "B/msg is on the wire of the leaf hop; to a gateway it is what the load sends to both, an S2 stream for each",
  "64 KiB. KiB/block is how much the system compressed in one go. Before the rounds messages are compared byte",
  "for byte, and all blocks decoded under load; in the rounds the blocks are asked for their length.",
];

function tableOf(cases: readonly CaseResult[], more: readonly string[]): string {
  const head = [...HEAD, ...more];
  const sides: Side[] = head.map((_, column) => (column === 0 ? "left" : "right"));
  const rows = cases.map(({ name, nats, box, ratio }) => {
    if (nats === null || box === null || ratio === null) return [name, "FAILED"];
    const row = [name, cpuText(nats), cpuText(box), ratioText(ratio), rateText(nats), rateText(box)];
    if (more.length === 0) return row;
    return [...row, bytesText(nats), bytesText(box), blockText(nats), blockText(box)];
  });
  return table(head, rows, sides);
}

function outcome(result: CaseResult): string {
  return result.ratio === null ? `FAILED: ${result.failure}` : `${ratioText(result.ratio)}×`;
}

function cpuText(figures: Figures): string {
  return figures.cpuMicros.median.toFixed(3);
}

function ratioText(ratio: Spread): string {
  return `${ratio.median.toFixed(2)} [${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)}]`;
}

/** Messages a second, marked where the system was not the limit. */
function rateText(figures: Figures): string {
  return grouped(figures.rate.median) + (figures.busy.median < BUSY_MIN ? "*" : " ");
}

function bytesText(figures: Figures): string {
  return figures.leafBytes?.median.toFixed(1) ?? "";
}

function blockText(figures: Figures): string {
  return figures.blockBytes === null ? "" : (figures.blockBytes.median / 1_024).toFixed(1);
}

function titleOf(system: System): string {
  return `${system.name} ${system.version}`;
}
