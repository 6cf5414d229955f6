// What an application does with JetStream from a distance: publish, pull, be pushed to, acknowledge, and keep
// keys and values, each by way of a domain.

import {
  AckPolicy,
  type ConsumerMessages,
  DeliverPolicy,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
  jetstream,
  jetstreamManager,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { within } from "./wait.ts";

const STEP_MILLIS = 10_000;

export class DistantStream {
  readonly stream: string;
  readonly #client: JetStreamClient;
  readonly #manager: JetStreamManager;

  private constructor(stream: string, client: JetStreamClient, manager: JetStreamManager) {
    this.stream = stream;
    this.#client = client;
    this.#manager = manager;
  }

  /** Makes a stream of this name over `<name>.>`, asked for by a client that is anywhere. */
  static async create(connection: NatsConnection, domain: string, stream: string): Promise<DistantStream> {
    const distant = await DistantStream.open(connection, domain, stream);
    await distant.#manager.streams.add({ name: stream, subjects: [`${stream}.>`] });
    return distant;
  }

  /** The same stream as another client sees it. */
  static async open(connection: NatsConnection, domain: string, stream: string): Promise<DistantStream> {
    const options = { domain, timeout: 5_000 };
    const manager = await jetstreamManager(connection, { ...options, checkAPI: false });
    return new DistantStream(stream, jetstream(connection, options), manager);
  }

  /** Publishes numbered messages and gives the sequence numbers of their acknowledgements. */
  async publish(count: number): Promise<number[]> {
    const sent = Array.from({ length: count }, (_, i) =>
      this.#client.publish(`${this.stream}.${i % 5}`, String(i), { timeout: 5_000 }),
    );
    return (await Promise.all(sent)).map(({ seq }) => seq);
  }

  /** Pulls so many messages by a durable consumer, and acknowledges each and waits for the answer to that. */
  async pull(durable: string, count: number): Promise<string[]> {
    await this.#manager.consumers.add(this.stream, {
      durable_name: durable,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
    });
    const consumer = await this.#client.consumers.get(this.stream, durable);
    return this.#drain(await consumer.consume({ max_messages: 50 }), count, durable);
  }

  /** Is pushed so many messages, and acknowledges each. */
  async pushed(durable: string, inbox: string, count: number): Promise<string[]> {
    await this.#manager.consumers.add(this.stream, {
      durable_name: durable,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      deliver_subject: inbox,
    });
    const consumer = await this.#client.consumers.getPushConsumer(this.stream, durable);
    return this.#drain(await consumer.consume(), count, durable);
  }

  /** How many messages a consumer has out without acknowledgement, and how many are still to come. */
  async owed(durable: string): Promise<{ unacknowledged: number; pending: number }> {
    const info = await this.#manager.consumers.info(this.stream, durable);
    return { unacknowledged: info.num_ack_pending, pending: info.num_pending };
  }

  async #drain(messages: ConsumerMessages, count: number, durable: string): Promise<string[]> {
    const texts: string[] = [];
    const reading = (async () => {
      for await (const message of messages) {
        await acknowledged(message);
        texts.push(message.string());
        if (texts.length === count) break;
      }
    })();
    try {
      await within(`${durable} reads ${count}`, reading, STEP_MILLIS);
    } catch (error) {
      throw new Error(`${(error as Error).message}; it has ${texts.length}`);
    } finally {
      await messages.close();
    }
    return texts;
  }
}

/** Keys and values of a bucket at the far end: a stream in which the newest message of a subject counts. */
export class DistantBucket {
  readonly #bucket: string;
  readonly #domain: string;
  readonly #connection: NatsConnection;

  private constructor(connection: NatsConnection, domain: string, bucket: string) {
    this.#connection = connection;
    this.#domain = domain;
    this.#bucket = bucket;
  }

  static async create(connection: NatsConnection, domain: string, bucket: string): Promise<DistantBucket> {
    const manager = await jetstreamManager(connection, { domain, timeout: 5_000, checkAPI: false });
    await manager.streams.add({
      name: `KV_${bucket}`,
      subjects: [`$KV.${bucket}.>`],
      max_msgs_per_subject: 5,
      allow_rollup_hdrs: true,
      allow_direct: true,
      deny_delete: true,
    });
    return new DistantBucket(connection, domain, bucket);
  }

  async put(key: string, value: string): Promise<number> {
    const client = jetstream(this.#connection, { domain: this.#domain, timeout: 5_000 });
    const subject = `$JS.${this.#domain}.API.$KV.${this.#bucket}.${key}`;
    return (await client.publish(subject, value)).seq;
  }

  /** Undefined if there is no such key. */
  async get(key: string): Promise<string | undefined> {
    const subject = `$JS.${this.#domain}.API.DIRECT.GET.KV_${this.#bucket}.$KV.${this.#bucket}.${key}`;
    const answer = await this.#connection.request(subject, "", { timeout: 5_000 });
    return answer.headers?.code === 404 ? undefined : answer.string();
  }
}

async function acknowledged(message: JsMsg): Promise<void> {
  if (!(await message.ackAck())) throw new Error(`${message.subject} #${message.seq} was not acknowledged`);
}
