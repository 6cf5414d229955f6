// Asks the endpoints beside the dashboard, and tells in words why there is no answer.

const ANSWER_MILLIS = 10_000;

/** Query parameters; those that are undefined or empty are left out. */
export type Params = Readonly<Record<string, string | number | boolean | undefined>>;

/** `view` without a slash before it, such as "gatewayz". */
export function urlOf(view: string, params: Params = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined && value !== "" && value !== false)
      query.set(name, value === true ? "1" : String(value));
  }
  const text = query.toString();
  return `../${view}${text === "" ? "" : `?${text}`}`;
}

/** Throws an error that a reader understands. */
export async function ask<T>(url: string): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MILLIS), cache: "no-store" });
  } catch {
    throw new Error("the box does not answer");
  }
  if (answer.status === 503) throw new Error("the box has too many to answer to; asking again");
  if (!answer.ok) throw new Error(`the box says: ${(await answer.text()).slice(0, 200)}`);
  return (await answer.json()) as T;
}
