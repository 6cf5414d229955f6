// What interop tests do with clients: collect, and know when one side's interest has reached the other.

import type { Msg, NatsConnection } from "@nats-io/transport-node";
import { until } from "./wait.ts";

let serial = 0;

/** A subject (or any name) that no other test uses, so that no leftover interest can help or harm. */
export function unique(stem: string): string {
  return `${stem}.${process.pid.toString(36)}x${(serial++).toString(36)}`;
}

/** Everything a subscription received, in order. */
export class Collector {
  readonly messages: Msg[] = [];
  readonly client: NatsConnection;
  readonly unsubscribe: (max?: number) => void;

  constructor(client: NatsConnection, subject: string, queue?: string) {
    this.client = client;
    const subscription = client.subscribe(subject, {
      ...(queue === undefined ? {} : { queue }),
      callback: (error, message) => {
        if (error === null || error === undefined) this.messages.push(message);
      },
    });
    this.unsubscribe = (max) => subscription.unsubscribe(max);
  }

  get texts(): string[] {
    return this.messages.map((message) => message.string());
  }

  get count(): number {
    return this.messages.length;
  }

  /** Waits for at least `count` messages. */
  async has(count: number, withinMillis = 10_000): Promise<void> {
    await until(`${count} messages come`, () => this.count >= count, withinMillis).catch((error: Error) => {
      throw new Error(`${error.message}; there are ${this.count}`);
    });
  }
}

/** Subscribes and makes sure that the own server has heard it. */
export async function collect(client: NatsConnection, subject: string, queue?: string): Promise<Collector> {
  const collector = new Collector(client, subject, queue);
  await client.flush();
  return collector;
}

/**
 * Waits until a message from `from` reaches `by` on a subject that `by` has just asked for. Interest and
 * messages keep their order on every connection between the two, so afterwards (1) everything `by` had
 * subscribed before is known where `from` publishes, and (2) everything `from` had published before has
 * arrived or never will.
 */
export async function heard(from: NatsConnection, by: NatsConnection, withinMillis = 10_000): Promise<void> {
  const subject = unique("probe");
  let arrived = false;
  const subscription = by.subscribe(subject, {
    callback: () => {
      arrived = true;
    },
  });
  await by.flush();
  await until(
    `${by.getServer()} hears ${from.getServer()}`,
    async () => {
      from.publish(subject);
      await from.flush();
      if (!arrived) await Bun.sleep(5);
      return arrived;
    },
    withinMillis,
  );
  subscription.unsubscribe();
}

/** `heard` for every pair of these clients, both ways. */
export async function allHeard(...clients: readonly NatsConnection[]): Promise<void> {
  const pairs = clients.flatMap((from) =>
    clients.filter((by) => by !== from).map((by) => [from, by] as const),
  );
  await Promise.all(pairs.map(([from, by]) => heard(from, by)));
}

/** Publishes `count` numbered messages without losing the event loop to one long burst. */
export async function publishNumbers(from: NatsConnection, subject: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    from.publish(subject, String(i));
    if (i % 1_000 === 999) await from.flush();
  }
  await from.flush();
}
