// The dashboard in a real browser, on a box without sockets: keyboard, width, colours, paths, hostile names,
// and more accounts and leaf nodes than anybody has.

import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { MonitorServer } from "../../src/monitor/server.ts";
import { Box } from "../monitor/support.ts";
import { describeInBrowser, launchBrowser, openPage, type Watched } from "../support/browser.ts";

setDefaultTimeout(60_000);

const TABS = ["map", "links", "timeline", "leafs", "clients", "interest"];
const PHONE = { viewport: { width: 360, height: 740 } };

let server: MonitorServer | null = null;

/** Answers the address of the dashboard. */
function serve(box: Box, basePath = ""): string {
  server = new MonitorServer(box.source);
  server.open({ clear: { host: "127.0.0.1", port: 0 }, secure: null, basePath });
  return `http://127.0.0.1:${server.port}${basePath}/ui/`;
}

/** A box with some of everything. */
function peopled(): Box {
  const box = new Box();
  box.core.start(box.now);
  const east = box.dialed("EAST");
  box.accepted("EAST");
  box.command(east, 2, "SHOP");
  box.feed(east, "RS+ SHOP orders.>\r\nRS+ SHOP billing.*\r\n");
  box.command(east, 3, "SHOP");
  box.feed(box.spoke("edge"), "LS+ sensors.>\r\n");
  box.feed(box.client("ann", "worker"), "SUB a 1\r\n");
  return box;
}

describeInBrowser("the page", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    await server?.stop();
  });

  const open = async (box: Box, options: BrowserContextOptions = {}, basePath = ""): Promise<Watched> => {
    const watched = await openPage(browser, serve(box, basePath), options);
    await watched.page.getByRole("status").first().waitFor();
    await watched.page.locator(".card").first().waitFor();
    return watched;
  };
  const focused = (page: Page): Promise<string> =>
    page.evaluate("document.activeElement.textContent.trim().slice(0, 40)");
  const overflow = (page: Page): Promise<number> =>
    page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");

  test("is walked with the keyboard alone: skip link, tabs by arrows, cards by Enter", async () => {
    const { page, complaints } = await open(peopled());
    await page.keyboard.press("Tab");
    expect(await focused(page)).toBe("Skip to the figures");
    const outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle");
    expect(outline).toBe("solid");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("content");
    await page.keyboard.press("Tab");
    expect(await focused(page)).toContain("Gateway");
    await page.keyboard.press("Enter");
    await page.locator(".link-head").getByText("EAST").waitFor();
    await page.getByRole("tab", { name: "Links" }).focus();
    for (const [key, tab] of [
      ["ArrowRight", "Timeline"],
      ["End", "Interest"],
      ["ArrowRight", "Map"],
      ["ArrowLeft", "Interest"],
      ["Home", "Map"],
    ] as const) {
      await page.keyboard.press(key);
      await page.locator(`[role=tab][aria-selected=true]:text-is("${tab}")`).waitFor();
      expect(await focused(page)).toBe(tab);
    }
    expect(complaints).toEqual([]);
  });

  test("is as wide as a phone, on every tab", async () => {
    const { page } = await open(peopled(), PHONE);
    for (const tab of [...TABS, "links/gateway%3AEAST"]) {
      await page.goto(`${page.url().split("#")[0]}#/${tab}`);
      await page.getByText("Reading").waitFor({ state: "detached" });
      expect(`${tab}: ${await overflow(page)}`).toBe(`${tab}: 0`);
    }
  });

  test("is dark where the system is, and as the reader chooses, also after a reload", async () => {
    const { page } = await open(peopled(), { colorScheme: "dark" });
    const brightness = (): Promise<number> =>
      page.evaluate("Number(/\\d+/.exec(getComputedStyle(document.body).backgroundColor)[0])");
    expect(await brightness()).toBeLessThan(60);
    await page.getByRole("button", { name: /^Colours: auto/ }).click();
    expect(await brightness()).toBeGreaterThan(200);
    await page.reload();
    await page.getByRole("button", { name: /^Colours: light/ }).click();
    expect(await brightness()).toBeLessThan(60);
  });

  test("texts stand out against what is behind them, in both schemes", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const { page } = await openPage(browser, serve(peopled()), { colorScheme });
      await page.locator(".card").first().waitFor();
      const contrasts = (await page.evaluate(CONTRASTS)) as [string, number][];
      expect(contrasts.length).toBeGreaterThan(20);
      expect(contrasts.filter(([, contrast]) => contrast < 4.5)).toEqual([]);
      await server!.stop();
    }
  });

  test("works below a base path, and without the slash at its end", async () => {
    const { page, complaints } = await open(peopled(), {}, "/nats/box");
    const origin = new URL(page.url()).origin;
    await page.goto(`${origin}/nats/box/ui`);
    await page.locator(".card").first().waitFor();
    expect(page.url()).toBe(`${origin}/nats/box/ui/`);
    await page.goto(`${origin}/nats/box/`);
    await page.getByRole("link", { name: "Dashboard" }).click();
    await page.locator(".card").first().waitFor();
    expect(complaints).toEqual([]);
  });

  test("says that the box does not answer, keeps the last figures, and goes on when it does", async () => {
    const box = peopled();
    const { page } = await open(box);
    const port = Number(new URL(page.url()).port);
    await server!.stop();
    await page.getByRole("alert").getByText("does not answer").waitFor({ timeout: 15_000 });
    expect(await page.locator(".card").count()).toBe(3);
    server = new MonitorServer(box.source);
    server.open({ clear: { host: "127.0.0.1", port }, secure: null, basePath: "" });
    await page.getByText("does not answer").waitFor({ state: "detached", timeout: 15_000 });
  });

  test("shows hostile names as texts, in their own direction, and is not widened by them", async () => {
    const names = [
      "<script>globalThis.pwned = 1</script>",
      '"><img src=x onerror="globalThis.pwned = 1">',
      "\u202Egnp.exe \u05D0\u05D1\u05D2 \u0645\u0631\u062D\u0628\u0627",
      `x'";--${"very-long-".repeat(60)}`,
      "javascript:globalThis.pwned=1",
    ];
    const box = new Box();
    box.core.start(box.now);
    for (const name of names) box.feed(box.spoke(name), "LS+ <b>.>\r\n");
    for (const name of names) box.client("ann", name);
    const east = box.dialed("EAST");
    box.command(east, 2, "<svg/onload=globalThis.pwned=1>");
    box.command(east, 3, "<svg/onload=globalThis.pwned=1>");
    const { page, complaints } = await open(box, PHONE);
    const base = page.url().split("#")[0];
    for (const tab of [...TABS, "links/gateway%3AEAST", "links/%3Cscript%3E", "%zz/%00"]) {
      await page.goto(`${base}#/${tab}`);
      await page.getByText("Reading").waitFor({ state: "detached" });
      expect(`${tab}: ${await overflow(page)}`).toBe(`${tab}: 0`);
    }
    await page.goto(`${base}#/clients`);
    for (const name of names) await page.getByText(name).first().waitFor();
    await page.goto(`${base}#/links/gateway%3AEAST`);
    await page.getByText("<svg/onload=globalThis.pwned=1>").first().waitFor();
    expect(await page.evaluate("globalThis.pwned ?? null")).toBeNull();
    expect(await page.locator("#app script, #app img, #app [onload]").count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test("explains a subject in the words of the box where the box can, and offers nothing where it cannot", async () => {
    const { page } = await open(peopled());
    const base = page.url().split("#")[0];
    const root = base!.replace(/ui\/$/, "");
    await page.route(root, (route) => route.fulfill({ body: '<a href="/varz">General</a>' }));
    await page.goto(`${base}#/interest`);
    await page.reload();
    await page.getByRole("heading", { name: "Who wants what" }).waitFor();
    expect(await page.getByText("Would it cross?").count()).toBe(0);
    await page.unroute(root);
    await page.reload();
    await page.getByLabel(/Subject in account/).fill("orders.eu");
    await page.getByRole("button", { name: "Explain" }).click();
    await page.getByRole("region", { name: "Explain" }).getByText("receivers").waitFor();
    await page.route(`${root}explainz?*`, (route) => {
      const subject = new URL(route.request().url()).searchParams.get("subject");
      return route.fulfill({ json: { subject, targets: [{ gateway: "EAST", by_rule: "<i>none</i>" }] } });
    });
    await page.reload();
    await page.getByLabel(/Subject in account/).fill("orders.eu");
    await page.getByRole("button", { name: "Explain" }).click();
    const panel = page.getByRole("region", { name: "Explain" });
    for (const text of ["orders.eu", "EAST", "by rule", "<i>none</i>"]) await panel.getByText(text).waitFor();
  });

  test("10,000 accounts and 1,000 leaf nodes come a page at a time, and cost the box little", async () => {
    const box = crowded();
    const { page, complaints } = await open(box);
    await page.getByText("and 995 more leaf nodes").waitFor();
    const sizes: number[] = [];
    page.on("response", (response) => {
      if (response.url().includes("z"))
        void response.body().then(
          (body) => sizes.push(body.length),
          () => {},
        );
    });
    await page.goto(`${page.url().split("#")[0]}#/links/gateway%3AEAST`);
    await page.getByText(/^1–25 of 1000\d accounts/).waitFor();
    await page.getByLabel("Filter").fill("account-77");
    await page.getByText("1–25 of 111 accounts").waitFor();
    await page.getByRole("button", { name: "Next" }).click();
    await page.getByText("26–50 of 111 accounts").waitFor();
    await page.getByRole("tab", { name: "Leaf nodes" }).click();
    await page.getByText("1–50 of 1000 leaf links").waitFor();
    await page.getByLabel("Filter").fill("edge-99");
    await page.getByText("1–11 of 11 leaf links").waitFor();
    await page.getByRole("tab", { name: "Timeline" }).click();
    await page.locator(".event-mode").first().waitFor();
    expect(sizes.length).toBeGreaterThan(5);
    expect(Math.max(...sizes)).toBeLessThan(300_000);
    expect(await page.evaluate("document.querySelectorAll('*').length")).toBeLessThan(5_000);
    expect(complaints).toEqual([]);
  });
});

const CONTRASTS = `(() => {
  const parse = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => {
    const linear = (v) => (v <= 10.3 ? v / 3295 : ((v / 255 + 0.055) / 1.055) ** 2.4);
    const [x, y, z] = [r, g, b].map(linear);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const texts = [...document.querySelectorAll("#app *")].filter((element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== ""));
  return texts.filter((element) => !element.closest(":disabled, .visually-hidden")).map((element) => {
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
    return [element.textContent.slice(0, 30), (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
  });
})()`;

function crowded(): Box {
  const box = new Box();
  box.core.start(box.now);
  const east = box.dialed("EAST");
  box.accepted("EAST");
  for (let i = 0; i < 10_000; i++) {
    box.command(east, 2, `account-${i}`);
    box.feed(east, `RS+ account-${i} orders.${i}.>\r\n`);
    box.command(east, 3, `account-${i}`);
  }
  for (let i = 0; i < 1_000; i++) box.feed(box.spoke(`edge-${i}`), `LS+ sensors.${i}.>\r\n`);
  return box;
}

test("one refresh with 10,000 accounts and 1,000 leaf nodes takes less than a share of the poll", async () => {
  const base = serve(crowded()).replace(/ui\/$/, "");
  const refresh = [
    "varz",
    "gatewayz",
    "leafz?limit=5&sort=bytes_from&solicited=0",
    "leafz?limit=100&solicited=1",
    "gatewayz?gw_name=EAST&accs=1&limit=25&sort=messages",
  ];
  const times: number[] = [];
  try {
    for (let round = 0; round < 7; round++) {
      const began = performance.now();
      for (const path of refresh) {
        const answer = await fetch(`${base}${path}`);
        await answer.arrayBuffer();
        expect(`${path} ${answer.status}`).toBe(`${path} 200`);
      }
      times.push(performance.now() - began);
    }
  } finally {
    await server?.stop();
  }
  const median = times.toSorted((a, b) => a - b)[3]!;
  console.log(`a refresh with 10,000 accounts and 1,000 leaf nodes: ${median.toFixed(1)} ms`);
  expect(median).toBeLessThan(200);
});
