// What every answer of monitoring has in common.

const COMMON = { "Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff" };

export function reply(
  status: number,
  body: string,
  type: string,
  headers: Record<string, string> = {},
): Response {
  return new Response(body, { status, headers: { ...COMMON, "Content-Type": type, ...headers } });
}

/** A refusal. It ends the connection: thousands of requests that came on it in one piece are not read. */
export function refusal(status: number, body: string, headers: Record<string, string> = {}): Response {
  return reply(status, body, "text/plain; charset=utf-8", { Connection: "close", ...headers });
}
