// A real Chromium for tests of the dashboard: where it may be, why there is none, and pages that tell
// everything that went wrong in them.

import { describe } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { CACHE_DIR } from "./nats-server.ts";

/** A package that has the browser in it: nothing is fetched from anywhere but the package registry. */
export const CHROMIUM_PACKAGE = "@sparticuz/chromium@147.0.0";

/** What `bun test/support/fetch.ts` fills: `chromium`, `lib`, `fonts.conf`. */
export const CHROMIUM_DIR = join(CACHE_DIR, "chromium", "147.0.0");

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** `$CHROMIUM`, then the cache of this repository, then PATH. */
export function findChromium(): string | undefined {
  const candidates = [
    process.env["CHROMIUM"],
    join(CHROMIUM_DIR, "chromium"),
    ...NAMES.map((name) => Bun.which(name) ?? undefined),
  ];
  return candidates.find((path) => path !== undefined && existsSync(path));
}

/** A describe that needs a browser: in CI one must be there, elsewhere it is told that there is none. */
export function describeInBrowser(title: string, cases: () => void): void {
  if (findChromium() !== undefined) return void describe(title, cases);
  const why = "no Chromium in $CHROMIUM, .cache or PATH; run: bun test/support/fetch.ts";
  if (process.env["CI"] === "true") throw new Error(`${title}: ${why}`);
  console.error(`SKIPPED ${title}: ${why}`);
  describe.skip(`${title} (${why})`, cases);
}

export async function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium()!;
  const fonts = join(CHROMIUM_DIR, "fonts.conf");
  return chromium.launch({
    executablePath,
    chromiumSandbox: false,
    args: ["--disable-gpu", "--force-color-profile=srgb"],
    env: {
      ...(process.env as Record<string, string>),
      ...(existsSync(fonts) ? { FONTCONFIG_FILE: fonts } : {}),
      ...(lacksLibraries(executablePath) ? { LD_LIBRARY_PATH: join(CHROMIUM_DIR, "lib") } : {}),
    },
  });
}

/** The package brings those that a bare system has not. */
function lacksLibraries(path: string): boolean {
  const ldd = Bun.which("ldd");
  return ldd !== null && `${Bun.spawnSync([ldd, path]).stdout}`.includes("not found");
}

/** A page, and what it complained of: errors, refused loads, breaches of its policy. */
export interface Watched {
  readonly page: Page;
  readonly complaints: string[];
}

export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Watched> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    locale: "en-GB",
    ...options,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("requestfailed", (request) => {
    const why = request.failure()?.errorText ?? "";
    if (why !== "net::ERR_ABORTED") complaints.push(`${request.url()}: ${why}`);
  });
  await page.goto(url);
  return { page, complaints };
}
