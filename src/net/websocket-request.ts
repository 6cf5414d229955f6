// Which HTTP requests become a WebSocket, and what the others are answered, as nats-server does.

/** Who may open a WebSocket from a browser. */
export interface OriginRules {
  /** Origin must be the host that is asked. */
  readonly sameOrigin: boolean;
  /** Origins such as "https://example.com"; empty: any. */
  readonly allowedOrigins: readonly string[];
}

export interface Refusal {
  readonly status: number;
  /** For the log; the visitor is told the status only. */
  readonly why: string;
}

/** null: the request may become a WebSocket. */
export function refusalOf(request: Request, rules: OriginRules): Refusal | null {
  const { headers } = request;
  const wrong = (status: number, why: string): Refusal => ({ status, why });
  const names = (header: string, token: string): boolean =>
    (headers.get(header) ?? "")
      .toLowerCase()
      .split(/\s*,\s*/)
      .includes(token);
  if (pathOf(request).startsWith("/mqtt")) return wrong(404, "mqtt websocket endpoint not enabled");
  if (request.method !== "GET") return wrong(405, "request method must be GET");
  if (!names("upgrade", "websocket")) return wrong(400, "invalid value for header 'Upgrade'");
  if (!names("connection", "upgrade")) return wrong(400, "invalid value for header 'Connection'");
  if ((headers.get("sec-websocket-key") ?? "") === "") return wrong(400, "key missing");
  if (headers.get("sec-websocket-version") !== "13") return wrong(400, "invalid version");
  const why = originRefusal(request, rules);
  return why === null ? null : wrong(403, `origin not allowed: ${why}`);
}

/** A leaf asks for any path that ends so (leafnode.md §15). */
export function isLeafRequest(request: Request): boolean {
  return pathOf(request).endsWith("/leafnode");
}

function originRefusal(request: Request, { sameOrigin, allowedOrigins }: OriginRules): string | null {
  if (!sameOrigin && allowedOrigins.length === 0) return null;
  const { headers } = request;
  const text = headers.get("origin") ?? headers.get("sec-websocket-origin") ?? "";
  if (text === "") return null; // Only browsers say where they come from, and only they need this.
  const origin = URL.parse(text);
  if (origin === null || origin.host === "") return `"${text}" cannot be read`;
  // The scheme of the request says only which port is meant where none is written.
  const asked = URL.parse(request.url);
  if (sameOrigin && placeOf(origin) !== (asked === null ? "" : placeOf(asked))) return "not same origin";
  if (allowedOrigins.length === 0) return null;
  const isAllowed = allowedOrigins.some((allowed) => {
    const url = URL.parse(allowed);
    return url !== null && url.protocol === origin.protocol && placeOf(url) === placeOf(origin);
  });
  return isAllowed ? null : "not in the allowed list";
}

function placeOf({ hostname, port, protocol }: URL): string {
  return `${hostname}:${port === "" ? (protocol === "https:" ? 443 : 80) : port}`;
}

function pathOf(request: Request): string {
  return new URL(request.url).pathname;
}
