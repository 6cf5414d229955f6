// The dashboard in a real browser, on a box that runs between real regions: what it shows is what happens.

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { bytes, count } from "../../src/ui/format.ts";
import { describeInBrowser, launchBrowser, openPage, type Watched } from "../support/browser.ts";
import { gatewayz, outbound } from "../support/gatewayz.ts";
import { leafs } from "../support/leafz.ts";
import { guardProcesses } from "../support/process.ts";
import { describeWith } from "../support/sides.ts";
import { until } from "../support/wait.ts";
import { Regions } from "./regions.ts";

setDefaultTimeout(60_000);
guardProcesses();

const TABS = ["Map", "Links", "Timeline", "Leaf nodes", "Clients", "Interest"];
const SPOKES = [{ name: "edge-hamburg", account: "SENSORS", perSecond: 40 }] as const;

/** "12.3 k" as the figure that it stands for. */
function figure(text: string): number {
  const [, digits, unit] = /^([\d.]+)\s?([kMG]?)/.exec(text) ?? [];
  return Number(digits) * { "": 1, k: 1e3, M: 1e6, G: 1e9 }[unit as "" | "k" | "M" | "G"];
}

describeInBrowser("the dashboard", () => {
  describeWith("of a box between regions", ["box", "2.15"], () => {
    let regions: Regions;
    let browser: Browser;
    let watched: Watched;
    let page: Page;

    beforeAll(async () => {
      regions = await Regions.up(
        [
          { name: "virginia", kind: "2.15" },
          { name: "singapore", kind: "box" },
        ],
        SPOKES,
      );
      await regions.talk(SPOKES);
      browser = await launchBrowser();
      watched = await openPage(browser, regions.url);
      page = watched.page;
    });
    afterAll(async () => {
      await browser?.close();
      await regions?.close();
    });

    const card = (name: string) => page.locator(".card").filter({ hasText: name });
    const open = (tab: string) => page.getByRole("tab", { name: tab }).click();

    test("shows every region and leaf node as connected, with rates that are above zero", async () => {
      for (const name of ["virginia", "singapore", "edge-hamburg"]) {
        await card(name).getByText("Connected").waitFor();
        await until(`${name} has a rate`, async () => {
          const text = await card(name).locator(".flow-in").textContent();
          return figure(/in\s*([\d.]+\s?[kM]?)/.exec(text ?? "")?.[1] ?? "0") > 0;
        });
      }
      expect(await page.getByRole("status").first().textContent()).toContain("All links up");
    });

    test("shows that lanes carry something by moving them, but not to who wants no motion", async () => {
      const still = await openPage(browser, regions.url, { reducedMotion: "reduce" });
      const moving = (one: Page): Promise<number> => one.evaluate("document.getAnimations().length");
      await still.page.locator(".lane.is-busy").first().waitFor({ state: "attached" });
      expect(await moving(still.page)).toBe(0);
      await until("busy lanes move", async () => (await moving(page)) > 0);
      await still.page.context().close();
    });

    test("opens every tab without an error, a warning or a breach of its policy", async () => {
      for (const tab of TABS) {
        await open(tab);
        await until(`${tab} shows something`, async () => {
          const text = await page.getByRole("tabpanel").textContent();
          return text !== null && text.length > 40 && !text.includes("Reading");
        });
      }
      expect(watched.complaints).toEqual([]);
    });

    test("shows the very figures of the endpoints, and they move with the traffic", async () => {
      await page.goto(`${regions.url}#/links/gateway%3Avirginia`);
      const sent = page.locator(".facts > div").filter({ hasText: "Sent" }).locator("dd");
      const before = figure((await sent.textContent()) ?? "");
      await until("it grows", async () => figure((await sent.textContent()) ?? "") > before);
      regions.quiet();
      await until("it is the endpoint's", async () => {
        const { out_msgs, out_bytes } = (await outbound(regions.box, "virginia"))!;
        return (await sent.textContent()) === `${count(out_msgs)} messages, ${bytes(out_bytes)}`;
      });
      const rows = page.getByRole("table", { name: "Accounts of virginia" }).getByRole("row");
      await rows.filter({ hasText: "ORDERS" }).locator(".mode-name").click();
      await rows.filter({ hasText: "ORDERS" }).getByText("Transitioning").waitFor();
    });

    test("lists leaf nodes, clients and interest as the endpoints have them", async () => {
      await open("Leaf nodes");
      const [leaf] = await leafs(regions.box);
      const row = page.getByRole("table", { name: "Leaf links" }).getByRole("row").nth(1);
      await row.getByText(leaf!.name).waitFor();
      expect(await row.textContent()).toContain("s2_fast");
      await open("Clients");
      await page.getByRole("table", { name: "Clients" }).getByText("billing-api").waitFor();
      await page.getByRole("button", { name: "Messages from" }).click();
      await until("clients are sorted by what they sent", async () => {
        return (await page.locator("tbody tr").first().textContent())?.includes("orders-api");
      });
      await open("Interest");
      await page.getByLabel("Region or leaf node").selectOption("gateway:virginia");
      await page.getByLabel("Account", { exact: true }).fill("ORDERS");
      await page.getByRole("cell", { name: "orders.ap.placed" }).waitFor();
      await page.getByLabel("Subject", { exact: true }).fill("orders.eu.placed.now");
      await page.getByRole("cell", { name: "orders.ap.placed" }).waitFor({ state: "detached" });
      await page.getByRole("cell", { name: "orders.eu.>" }).waitFor();
    });

    test("shows a region that is killed as down with its reason, and as connected when it is back", async () => {
      await open("Map");
      const virginia = regions.world.member("virginia");
      await virginia.kill();
      const began = performance.now();
      await card("virginia").getByText("Down").waitFor({ timeout: 15_000 });
      expect(performance.now() - began).toBeLessThan(15_000);
      await card("virginia").getByText("Dial Failed").waitFor();
      const { outbound_gateways } = await gatewayz(regions.box);
      expect(outbound_gateways!["virginia"]).toMatchObject({ reason: "Dial Failed" });
      expect(await page.getByRole("status").first().textContent()).toContain("not up");
      await open("Timeline");
      await page.locator(".event-failed").filter({ hasText: "virginia" }).first().waitFor();
      await virginia.start();
      await regions.world.linked("frankfurt", "virginia");
      await page.locator(".event-up").filter({ hasText: "virginia" }).nth(1).waitFor();
      await open("Map");
      await card("virginia").getByText("Connected").waitFor();
      expect(watched.complaints).toEqual([]);
    });

    test("asks nothing while the page is hidden, and again when it is shown", async () => {
      const hidden = await openPage(browser, "about:blank");
      await hidden.page.addInitScript(
        "Object.defineProperty(document,'hidden',{get:()=>globalThis.away===true})",
      );
      let asked = 0;
      hidden.page.on("request", () => asked++);
      await hidden.page.goto(regions.url);
      await until("figures are read", () => asked > 8);
      await hidden.page.evaluate("globalThis.away = true");
      await Bun.sleep(500); // What is on its way when the page is hidden still comes.
      const before = asked;
      await Bun.sleep(5_000);
      expect(asked).toBe(before);
      await hidden.page.evaluate(
        "globalThis.away = false; document.dispatchEvent(new Event('visibilitychange'))",
      );
      await until("figures are read again", () => asked > before);
    });
  });
});
