// Clients over a WireEnd: logged in, subscribed, and publishing messages that are known by a number.

import { NUMBER_DIGITS } from "./line-sink.ts";
import { dialWire, type WireEnd } from "./wire-end.ts";

/** Dials and logs in. */
export async function dialClient(port: number): Promise<WireEnd> {
  const end = await dialWire(port);
  let greeted = false;
  end.onLine = (line) => {
    greeted ||= line.startsWith("INFO ");
  };
  await end.held("INFO to a client", () => greeted);
  end.say('CONNECT {"verbose":false,"pedantic":false,"headers":true,"name":"bench","lang":"bench"}\r\n');
  await end.answered();
  return end;
}

/** A message whose payload is a number, with a reply when there is one. */
export function numbered(subject: string, number: number, reply = ""): string {
  const payload = String(number).padStart(NUMBER_DIGITS, "0");
  return `PUB ${subject} ${reply === "" ? "" : `${reply} `}${NUMBER_DIGITS}\r\n${payload}\r\n`;
}

/** Gathers what is said until the end of the turn: one write for all of it, as clients do. */
export class Gathered {
  #text = "";
  #scheduled = false;

  constructor(private readonly end: WireEnd) {}

  say(text: string): void {
    this.#text += text;
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.end.say(this.#text);
      this.#text = "";
    });
  }
}
