// What is in the messages: text that shows where it was cut, JSON as applications send it, and bytes that no
// encoder can make smaller. Of one size in each case, and the same in every run.

import { seeded } from "../wire/s2-traffic.ts";

export type Content = "text" | "json" | "random";

/** So many bytes of payloads come before they come again: well beyond what one block of an encoder holds. */
const CONTENT_BYTES = 4 << 20;

const WORDS = "pending shipped customer priority standard region invoice partial refund gift fragile".split(
  " ",
);
const ITEM_BYTES = 90;

/** How many payloads of `size` bytes differ. */
export function variantsOf(content: Content, size: number): number {
  return content === "text" ? 1 : Math.ceil(CONTENT_BYTES / size);
}

/** The payload of the message number `at` as latin1 text of `size` characters. */
export function payloadOf(content: Content, size: number, at: number): string {
  if (content === "text") return textOf(size);
  const variant = at % variantsOf(content, size);
  const next = seeded(variant);
  return content === "json" ? jsonOf(size, variant, next) : randomOf(size, next);
}

/** Printable, and different at each place, so that a shifted or truncated payload is seen. */
function textOf(size: number): string {
  return Array.from({ length: size }, (_, at) => String.fromCharCode(33 + (at % 89))).join("");
}

/** An order of so many items as fit, filled up to the size by a note of words. */
function jsonOf(size: number, at: number, next: () => number): string {
  const word = (): string => WORDS[next() % WORDS.length]!;
  const order = {
    id: next().toString(16).padStart(8, "0"),
    at: new Date(1_790_000_000_000 + at * 37).toISOString(),
    customer: next() % 1_000_000,
    status: word(),
    items: [] as object[],
    note: "",
  };
  while (JSON.stringify(order).length + ITEM_BYTES < size) {
    const price = (next() % 100_000) / 100;
    order.items.push({ sku: `A${next() % 100_000}`, quantity: 1 + (next() % 9), price, warehouse: word() });
  }
  const room = size - JSON.stringify(order).length;
  if (room < 0) throw new Error(`no JSON payload is as short as ${size} bytes`);
  while (order.note.length < room) order.note += `${word()} `;
  order.note = order.note.slice(0, room);
  return JSON.stringify(order);
}

function randomOf(size: number, next: () => number): string {
  return Array.from({ length: size }, () => String.fromCharCode(next() >>> 24)).join("");
}
