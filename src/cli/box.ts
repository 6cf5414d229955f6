// A box that runs, as the tools ask it: by its admin socket, or by its monitoring port.

/** Where monitoring is unless the command line says otherwise. */
const USUAL_URL = "http://127.0.0.1:8222";

/** How long an answer may take, in milliseconds. */
const ANSWER_MILLIS = 10_000;

/** What people are told; `exitCode` is what the tool ends with. */
export class ToolError extends Error {
  constructor(
    message: string,
    readonly exitCode: number,
  ) {
    super(message);
  }
}

/** The box said no. */
export const EXIT_NO = 1;
/** It could not be asked. */
const EXIT_UNREACHED = 2;

export interface BoxAnswer {
  readonly status: number;
  readonly body: unknown;
}

export class Box {
  readonly place: string;
  readonly #base: string;
  readonly #unix: { readonly unix: string } | object;

  /** `admin`: the path of a socket; `url`: where monitoring is, with its base path. */
  constructor({ admin, url = USUAL_URL }: { readonly admin?: string; readonly url?: string }) {
    this.place = admin ?? url;
    this.#base = admin === undefined ? url.replace(/\/+$/, "") : "http://box";
    this.#unix = admin === undefined ? {} : { unix: admin };
  }

  get isAdmin(): boolean {
    return "unix" in this.#unix;
  }

  /** Throws ToolError when the box cannot be reached. The body of an answer that is not JSON is its text. */
  async ask(path: string, timeoutMillis = ANSWER_MILLIS): Promise<BoxAnswer> {
    const answer = await this.open(path, AbortSignal.timeout(timeoutMillis));
    try {
      const text = await answer.text();
      const isJson = answer.headers.get("content-type")?.includes("json") === true;
      return { status: answer.status, body: isJson ? JSON.parse(text) : text };
    } catch (error) {
      throw new ToolError(`${this.place}: ${(error as Error).message}`, EXIT_UNREACHED);
    }
  }

  /** The document at a path. Throws ToolError with the box's own words where it refuses. */
  async get(path: string): Promise<unknown> {
    const { status, body } = await this.ask(path);
    if (status === 200) return body;
    const text = typeof body === "string" ? body.trim() : (body as { error?: string }).error;
    throw new ToolError(`${this.place}: ${text || `status ${status}`}`, EXIT_NO);
  }

  async open(path: string, signal: AbortSignal): Promise<Response> {
    try {
      return await fetch(`${this.#base}${path}`, { ...this.#unix, signal, keepalive: false });
    } catch (error) {
      const { name, message } = error as Error;
      const why = name === "TimeoutError" ? "no answer in time" : message;
      throw new ToolError(`${this.place} cannot be reached: ${why}`, EXIT_UNREACHED);
    }
  }
}
