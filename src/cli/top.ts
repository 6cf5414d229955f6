// `isthmus top`: what a box does at this moment, drawn again and again, or once.

import type { Box } from "./box.ts";
import { table } from "./table.ts";
import type { ToolCommand } from "./tool-flags.ts";
import type { Out } from "./tools.ts";
import { type Rated, rated, type Sample, sample } from "./top-sample.ts";

const INTERVAL_SECONDS = 1;
const ROWS = 10;

/** Home, and clear what was below; then the cursor is hidden while it draws. */
const CLEAR = "\x1b[H\x1b[J";

/** What --json prints, once or each time on a line. */
interface Picture {
  readonly sample: Omit<Sample, "links" | "accounts" | "clients" | "atMillis">;
  readonly links: readonly Rated[];
  readonly accounts: readonly Rated[];
  readonly clients: readonly Rated[];
}

/** Runs until it is interrupted; with `--once` it compares two looks, and ends. */
export async function top(box: Box, { flags }: ToolCommand, out: Out): Promise<number> {
  const millis = Math.max(100, Number(flags["interval"] ?? INTERVAL_SECONDS) * 1_000);
  const rows = Number(flags["rows"] ?? ROWS);
  let before = await sample(box);
  for (;;) {
    await Bun.sleep(millis);
    const now = await sample(box);
    const picture = compare(before, now, rows);
    before = now;
    if (flags["json"] !== undefined) out.line(JSON.stringify(picture));
    else out.text(`${flags["once"] === undefined ? CLEAR : ""}${drawn(picture, box.place).join("\n")}\n`);
    if (flags["once"] !== undefined) return 0;
  }
}

function compare(before: Sample, now: Sample, rows: number): Picture {
  const seconds = (now.atMillis - before.atMillis) / 1_000;
  const { links, accounts, clients, atMillis: _, ...rest } = now;
  return {
    sample: rest,
    links: rated(before.links, links, seconds),
    accounts: rated(before.accounts, accounts, seconds).slice(0, rows),
    clients: rated(before.clients, clients, seconds).slice(0, rows),
  };
}

function drawn({ sample: now, links, accounts, clients }: Picture, place: string): string[] {
  const { server, cpuPercent, memBytes, connections, subscriptions, slowConsumers, isLame } = now;
  return [
    `isthmus ${server.version}  ${server.name}  up ${server.uptime}${isLame ? "  LAME DUCK" : ""}  (${place})`,
    `cpu ${cpuPercent.toFixed(0)} %  memory ${bytesText(memBytes)}  clients ${connections}  ` +
      `subscriptions ${subscriptions}  slow consumers ${slowConsumers}`,
    "",
    ...section(["LINK", "KIND", "STATE", "MODE", "RTT", "PENDING"], links, (line) => [
      line.name,
      line.kind,
      line.state,
      line.mode,
      line.rtt,
      bytesText(line.pendingBytes),
    ]),
    "",
    ...section(["ACCOUNT", "", "", "", "", ""], accounts, (line) => [line.name, line.mode, "", "", "", ""]),
    "",
    ...section(["CLIENT", "ID", "ADDRESS", "", "RTT", "PENDING"], clients, (line) => [
      line.name,
      line.mode,
      line.state,
      "",
      line.rtt,
      bytesText(line.pendingBytes),
    ]),
  ];
}

const RATES = ["IN MSG/S", "OUT MSG/S", "IN B/S", "OUT B/S"];

/** Names are on the left, and from the round trip on there are numbers. */
const NUMBERS_FROM = 4;

function section(
  heads: readonly string[],
  lines: readonly Rated[],
  show: (line: Rated) => string[],
): string[] {
  const rows = lines.map((line) => [
    ...show(line).map(printable),
    countText(line.rate.inMsgs),
    countText(line.rate.outMsgs),
    bytesText(line.rate.inBytes),
    bytesText(line.rate.outBytes),
  ]);
  return table([[...heads, ...RATES], ...rows], NUMBERS_FROM);
}

/** Peers name themselves, and a terminal obeys what is printed on it. */
function printable(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, "?");
}

function countText(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Math.round(value * 10) / 10);
}

const UNITS = ["B", "KB", "MB", "GB", "TB"];

function bytesText(value: number): string {
  let unit = 0;
  let left = value;
  for (; left >= 1_000 && unit < UNITS.length - 1; unit++) left /= 1_000;
  return `${left >= 100 || unit === 0 ? Math.round(left) : left.toFixed(1)} ${UNITS[unit]}`;
}
