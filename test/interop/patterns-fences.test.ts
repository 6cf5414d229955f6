// The patterns departments and laptop: links that let pass what they are meant to let pass, and nothing else.

import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { errors, type NatsConnection } from "@nats-io/transport-node";
import type { Frame } from "../support/gateway-frames.ts";
import { leafs } from "../support/leafz.ts";
import { HAS_STAND_IN } from "../support/member.ts";
import { collect, publishNumbers, unique } from "../support/messages.ts";
import { type Links, PatternWorld, reaches } from "../support/pattern-world.ts";
import { guardProcesses } from "../support/process.ts";
import { connectRaw } from "../support/raw-client.ts";
import { RawLink } from "../support/raw-link.ts";
import { describeWith } from "../support/sides.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(30_000);
guardProcesses();

const COUNT = 100;

const LAPTOP: Links = {
  leafs: [
    ["window", ["production"], "PRODUCTION"],
    ["laptop", ["window"]],
  ],
};

if (HAS_STAND_IN) console.error("SKIPPED departments, laptop: a nats-server does not read the box's YAML");
else {
  describeWith("the pattern departments", ["box", "2.15"], departments);
  describeWith("the pattern laptop", ["box", "2.15"], laptop);
  describeWith("the pattern laptop with one of its fences", ["box", "2.15"], () => {
    oneFence("the permission to publish denied", /^ *publish: \{ deny.*\n/m, true);
    oneFence("the denied exports", /^ *deny_exports: .*\n/m, false);
  });
}

function departments(): void {
  const DEPARTMENTS = ["sales", "lab"] as const;
  let world: PatternWorld;
  beforeAll(async () => {
    world = await PatternWorld.up("departments", {
      leafs: DEPARTMENTS.map((department) => [department, ["company"]] as const),
      tapped: "company",
    });
  });
  afterEach(() => world?.closeClients());
  afterAll(() => world?.close());

  const company = () =>
    world.client("company", { more: { user: "company", pass: world.variable("COMPANY_PASSWORD") } });

  /** What a department's link carried, both ways, as plain lines: what cannot be read proves nothing. */
  const carried = (department: string): readonly Frame[] => {
    const frames = (["forth", "back"] as const).flatMap((way) =>
      world.tap("company").frames(way, department),
    );
    expect(frames.some(({ verb, args }) => verb === "LMSG" && args[0]!.startsWith("shared."))).toBe(true);
    return frames;
  };
  const below = (frames: readonly Frame[], stem: string) =>
    frames.filter(({ verb, args }) => /^(?:LS[+-]|LMSG|HMSG)$/.test(verb) && args[0]!.startsWith(`${stem}.`));

  test("what is shared is heard by the other department and by the company", async () => {
    const [sales, lab, all] = [await world.client("sales"), await world.client("lab"), await company()];
    const subject = unique("shared.offers");
    const received = [await collect(lab, subject), await collect(all, subject)];
    await reaches(sales, lab, "shared");
    await reaches(sales, all, "shared");
    await publishNumbers(sales, subject, COUNT);
    for (const collector of received) await collector.has(COUNT);
    await reaches(sales, lab, "shared");
    expect(received.map(({ count }) => count)).toEqual([COUNT, COUNT]);
  });

  test("what is local stays off the link, whoever asks for everything", async () => {
    const [sales, colleague, lab, all] = [
      await world.client("sales"),
      await world.client("sales"),
      await world.client("lab"),
      await company(),
    ];
    const stem = unique("local");
    const home = await collect(colleague, `${stem}.>`);
    for (const stranger of [lab, all]) await collect(stranger, ">");
    const strangers = [await collect(lab, `${stem}.>`), await collect(all, `${stem}.>`)];
    colleague.subscribe(`${stem}.svc`, { callback: (_, message) => void message.respond("at home") });
    await colleague.flush();
    for (const client of [lab, all]) await reaches(sales, client, "shared");
    const before = await counts();

    await publishNumbers(sales, `${stem}.lead`, COUNT);
    await home.has(COUNT);
    expect((await sales.request(`${stem}.svc`, "", { timeout: 3_000 })).string()).toBe("at home");
    for (const client of [lab, all]) await publishNumbers(client, `${stem}.own`, COUNT);
    sales.publish(unique("shared.mark"), "the only one");
    await sales.flush();
    await until("the mark is counted", async () => (await counts()).sales!.in === before.sales!.in + 1);
    expect((await counts()).sales).toEqual({ in: before.sales!.in + 1, out: before.sales!.out });

    await reaches(sales, lab, "shared");
    await reaches(lab, sales, "shared");
    const own = Array.from({ length: COUNT }, () => `${stem}.own`);
    for (const { messages } of strangers) expect(messages.map(({ subject }) => subject)).toEqual(own);
    expect(home.messages.some(({ subject }) => subject === `${stem}.own`)).toBe(false);
    for (const department of DEPARTMENTS) {
      expect(below(carried(department), stem)).toEqual([]);
      expect(below(carried(department), "_INBOX")).toEqual([]);
    }
    expect(world.tap("company").connections.length).toBe(DEPARTMENTS.length);
  });

  test("a department asks another one with an inbox below shared, and with any other inbox in vain", async () => {
    const lab = await world.client("lab");
    const subject = unique("shared.svc");
    lab.subscribe(subject, { callback: (_, message) => void message.respond("from the lab") });
    await lab.flush();
    const asker = await world.client("sales", { more: { inboxPrefix: "shared.inbox.sales" } });
    await reaches(asker, lab, "shared");
    expect((await asker.request(subject, "", { timeout: 3_000 })).string()).toBe("from the lab");
    const forgetful = await world.client("sales");
    await expect(forgetful.request(subject, "", { timeout: 300 })).rejects.toThrow(errors.TimeoutError);
  });

  test("a department keeps back what it wants to keep, below shared too", async () => {
    const [sales, lab, all] = [await world.client("sales"), await world.client("lab"), await company()];
    const atLab = await collect(lab, "shared.>");
    const atCompany = await collect(all, "shared.>");
    for (const client of [lab, all]) await reaches(sales, client, "shared");
    const [draft, figures] = [unique("shared.sales.draft"), unique("shared.sales.figures")];
    for (const subject of [draft, figures]) sales.publish(subject, "");
    await sales.flush();
    for (const client of [lab, all]) await reaches(sales, client, "shared");
    const heardBy = ({ messages }: typeof atLab) =>
      messages.map(({ subject }) => subject).filter((subject) => subject.startsWith("shared.sales."));
    expect([heardBy(atLab), heardBy(atCompany)]).toEqual([[], [figures]]);
    expect(below(carried("sales"), "shared.sales.draft")).toEqual([]);
    expect(below(carried("lab"), "shared.sales.figures")).toEqual([]);
  });

  test("the company's box dies: departments go on for themselves, and share again when it is back", async () => {
    const [sales, colleague, lab] = [
      await world.client("sales"),
      await world.client("sales"),
      await world.client("lab"),
    ];
    await reaches(sales, lab, "shared");
    await world.member("company").kill();
    await reaches(sales, colleague, "local");
    await world.member("company").start();
    await world.linked();
    await reaches(sales, lab, "shared");
    await reaches(lab, sales, "shared");
  });

  /** Messages on each department's link, as the company's box counts them. */
  async function counts() {
    const links = await leafs(world.member("company"));
    const entries = links.map(
      ({ name, in_msgs, out_msgs }) => [name, { in: in_msgs, out: out_msgs }] as const,
    );
    return Object.fromEntries(entries) as { sales?: { in: number; out: number } };
  }
}

function laptop(): void {
  let world: PatternWorld;
  beforeAll(async () => {
    world = await PatternWorld.up("laptop", LAPTOP);
  });
  afterEach(() => world?.closeClients());
  afterAll(() => world?.close());

  const production = () =>
    world.client("production", { more: { user: "app", pass: world.variable("APP_PASSWORD") } });
  const login = () => ({ user: "laptop", pass: world.variable("LAPTOP_PASSWORD") });

  test("the laptop hears production's orders, and nothing else of it", async () => {
    const [app, developer] = [await production(), await world.client("laptop")];
    const stem = unique("orders");
    const everything = await collect(developer, ">");
    await reaches(app, developer, "orders");
    await publishNumbers(app, stem, COUNT);
    for (const other of ["payments", "_INBOX"]) app.publish(unique(other), "");
    await reaches(app, developer, "orders");
    const subjects = everything.messages.map(({ subject }) => subject);
    expect(subjects.filter((subject) => subject === stem).length).toBe(COUNT);
    expect(subjects.filter((subject) => !subject.startsWith("orders."))).toEqual([]);
  });

  test("what the laptop publishes stays on the laptop, and its requests find nobody", async () => {
    const [app, developer, local] = [
      await production(),
      await world.client("laptop"),
      await world.client("laptop"),
    ];
    const subject = unique("orders");
    const [arrived, everything] = [await collect(app, subject), await collect(app, ">")];
    const athome = await collect(local, subject);
    app.subscribe(`${subject}.svc`, { callback: (_, message) => void message.respond("production") });
    await app.flush();
    await reaches(app, developer, "orders");
    await publishNumbers(developer, subject, COUNT);
    await athome.has(COUNT);
    expect(await isRefused(developer, `${subject}.svc`)).toBe(true);
    // What the laptop wants goes the way of what it sends, behind it.
    await reaches(app, developer, "orders");
    expect(arrived.count).toBe(0);
    expect(everything.messages.filter((message) => !message.subject.includes(".probe."))).toEqual([]);
    const [window] = await leafs(world.member("production"));
    expect([window!.in_msgs, (await inbound()).in_msgs]).toEqual([0, 0]);
  });

  test("the laptop is told nothing of what production or other laptops want", async () => {
    const [app, developer] = [await production(), await world.client("laptop")];
    const subject = unique("orders");
    await collect(app, `${subject}.app`);
    const window = await world.client("window", { more: login() });
    await collect(window, `${subject}.window`);
    await reaches(app, developer, "orders");
    const link = (await leafs(world.member("laptop"), "?subs=1"))[0]!;
    expect((link.subscriptions_list ?? []).filter((one) => !one.startsWith("$"))).toEqual([]);
    expect((await inbound()).is_isolated).toBe(true);
  });

  test("a laptop that sends all the same is told so and cut off, and nothing arrives", async () => {
    const app = await production();
    const subject = unique("orders");
    const arrived = await collect(app, subject);
    const link = await RawLink.dial(world.member("window").ports.leaf!);
    await link.next("INFO");
    link.send(`CONNECT ${JSON.stringify({ ...login(), name: "modified", version: "2.15.2" })}\r\n`);
    await link.next("INFO");
    link.send(`LMSG ${subject} 3\r\nbad\r\n`);
    expect((await link.next("-ERR")).line).toBe(`-ERR 'Permissions Violation for Publish to "${subject}"'`);
    await link.gone();
    const reader = await world.client("window", { more: login() });
    await reaches(app, reader, "orders");
    expect(arrived.count).toBe(0);
  });

  test("a client with the laptop's user reads, and its publishing is refused by name", async () => {
    const app = await production();
    const subject = unique("orders");
    const arrived = await collect(app, subject);
    const reader = await world.client("window", { more: login() });
    await reaches(app, reader, "orders");
    const { link } = await connectRaw(world.member("window").ports.client, login());
    link.send(`PUB ${subject} 3\r\nbad\r\nSUB payments.> 1\r\nPING\r\n`);
    const isError = ({ verb }: Frame) => verb === "-ERR";
    expect((await link.next(isError)).line).toBe(`-ERR 'Permissions Violation for Publish to "${subject}"'`);
    expect((await link.next(isError)).line).toBe(
      "-ERR 'Permissions Violation for Subscription to \"payments.>\"'",
    );
    await link.next("PONG");
    link.close();
    await reaches(app, reader, "orders");
    expect(arrived.count).toBe(0);
  });

  test("the box dies: production does not notice, and the laptop reads again when it is back", async () => {
    const [app, other, developer] = [await production(), await production(), await world.client("laptop")];
    await reaches(app, developer, "orders");
    await world.member("window").kill();
    await reaches(app, other, "payments");
    await world.member("window").start();
    await world.linked();
    await reaches(app, developer, "orders");
  });

  /** The laptop's link as the box sees it. */
  async function inbound() {
    const links = await leafs(world.member("window"));
    return links.find(({ name }) => name === "laptop")!;
  }
}

/** The files as they are but for one of the two fences. */
function oneFence(without: string, line: RegExp, leaves: boolean): void {
  test(`nothing comes into production without ${without} either`, async () => {
    const world = await PatternWorld.up("laptop", {
      ...LAPTOP,
      edit: ({ name, text }) => {
        const edited = name === "window" ? text.replace(line, "") : text;
        expect(edited === text).toBe(name !== "window");
        return edited;
      },
    });
    try {
      const user = { user: "app", pass: world.variable("APP_PASSWORD") };
      const app = await world.client("production", { more: user });
      const login = { user: "laptop", pass: world.variable("LAPTOP_PASSWORD") };
      const window = await world.client("window", { more: login });
      const developer = await world.client("laptop");
      const subject = unique("orders");
      const [arrived, passed] = [await collect(app, subject), await collect(window, subject)];
      await reaches(app, developer, "orders");
      if (leaves) await reaches(developer, window, "orders");
      await publishNumbers(developer, subject, COUNT);
      if (leaves) await passed.has(COUNT);
      await reaches(app, developer, "orders");
      expect([arrived.count, passed.count]).toEqual([0, leaves ? COUNT : 0]);
      expect((await leafs(world.member("production")))[0]!.in_msgs).toBe(0);
    } finally {
      await world.close();
    }
  });
}

/** Whether nobody answers, as the asker is told at once. */
async function isRefused(asker: NatsConnection, subject: string): Promise<boolean> {
  const answer = await asker.request(subject, "", { timeout: 1_000 }).catch((error: unknown) => error);
  return answer instanceof errors.RequestError && answer.isNoResponders();
}
