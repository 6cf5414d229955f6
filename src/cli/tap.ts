// `isthmus tap`: a copy of what crosses a link, line by line, until it is enough.

import { type Box, EXIT_NO, ToolError } from "./box.ts";
import type { ToolCommand } from "./tool-flags.ts";
import type { Out } from "./tools.ts";

/** A line of the stream; docs/admin.md has all of it. */
interface Line {
  readonly links?: readonly string[];
  readonly dropped?: number;
  readonly ended?: string;
  readonly shown?: number;
  readonly at?: string;
  readonly link?: string;
  readonly dir?: "in" | "out";
  readonly verb?: string;
  readonly account?: string;
  readonly subject?: string;
  readonly args?: string;
  readonly reply?: string;
  readonly queues?: readonly string[];
  readonly size?: number;
  readonly payload?: string;
  readonly cut?: boolean;
}

/** Exit 0 when the tap ended by itself, 1 when there is no such link or the box went away. */
export async function tap(box: Box, { words, flags }: ToolCommand, out: Out): Promise<number> {
  if (!box.isAdmin) throw new ToolError("a tap needs the admin socket; write --admin SOCKET", EXIT_NO);
  const query = new URLSearchParams({ link: words[0]! });
  for (const name of ["account", "subject", "limit", "rate", "seconds"]) {
    if (flags[name] !== undefined) query.set(name, flags[name]);
  }
  if (flags["payload"] !== undefined) query.set("payload", "1");
  const answer = await box.open(`/-/tap?${query}`, new AbortController().signal);
  if (answer.status !== 200) {
    const { error } = (await answer.json()) as { error: string };
    throw new ToolError(error, EXIT_NO);
  }
  let isOver = false;
  for await (const line of linesOf(answer)) {
    const event = JSON.parse(line) as Line;
    isOver = event.ended !== undefined;
    out.line(flags["json"] === undefined ? told(event) : line);
  }
  if (isOver) return 0;
  throw new ToolError("the box ended the tap", EXIT_NO);
}

async function* linesOf(answer: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let held = "";
  for await (const chunk of answer.body!) {
    const lines = (held + decoder.decode(chunk, { stream: true })).split("\n");
    held = lines.pop()!;
    yield* lines;
  }
}

function told(line: Line): string {
  if (line.links !== undefined) return `tapping ${line.links.join(", ")}`;
  if (line.ended !== undefined) return `ended: ${line.ended}; ${line.shown} shown, ${line.dropped} dropped`;
  if (line.at === undefined) return `${line.dropped} dropped`;
  const { at, link, dir, verb } = line;
  return printable(`${at.slice(11, 23)} ${link} ${dir === "in" ? "<<-" : "->>"} ${verb}${rest(line)}`);
}

function rest({ args, account, subject, reply, queues = [], size, payload, cut }: Line): string {
  if (args !== undefined) return args === "" ? "" : ` ${args}`;
  const parts = [
    account,
    subject,
    reply === undefined ? "" : `reply ${reply}`,
    ...queues.map((queue) => `group ${queue}`),
  ];
  const text =
    payload === undefined
      ? ""
      : ` ${JSON.stringify(Buffer.from(payload, "base64").toString())}${cut ? " …" : ""}`;
  return ` ${parts.filter((part) => part !== "").join(" ")} ${size} B${text}`;
}

/** Whatever peers wrote, a line is a line, and the terminal obeys nobody. */
function printable(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, "?");
}
