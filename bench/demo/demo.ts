// `bun run demo`: the main job in a few seconds. Two regions with a box in the middle of each, a third one
// that is a plain nats-server, traffic between them, and what the WAN had to carry for it. Every claim it
// prints was counted; it exits 0 only if all of them held.

import { parseArgs } from "node:util";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { bold, dim, green, Narrative, red } from "../lib/narrative.ts";
import { until } from "../lib/process.ts";
import { box, freePorts, natsServer, type Running, type System, startSystem } from "../lib/systems.ts";
import { grouped, table } from "../lib/table.ts";
import {
  gatewayz,
  grown,
  interestAt,
  linked,
  type Monitored,
  receivedFrom,
  sentTo,
  settled,
} from "../lib/wan.ts";

/** A cluster of one server, and a client of it. */
interface Region extends Monitored {
  readonly isBox: boolean;
  readonly running: Running;
  readonly shop: NatsConnection;
}

const SHOP = "SHOP";
const LAB = "LAB";
const ACCOUNTS = {
  [SHOP]: { user: "shop", password: "shop" },
  [LAB]: { user: "lab", password: "lab" },
};
const ORDERS = 1_000;
const UNWANTED = 10_000;
const HELP = `bun run demo [--stand-in]

Two regions, a box in the middle of each, linked by gateways on the loopback; and a third region that is a
nats-server, found or fetched as the tests do. --stand-in puts nats-servers in the place of the boxes, which
proves the demo itself: its claims hold for them too.`;

const story = new Narrative();
const started: Running[] = [];
const connections: NatsConnection[] = [];

async function tell(standIn: boolean): Promise<void> {
  const real = natsServer();
  picture(real !== undefined);
  story.chapter("Start: each server is told the gateways of the others, and nothing else about them");
  const regions = await startRegions(standIn ? undefined : box(), real);
  await linked(regions, Object.keys(ACCOUNTS));
  story.claim(`${regions.length} regions linked, each dialled by each, all accounts interest-only`, true);
  const [east, west, ...more] = regions as [Region, Region, ...Region[]];
  const westBook = await trade(regions);
  await ask(west, [east, ...more]);
  await keepHome(east, [west, ...more]);
  await leave(east, west, westBook, more);
  story.chapter("What the WAN carried, in the boxes' own words (/gatewayz)");
  story.show(await wanTable(regions));
}

function picture(withNorth: boolean): void {
  story.say(`\n${bold("Isthmus: the gateway box between NATS regions")}\n`);
  story.show("clients ── [ box east ] ═════════ WAN ═════════ [ box west ] ── clients");
  if (withNorth) {
    story.show("                  ╚════════════╗   ╔════════════╝");
    story.show("                      [ nats-server north ] ── clients");
  } else story.show("(the third region is left out: no nats-server here, and none could be fetched)");
}

/** Starts the regions; without `ours`, `real` stands in for the boxes. */
async function startRegions(ours: System | undefined, real: System | undefined): Promise<Region[]> {
  const middle = ours ?? real;
  if (middle === undefined) throw new Error("there is no nats-server to stand in for the boxes");
  const plan = [
    { name: "east", system: middle, isBox: true, ports: freePorts() },
    { name: "west", system: middle, isBox: true, ports: freePorts() },
    ...(real === undefined ? [] : [{ name: "north", system: real, isBox: false, ports: freePorts() }]),
  ];
  const regions: Region[] = [];
  for (const { name, system, isBox, ports } of plan) {
    const others = plan.filter((other) => other.name !== name);
    const remotes = Object.fromEntries(others.map((other) => [other.name, other.ports.gateway]));
    const running = await startSystem(system, {
      serverName: name,
      gateway: name,
      remotes,
      accounts: ACCOUNTS,
      ports,
      // Servers send each other events in a common system account, and those would be counted.
      systemAccount: `SYS_${name}`,
    });
    started.push(running);
    const listens = `clients ${ports.client}, gateway ${ports.gateway}, monitoring ${ports.monitor}`;
    story.show(
      `${name.padEnd(5)}  ${system.name} ${system.version}  ${dim(`pid ${running.pid}, ${listens}`)}`,
    );
    const shop = await client(running, SHOP, `shop in ${name}`);
    regions.push({ name, isBox, running, monitorPort: ports.monitor, shop });
  }
  return regions;
}

/** Every region sends orders and receives those of all; the other account sees none. Answers west's book. */
async function trade(regions: readonly Region[]): Promise<Book> {
  story.chapter(`Traffic across: each region subscribes to orders.> and publishes ${grouped(ORDERS)} orders`);
  const books = regions.map((region) => ({ region, book: new Book(region.shop, "orders.>") }));
  const { region: west, book: westBook } = books[1]!;
  const lab = await client(west.running, LAB, "lab in west");
  const labBook = new Book(lab, "orders.>");
  await Promise.all([lab.flush(), ...regions.map((region) => region.shop.flush())]);
  await interested(regions, "orders.>", regions);
  const before = await settled(regions);
  for (const region of regions) publish(region.shop, `orders.${region.name}`, ORDERS);
  await Promise.all(regions.map((region) => region.shop.flush()));
  await arrived(() => books.every(({ book }) => book.total >= ORDERS * regions.length));
  const after = await settled(regions);
  const rows = books.map(({ region, book }) => [
    `received in ${region.name}`,
    ...regions.map((from) => grouped(book.countOf(`orders.${from.name}`))),
  ]);
  story.show(
    table(["", ...regions.map((from) => `from ${from.name}`)], rows, ["left", "right", "right", "right"]),
  );
  story.claim(
    "every order arrived in every region, once",
    books.every(({ book }) => regions.every((from) => book.countOf(`orders.${from.name}`) === ORDERS)),
  );
  story.claim(
    "and in the order in which it was published",
    books.every(({ book }) => book.inOrder),
  );
  story.claim(
    `and none of them in the other account, ${LAB}, which subscribes to the same`,
    labBook.total === 0,
  );
  for (const region of regions.filter((one) => one.isBox)) {
    for (const to of regions.filter((one) => one !== region)) {
      const { messages } = grown(before, after, region, to);
      story.claim(
        `the WAN from ${region.name} to ${to.name} carried ${grouped(messages)}`,
        messages === ORDERS,
      );
    }
  }
  return westBook;
}

/** A request that no one at home can answer is answered from `answering`. */
async function ask(answering: Region, asking: readonly Region[]): Promise<void> {
  story.chapter(`A request answered from another region: only ${answering.name} has stock.check`);
  answering.shop.subscribe("stock.check", {
    callback: (_, request) => {
      request.respond(`${request.string()}: 42 in stock in ${answering.name}`);
    },
  });
  await answering.shop.flush();
  await interested(asking, "stock.check", [answering]);
  for (const region of asking) {
    const from = performance.now();
    const answer = await region.shop
      .request("stock.check", "bolts", { timeout: 2_000 })
      .then((message) => message.string())
      .catch((error: Error) => `no answer (${error.message})`);
    const millis = (performance.now() - from).toFixed(1);
    story.claim(
      `${region.name} asks and hears "${answer}" after ${millis} ms`,
      answer === `bolts: 42 in stock in ${answering.name}`,
    );
  }
}

/** What nobody elsewhere wants stays at home. */
async function keepHome(home: Region, others: readonly Region[]): Promise<void> {
  story.chapter(`Only where there is interest: ${grouped(UNWANTED)} messages that nobody elsewhere wants`);
  const book = new Book(home.shop, "debug.>");
  await home.shop.flush();
  await interested(others, "debug.>", [home]);
  const regions = [home, ...others];
  const before = await settled(regions);
  publish(home.shop, "debug.trace", UNWANTED);
  await home.shop.flush();
  await arrived(() => book.total >= UNWANTED);
  const after = await settled(regions);
  story.claim(`the subscriber in ${home.name} got ${grouped(book.total)}`, book.total === UNWANTED);
  for (const to of others) {
    const { messages, bytes, suppressed } = grown(before, after, home, to);
    const told = suppressed === null ? "" : `; ${home.name} counts ${grouped(suppressed)} suppressed`;
    story.claim(
      `the WAN from ${home.name} to ${to.name} carried ${grouped(messages)} messages, ${bytes} bytes${told}`,
      messages === 0 && bytes === 0 && (suppressed ?? UNWANTED) >= UNWANTED,
    );
  }
}

/** The last subscriber of a region goes, and its traffic with it; the other regions go on. */
async function leave(home: Region, leaving: Region, book: Book, staying: readonly Region[]): Promise<void> {
  story.chapter(
    `The subscriber in ${leaving.name} leaves; ${home.name} publishes ${grouped(ORDERS)} more orders`,
  );
  book.close();
  await leaving.shop.flush();
  await until("the interest to go", async () => {
    return !(await interestAt(home, leaving.name, SHOP)).includes("orders.>");
  });
  const regions = [home, leaving, ...staying];
  const before = await settled(regions);
  publish(home.shop, `orders.${home.name}`, ORDERS);
  await home.shop.flush();
  const after = await settled(regions);
  for (const to of [leaving, ...staying]) {
    const { messages } = grown(before, after, home, to);
    story.claim(
      `the WAN from ${home.name} to ${to.name} carried ${grouped(messages)}`,
      messages === (to === leaving ? 0 : ORDERS),
    );
  }
}

async function wanTable(regions: readonly Region[]): Promise<string> {
  const rows: string[][] = [];
  for (const region of regions.filter((one) => one.isBox)) {
    const { outbound_gateways: out, inbound_gateways: inward } = await gatewayz(region, "?accs=1");
    for (const other of regions.filter((one) => one !== region)) {
      const sent = sentTo(out?.[other.name]);
      const received = receivedFrom(inward?.[other.name] ?? []);
      const heard = (out?.[other.name]?.accounts ?? []).filter((one) => one.name in ACCOUNTS);
      rows.push([
        `${region.name} ⇄ ${other.name}`,
        grouped(sent.messages),
        grouped(sent.bytes),
        grouped(received.messages),
        grouped(received.bytes),
        sent.suppressed === null ? "not told" : grouped(sent.suppressed),
        heard.map((one) => `${one.name} ${one.interest_mode} ${one.num_subs ?? 0}`).join(", "),
      ]);
    }
  }
  const head = [
    "link",
    "sent",
    "bytes",
    "received",
    "bytes",
    "suppressed",
    "account, mode, subjects wanted there",
  ];
  return table(head, rows, ["left", "right", "right", "right", "right", "right", "left"]);
}

/** Counts what a subscription receives, and whether the numbers of each subject came in their order. */
class Book {
  total = 0;
  inOrder = true;
  readonly #counts = new Map<string, number>();
  readonly #close: () => void;

  constructor(connection: NatsConnection, subject: string) {
    const subscription = connection.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) this.#enter(message.subject, Number(message.string()));
      },
    });
    this.#close = () => subscription.unsubscribe();
  }

  countOf(subject: string): number {
    return this.#counts.get(subject) ?? 0;
  }

  close(): void {
    this.#close();
  }

  #enter(subject: string, number: number): void {
    const count = this.countOf(subject);
    if (number !== count) this.inOrder = false;
    this.#counts.set(subject, count + 1);
    this.total++;
  }
}

function publish(connection: NatsConnection, subject: string, count: number): void {
  for (let number = 0; number < count; number++) connection.publish(subject, String(number));
}

async function client(
  running: Running,
  account: keyof typeof ACCOUNTS,
  name: string,
): Promise<NatsConnection> {
  const { user, password } = ACCOUNTS[account];
  const servers = `127.0.0.1:${running.ports.client}`;
  const connection = await connect({ servers, user, pass: password, name, reconnect: false });
  connections.push(connection);
  return connection;
}

/** Waits until `regions` have heard that each of `wanting` wants `subject`. */
async function interested(
  regions: readonly Region[],
  subject: string,
  wanting: readonly Region[],
): Promise<void> {
  await until(`the interest in ${subject} to be heard`, async () => {
    for (const region of regions) {
      for (const other of wanting) {
        if (other !== region && !(await interestAt(region, other.name, SHOP)).includes(subject)) return false;
      }
    }
    return true;
  });
}

/** Waits for what is on its way; what does not come is seen in the counts, which tell more than a timeout. */
async function arrived(all: () => boolean): Promise<void> {
  await until("messages", all, 5_000).catch(() => {});
}

async function main(): Promise<number> {
  const options = { "stand-in": { type: "boolean", default: false }, help: { type: "boolean" } } as const;
  const { values } = parseArgs({ options });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const from = performance.now();
  try {
    await tell(values["stand-in"]);
  } finally {
    for (const connection of connections) await connection.close().catch(() => {});
    for (const running of started) await running.stop();
  }
  const seconds = ((performance.now() - from) / 1_000).toFixed(1);
  const { broken, claims } = story;
  if (broken.length === 0) story.say(`\n${green(`All ${claims} claims held.`)} ${seconds} s, all stopped.\n`);
  else
    story.say(`\n${red(`${broken.length} of ${claims} claims did not hold.`)} ${seconds} s, all stopped.\n`);
  return broken.length === 0 ? 0 : 1;
}

try {
  process.exit(await main());
} catch (error) {
  console.error(`\n${red("demo:")} ${(error as Error).message}`);
  process.exit(1);
}
