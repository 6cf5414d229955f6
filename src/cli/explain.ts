// `isthmus explain`: who would get a message, by which rule, over which link, and what it costs; /explainz in
// lines for people.

import type { Box } from "./box.ts";
import { table } from "./table.ts";
import type { ToolCommand } from "./tool-flags.ts";
import type { Out } from "./tools.ts";

/** As /explainz answers; docs/tools.md has all of it. */
interface Explained {
  readonly mapping?: { readonly by: string; readonly to: readonly (Explained & Mapped)[] };
  readonly clients?: readonly Receiver[];
  readonly clients_total?: number;
  readonly queues?: readonly Queue[];
  readonly leafs?: readonly (Receiver & { readonly refused?: string })[];
  readonly gateways?: readonly Gateway[];
  readonly imported_clients?: readonly (Receiver & Mapped)[];
  readonly imported_leafs?: readonly (Receiver & Mapped)[];
  readonly services?: readonly (Explained & Mapped & { readonly account: string; readonly by: string })[];
  readonly answers?: string;
  readonly ends?: string;
}

interface Mapped {
  readonly subject: string;
  readonly percent?: number;
  readonly account?: string;
}

interface Receiver {
  readonly cid?: number;
  readonly lid?: number;
  readonly name?: string;
  readonly sid?: string;
  readonly by?: string | readonly string[];
  readonly bytes?: number;
}

interface Queue {
  readonly queue: string;
  readonly members?: readonly Receiver[];
  readonly members_total?: number;
  readonly leafs?: readonly (Receiver & { readonly weight: number })[];
  readonly chosen: string;
  readonly bytes: number;
}

interface Gateway {
  readonly name: string;
  readonly sends: boolean;
  readonly says: string;
  readonly mode?: string;
  readonly by?: readonly string[];
  readonly queues?: readonly string[];
  readonly rule?: string;
  readonly bytes?: number;
}

type Head = Explained & {
  readonly account: string;
  readonly subject: string;
  readonly from: string;
  readonly reply?: { readonly subject: string; readonly mapped: boolean; readonly why: string };
  readonly receivers: number;
  readonly bytes: number;
};

export async function explainMessage(box: Box, { words, flags }: ToolCommand, out: Out): Promise<number> {
  const query = new URLSearchParams({ acc: words[0]!, subject: words[1]! });
  for (const name of ["reply", "from", "size"]) if (flags[name] !== undefined) query.set(name, flags[name]);
  const found = (await box.get(`/explainz?${query}`)) as Head;
  if (flags["json"] !== undefined) out.line(JSON.stringify(found, null, 2));
  else for (const line of explained(found)) out.line(line);
  return 0;
}

function explained(found: Head): string[] {
  const { account, subject, from, reply, receivers, bytes } = found;
  return [
    `${subject} in account ${account}, from a ${from}`,
    ...(reply === undefined ? [] : [`  reply ${reply.subject} ${mappedText(reply.mapped)}: ${reply.why}`]),
    ...indented(body(found)),
    `  ${receivers} ${receivers === 1 ? "line" : "lines"}, ${bytes} bytes on the wire`,
  ];
}

function mappedText(isMapped: boolean): string {
  return isMapped ? "carries the way home over gateways" : "goes as it is";
}

function body(of: Explained): string[] {
  const { mapping, clients = [], clients_total: total = clients.length, queues = [], leafs = [] } = of;
  if (of.ends !== undefined) return [of.ends];
  if (mapping !== undefined) {
    return mapping.to.flatMap((each) => [
      `mapped by ${mapping.by} to ${each.subject} (${each.percent} %)`,
      ...indented(body(each)),
    ]);
  }
  const lines = [
    ...group("clients", total, clients.map(receiver)),
    ...queues.flatMap(queueLines),
    ...group(
      "leafs",
      leafs.length,
      leafs.map((leaf) => [...receiver(leaf), leaf.refused ?? ""]),
    ),
    ...group("gateways", of.gateways?.length ?? 0, (of.gateways ?? []).map(gateway)),
    ...group(
      "clients of other accounts",
      of.imported_clients?.length ?? 0,
      (of.imported_clients ?? []).map(imported),
    ),
    ...group(
      "leafs of other accounts",
      of.imported_leafs?.length ?? 0,
      (of.imported_leafs ?? []).map(imported),
    ),
    ...(of.services ?? []).flatMap((service) => [
      `service of account ${service.account}, by ${service.by}, as ${service.subject}`,
      ...indented(body(service)),
    ]),
    ...(of.answers === undefined ? [] : [of.answers]),
  ];
  return lines.length === 0 ? ["nobody wants it"] : lines;
}

function group(what: string, total: number, rows: readonly string[][]): string[] {
  if (total === 0) return [];
  const more = total > rows.length ? [`  and ${total - rows.length} more`] : [];
  return [`${what} (${total})`, ...indented(table(rows)), ...more];
}

function receiver({ cid, lid, name = "", sid, by = "", bytes }: Receiver): string[] {
  const id = cid === undefined ? `lid:${lid}` : `cid:${cid}`;
  const patterns = typeof by === "string" ? by : by.join(", ");
  return [
    id,
    name,
    sid === undefined ? "" : `sid ${sid}`,
    patterns === "" ? "" : `by ${patterns}`,
    size(bytes),
  ];
}

function imported(each: Receiver & Mapped): string[] {
  return [...receiver(each), `account ${each.account}`, `as ${each.subject}`];
}

function gateway({ name, sends, says, mode = "", by = [], queues = [], rule, bytes }: Gateway): string[] {
  const names = [...by, ...queues.map((queue) => `group ${queue}`)];
  const why = rule === undefined ? says : `${says}: ${rule}`;
  const wanted = names.length === 0 ? "" : sends ? `: ${names.join(", ")}` : `; it wants ${names.join(", ")}`;
  return [name, sends ? "sends" : "does not send", mode, why + wanted, size(bytes)];
}

function queueLines(of: Queue): string[] {
  const { queue, members = [], members_total: total = 0, leafs = [], chosen, bytes } = of;
  const rows = [
    ...members.map(receiver),
    ...leafs.map((leaf) => [...receiver(leaf), `weight ${leaf.weight}`]),
  ];
  return [`group ${queue} (${total + leafs.length}): ${chosen}, ${size(bytes)}`, ...indented(table(rows))];
}

function size(bytes: number | undefined): string {
  return bytes === undefined ? "" : `${bytes} B`;
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
