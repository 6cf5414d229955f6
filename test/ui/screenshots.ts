// `bun run screenshots`: the pictures of docs/images, of a live set-up. An argument takes only pictures whose
// names have it in them.

import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { findChromium, launchBrowser, openPage } from "../support/browser.ts";
import { REPO_ROOT } from "../support/nats-server.ts";
import { Regions, type Spoke } from "./regions.ts";

const IMAGES = join(REPO_ROOT, "docs/images");
const BYTES_MAX = 200_000;

/** How long figures are gathered before the pictures, in milliseconds, so that charts have some. */
const WARM_MILLIS = Number(process.env["WARM_MILLIS"] ?? 90_000);

const SPOKES: readonly Spoke[] = [
  { name: "edge-hamburg", account: "SENSORS", perSecond: 45 },
  { name: "edge-lyon", account: "SENSORS", perSecond: 30 },
  { name: "edge-turin", account: "SENSORS", perSecond: 12 },
];

interface Shot {
  readonly name: string;
  readonly hash: string;
  readonly scheme?: "dark";
  readonly width?: number;
  readonly height?: number;
  readonly act?: (page: Page) => Promise<void>;
}

const SHOTS: readonly Shot[] = [
  { name: "map-light", hash: "#/map" },
  { name: "map-dark", hash: "#/map", scheme: "dark" },
  { name: "map-phone", hash: "#/map", width: 360, height: 780 },
  {
    name: "link-light",
    hash: "#/links/gateway%3Avirginia",
    height: 1_000,
    act: (page) => page.locator(".mode summary").first().click(),
  },
  { name: "link-dark", hash: "#/links/gateway%3Avirginia", scheme: "dark", height: 1_000 },
  { name: "timeline-light", hash: "#/timeline", height: 700 },
  { name: "leafs-light", hash: "#/leafs", height: 500 },
  { name: "clients-light", hash: "#/clients", height: 700 },
  { name: "interest-light", hash: "#/interest", height: 600, act: (page) => chooseOrders(page) },
];

async function chooseOrders(page: Page): Promise<void> {
  await page.getByLabel("Region or leaf node").selectOption("gateway:virginia");
  await page.getByLabel("Account", { exact: true }).fill("ORDERS");
  await page.getByText("orders.eu.>").first().waitFor();
}

async function main(only = ""): Promise<void> {
  if (findChromium() === undefined) throw new Error("there is no Chromium; run: bun test/support/fetch.ts");
  const regions = await Regions.up(
    [
      { name: "virginia", kind: "2.15", tapped: true },
      { name: "singapore", kind: "box", tapped: true },
      { name: "sydney", kind: "2.15" },
    ],
    SPOKES,
  );
  const browser = await launchBrowser();
  try {
    regions.world.tap("virginia").delay(21);
    regions.world.tap("singapore").delay(40);
    await regions.talk(SPOKES);
    await regions.world.member("sydney").kill();
    const shots = SHOTS.filter(({ name }) => name.includes(only));
    const pages = await Promise.all(shots.map((shot) => open(browser, regions.url, shot)));
    await Bun.sleep(WARM_MILLIS);
    for (const [i, page] of pages.entries()) await take(page, shots[i]!);
  } finally {
    await browser.close();
    await regions.close();
  }
}

async function open(browser: Browser, url: string, shot: Shot): Promise<Page> {
  const { page } = await openPage(browser, `${url}${shot.hash}`, {
    viewport: { width: shot.width ?? 1_200, height: shot.height ?? 860 },
    colorScheme: shot.scheme ?? "light",
    reducedMotion: "reduce",
  });
  return page;
}

async function take(page: Page, { name, act }: Shot): Promise<void> {
  await act?.(page);
  const path = join(IMAGES, `${name}.png`);
  const { length } = await page.screenshot({ path });
  console.log(`${name}.png: ${Math.round(length / 1_000)} kB`);
  if (length > BYTES_MAX) throw new Error(`${name}.png is larger than ${BYTES_MAX} bytes`);
}

await main(process.argv[2]);
process.exit(0);
