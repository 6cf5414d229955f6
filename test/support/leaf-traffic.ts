// A load that shows whether a link changes, loses, doubles or reorders anything: many sizes, text that
// compresses and noise that does not.

import { headers, type NatsConnection } from "@nats-io/transport-node";
import { collect, heard, unique } from "./messages.ts";

const SMALL_MAX = 2_000;
const LARGE_MAX = 200_000;
/** One message in so many is large. */
const LARGE_EVERY = 80;
/** One message in so many has headers. */
const HEADERS_EVERY = 7;

const WORDS = [
  "order",
  "region",
  "price",
  "eu-west",
  "us-east",
  "shipped",
  "pending",
  "4711",
  "true",
  "null",
];

/** So many bodies of 10 B to 200 KB, the same in every run. */
export function bodiesOf(count: number): Uint8Array[] {
  let seed = 42;
  const random = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return seed / 0x7fffffff;
  };
  const text = Buffer.from(
    Array.from({ length: 40_000 }, () => WORDS[Math.floor(random() * WORDS.length)]).join(" "),
  );
  const noise = Buffer.from(Array.from({ length: LARGE_MAX }, () => Math.floor(random() * 256)));
  return Array.from({ length: count }, (_, i) => {
    const max = i % LARGE_EVERY === LARGE_EVERY - 1 ? LARGE_MAX : SMALL_MAX;
    const size = 10 + Math.floor(random() * (max - 10));
    const from = Math.floor(random() * (LARGE_MAX - size));
    return (i % 4 === 3 ? noise : text).subarray(from, from + size);
  });
}

/** Sends all bodies from one client to another, and throws unless they come whole, once and in order. */
export async function carriesIntact(
  from: NatsConnection,
  to: NatsConnection,
  bodies: readonly Uint8Array[],
): Promise<void> {
  const subject = unique("load");
  const received = await collect(to, subject);
  await heard(from, to);
  for (const [i, body] of bodies.entries()) {
    if (i % HEADERS_EVERY === 0) {
      const given = headers();
      given.set("Number", String(i));
      from.publish(subject, body, { headers: given });
    } else from.publish(subject, body);
    if (i % 200 === 199) await from.flush();
  }
  await from.flush();
  await received.has(bodies.length, 20_000);
  await heard(from, to);
  if (received.count !== bodies.length)
    throw new Error(`${received.count} messages came of ${bodies.length}`);
  for (const [i, message] of received.messages.entries()) {
    if (!Buffer.from(message.data).equals(bodies[i]!)) throw new Error(`message ${i} came changed`);
    const number = message.headers?.get("Number");
    if (number !== (i % HEADERS_EVERY === 0 ? String(i) : undefined))
      throw new Error(`the headers of message ${i} came changed`);
  }
  received.unsubscribe();
}

/** The same, both ways at once. */
export async function carriesBothWays(
  one: NatsConnection,
  other: NatsConnection,
  bodies: readonly Uint8Array[],
): Promise<void> {
  await Promise.all([carriesIntact(one, other, bodies), carriesIntact(other, one, bodies)]);
}
