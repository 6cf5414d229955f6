// Where an operator looks: log, JSON endpoint, metrics, health and dashboard of the box, each asked why
// something is not there.

import type { Browser, Page } from "playwright-core";
import { findChromium, launchBrowser, openPage } from "../../test/support/browser.ts";
import type { Member } from "../../test/support/member.ts";
import type { Subject } from "./failures.ts";
import type { TourWorld } from "./world.ts";

/** What a surface says: the reason code, and the text in which it stands. */
export interface Seen {
  readonly code: string;
  readonly text: string;
}

export interface Surface {
  readonly name: "log" | "endpoint" | "metrics" | "health" | "dashboard";
  /** All that it says of the subject; of the log only what came behind `from`. */
  seen(subject: Subject, from: number): Promise<readonly Seen[]>;
}

/** Fields of the documents as far as they are read here. */
interface Told {
  readonly reason?: string;
  readonly [field: string]: unknown;
}

/** Who was cut or sent away. */
interface Ended {
  readonly ended_lately?: readonly Told[];
}

/** Without a browser there is no dashboard, and `without` says so. */
export interface Surfaces {
  readonly all: readonly Surface[];
  readonly without: string;
  close(): Promise<void>;
}

export async function openSurfaces(world: TourWorld): Promise<Surfaces> {
  const own: Surface[] = [
    { name: "log", seen: async (subject, from) => logSeen(world, subject, from) },
    { name: "endpoint", seen: (subject) => endpointSeen(world, subject) },
    { name: "metrics", seen: (subject) => metricsSeen(world, subject) },
    { name: "health", seen: (subject) => healthSeen(world, subject) },
  ];
  if (findChromium() === undefined) {
    return { all: own, without: "no Chromium here, so no dashboard", close: async () => {} };
  }
  const browser = await launchBrowser();
  const dashboard = await Dashboard.open(browser, world);
  own.push({ name: "dashboard", seen: (subject) => dashboard.seen(subject) });
  return { all: own, without: "", close: () => browser.close() };
}

/** As the box names it: a region by its name, a hub by its address. */
function nameOf(world: TourWorld, subject: Subject): string {
  return subject.kind === "gateway"
    ? subject.name
    : subject.kind === "leaf"
      ? world.hubName(subject.name)
      : "";
}

/** As the box calls its kind of connection. */
function kindOf({ kind }: Subject): "gateway" | "leaf" | "client" {
  return kind === "spoke" ? "leaf" : kind;
}

/** Lines about it that have a reason: of a region those with its name or about its address. */
function logSeen(world: TourWorld, subject: Subject, from: number): Seen[] {
  const seen: Seen[] = [];
  for (const line of world.box.log.slice(from).split("\n")) {
    if (!line.startsWith("{") || !line.endsWith("}")) continue;
    const { reason, kind, peer, message } = JSON.parse(line) as Told;
    if (reason === undefined || kind !== kindOf(subject)) continue;
    if (subject.kind === "gateway" && peer !== subject.name) continue;
    seen.push({ code: reason, text: String(message) });
  }
  return seen;
}

async function endpointSeen(world: TourWorld, subject: Subject): Promise<Seen[]> {
  if (subject.kind === "client") {
    const { connections } = await read<{ connections: Told[] }>(world.box, "connz?state=closed");
    return connections
      .filter(({ name }) => name === "sleeper")
      .map((told) => shown("/connz", told, "reason"));
  }
  if (subject.kind === "spoke") {
    const { ended_lately = [] } = await read<Ended>(world.box, "leafz?history=1");
    return ended_lately.map((told) => shown("/leafz?history=1", told, "kind", "reason", "count"));
  }
  if (subject.kind === "gateway") {
    const { outbound_gateways: out } = await read<{ outbound_gateways: Record<string, Told> }>(
      world.box,
      "gatewayz",
    );
    return [out[subject.name] ?? {}].filter(hasReason).map((told) => shown("/gatewayz", told, ...FIELDS));
  }
  const { remotes } = await read<{ remotes: Told[] }>(world.box, "leafz");
  const own = remotes.filter(({ name }) => name === nameOf(world, subject));
  return own.filter(hasReason).map((told) => shown("/leafz", told, ...FIELDS));
}

const FIELDS = ["state", "reason", "last_error"] as const;

async function metricsSeen(world: TourWorld, subject: Subject): Promise<Seen[]> {
  const answer = await fetch(`${world.box.monitorUrl}/metrics`, { keepalive: false });
  const wanted = {
    gateway: `isthmus_gateway_down_info{gateway="${nameOf(world, subject)}"`,
    leaf: "isthmus_leaf_remote_down_info{",
    client: 'isthmus_connections_closed_total{kind="client"',
    spoke: 'isthmus_connections_closed_total{kind="leaf"',
  }[subject.kind];
  const lines = (await answer.text()).split("\n").filter((line) => line.startsWith(wanted));
  return lines
    .filter((line) => line.includes(nameOf(world, subject)) && !line.endsWith(" 0"))
    .map((line) => ({ code: /reason="([^"]*)"/.exec(line)?.[1] ?? "", text: line }));
}

async function healthSeen(world: TourWorld, subject: Subject): Promise<Seen[]> {
  const health = await read<Ended & { details?: Told[] }>(world.box, "healthz?details=1");
  if (subject.kind === "client" || subject.kind === "spoke") {
    const own = (health.ended_lately ?? []).filter(({ kind }) => kind === kindOf(subject));
    return own.map((told) => shown("/healthz", told, "kind", "reason", "count"));
  }
  const name = nameOf(world, subject);
  const own = (health.details ?? []).filter(({ gateway, leafnode }) => gateway === name || leafnode === name);
  return own.map((told) => shown("/healthz", told, "type", "state", "reason"));
}

function hasReason({ reason }: Told): boolean {
  return reason !== undefined;
}

function shown(path: string, told: Told, ...fields: readonly string[]): Seen {
  const kept = fields.filter((field) => told[field] !== undefined).map((field) => [field, told[field]]);
  return { code: told.reason ?? "", text: `${path} ${JSON.stringify(Object.fromEntries(kept))}` };
}

async function read<T>(box: Member, path: string): Promise<T> {
  const answer = await fetch(`${box.monitorUrl}/${path}`, { keepalive: false });
  if (!answer.ok) throw new Error(`/${path}: ${answer.status}`);
  return (await answer.json()) as T;
}

/** As people see it: the card of a link on the map, and the table of clients that are gone. */
class Dashboard {
  private constructor(
    private readonly page: Page,
    private readonly world: TourWorld,
  ) {}

  static async open(browser: Browser, world: TourWorld): Promise<Dashboard> {
    const { page } = await openPage(browser, `${world.box.monitorUrl}/ui/`);
    return new Dashboard(page, world);
  }

  async seen(subject: Subject): Promise<Seen[]> {
    if (subject.kind === "client") return this.#clients();
    if (subject.kind === "spoke") return this.#timeline();
    await this.page.getByRole("tab", { name: "Map" }).click();
    const card = this.page.locator(".card").filter({ hasText: nameOf(this.world, subject) });
    const why = await card.locator(".why").allInnerTexts();
    return why.map((text) => ({ code: codeOf(text), text }));
  }

  async #timeline(): Promise<Seen[]> {
    await this.page.getByRole("tab", { name: "Timeline" }).click();
    const events = await this.page.locator(".event-down").filter({ hasText: "leaf connection" }).all();
    return Promise.all(
      events.map(async (event) => {
        const code = (await event.locator(".why").textContent()) ?? "";
        return { code, text: `${code}: a leaf connection ended` };
      }),
    );
  }

  async #clients(): Promise<Seen[]> {
    await this.page.getByRole("tab", { name: "Clients" }).click();
    await this.page.getByLabel("State").selectOption("closed");
    const rows = await this.page.getByRole("row").filter({ hasText: "sleeper" }).allInnerTexts();
    return rows.map((row) => {
      const code = row.split(/[\t\n]/).find((cell) => cell.startsWith("Slow Consumer")) ?? "";
      return { code, text: `sleeper: ${code}` };
    });
  }
}

/** The code stands first; of a region that still reaches us, behind what that is called. */
function codeOf(why: string): string {
  return why.replace("we cannot reach it: ", "").split(";")[0]!.trim();
}
