// What a leaf connection carries, made from a seed: the same bytes in every run.

/** A generator of 32-bit numbers with a fixed seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

export const TRAFFIC = ["orders", "sensors", "random"] as const;
export type Traffic = (typeof TRAFFIC)[number];

const WORDS =
  "warehouse express pending shipped customer priority standard region invoice partial refund gift " +
  "fragile address north harbour second floor deliver before noon please ring twice leave at the door";

/** `bytes` of LMSG lines; the last one is cut. */
export function trafficOf(kind: Traffic, bytes: number, seed = 1): Uint8Array {
  const next = seeded(seed);
  const out = new Uint8Array(bytes);
  let at = 0;
  for (let n = 0; at < bytes; n++) {
    const payload = payloadOf(kind, n, next);
    const head = Buffer.from(`LMSG ${subjectOf(kind, next)} ${payload.length}\r\n`);
    const line = Buffer.concat([head, payload, Buffer.from("\r\n")]);
    const part = line.subarray(0, bytes - at);
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function subjectOf(kind: Traffic, next: () => number): string {
  if (kind === "sensors") return `plant.3.line.${next() % 8}.sensor.${next() % 40}`;
  return `shop.eu.orders.${["created", "paid", "shipped"][next() % 3]}.${next() % 5_000}`;
}

function payloadOf(kind: Traffic, n: number, next: () => number): Uint8Array {
  if (kind === "orders") return Buffer.from(JSON.stringify(orderOf(n, next)));
  if (kind === "sensors") return Buffer.from(JSON.stringify(sensorOf(n, next)));
  const out = new Uint8Array(100 + (next() % 1_900));
  for (let i = 0; i < out.length; i++) out[i] = next();
  return out;
}

/** 100 B to 2 KiB: an id, a time, some items with prices, and a note of words. */
function orderOf(n: number, next: () => number): object {
  const hex = (): string => next().toString(16).padStart(8, "0");
  const words = WORDS.split(" ");
  const item = (): object => ({
    sku: `A${next() % 100_000}`,
    quantity: 1 + (next() % 9),
    price: (next() % 100_000) / 100,
    warehouse: words[next() % words.length],
  });
  return {
    id: `${hex()}-${hex()}`,
    at: new Date(1_790_000_000_000 + n * 37).toISOString(),
    customer: next() % 1_000_000,
    items: Array.from({ length: next() % 20 }, item),
    note: Array.from({ length: next() % 40 }, () => words[next() % words.length]).join(" "),
  };
}

function sensorOf(n: number, next: () => number): object {
  return {
    sensor: `s-${next() % 40}`,
    sequence: n,
    time: 1_790_000_000_000 + n * 10,
    temperature: 20 + (next() % 50) / 10,
    pressure: 1_013 + (next() % 8),
    status: next() % 50 === 0 ? "warning" : "ok",
    unit: { temperature: "celsius", pressure: "hectopascal" },
  };
}
