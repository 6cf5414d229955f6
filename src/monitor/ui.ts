// The dashboard below /ui/: a few files, the same for everybody. All that it shows it asks of the JSON
// endpoints beside it, so it needs no right that its reader does not have.

import { buildUi, type UiFiles } from "./ui-build.ts";

/** Where the dashboard is, behind the base path. */
export const UI_PATH = "/ui/";

/** Nothing but our own files, no inline script or style, no text that becomes markup, no frame around us. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const HEADERS = {
  "Content-Security-Policy": POLICY,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cache-Control": "no-cache",
};

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

interface Asset {
  readonly type: string;
  readonly etag: string;
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly gzipped: Uint8Array<ArrayBuffer>;
}

export class Ui {
  /** Made once, when somebody first looks. */
  #assets: Promise<ReadonlyMap<string, Asset>> | null = null;

  /** Is this path, without the base path, one of the dashboard's? */
  static owns(path: string): boolean {
    return path === "/ui" || path.startsWith(UI_PATH);
  }

  /** Rejects when the files cannot be made. */
  async answer(path: string, headers: Headers): Promise<Response> {
    if (path === "/ui") return new Response(null, { status: 302, headers: { Location: "ui/" } });
    this.#assets ??= buildUi().then(assetsOf);
    const asset = (await this.#assets).get(path.slice(UI_PATH.length) || "index.html");
    if (asset === undefined) return new Response("404 page not found\n", { status: 404, headers: HEADERS });
    const { type, etag, plain, gzipped } = asset;
    const shown = { ...HEADERS, "Content-Type": type, ETag: etag, Vary: "Accept-Encoding" };
    if (headers.get("if-none-match") === etag) return new Response(null, { status: 304, headers: shown });
    if (!/\bgzip\b/.test(headers.get("accept-encoding") ?? ""))
      return new Response(plain, { headers: shown });
    return new Response(gzipped, { headers: { ...shown, "Content-Encoding": "gzip" } });
  }
}

function assetsOf(files: UiFiles): ReadonlyMap<string, Asset> {
  return new Map(
    Object.entries(files).map(([name, text]) => {
      const plain = new TextEncoder().encode(text);
      const etag = `"${Bun.hash(plain).toString(36)}"`;
      return [name, { type: TYPES[name.split(".").at(-1)!]!, etag, plain, gzipped: Bun.gzipSync(plain) }];
    }),
  );
}
