// The load as a process of its own: generator and sink on the connections of one system under test.
// They share a process so that the window between them costs no message, and a core of their own, so that
// the system under test has its core for itself. Driven over IPC by load.ts.

import { arrivingText, batchOf, type LoadSpec, sentText, shareOf, sidOf, subjectOf } from "./frames.ts";
import { loginClient, loginGateway, subscribe, welcomeGateway } from "./handshakes.ts";
import type { Reply, Request, Round } from "./load.ts";
import { until } from "./process.ts";
import { type Arriving, dial, listen, NOTHING_ARRIVES, type RawEnd } from "./raw-end.ts";
import { Window } from "./window.ts";

/** How long the sink may take for what is still under way after the last message was sent. */
const ARRIVAL_MILLIS = 5_000;
/** How long we listen for messages too many. */
const AFTERMATH_MILLIS = 20;
const VERIFY_MESSAGES_MIN = 1_000;

/** Reached through IPC alone; made anew for each case. */
class Generator {
  readonly #spec: LoadSpec;
  readonly #listener: { port: number; stop(): void };
  readonly #sent: number;
  readonly #arriving: Arriving;
  #welcomed = false;
  #failure: Error | null = null;
  #senders: RawEnd[] = [];
  #sinks: RawEnd[] = [];
  #shares: number[][] = [];

  constructor(spec: LoadSpec) {
    this.#spec = spec;
    this.#sent = sentText(spec, 0).length;
    const arrives = arrivingText(spec, 0);
    this.#arriving = { first: arrives.charAt(0), frameBytes: arrives.length };
    const toGateway = spec.direction === "client-to-gateway";
    this.#listener = listen(toGateway ? this.#arriving : NOTHING_ARRIVES, (end) => {
      if (toGateway) this.#sinks.push(end);
      const interest = toGateway ? indexes(spec.subjects).map(subjectOf) : [];
      welcomeGateway(end, this.#listener.port, interest).then(
        () => {
          this.#welcomed = true;
        },
        (error: Error) => {
          this.#failure = error;
        },
      );
    });
  }

  get port(): number {
    return this.#listener.port;
  }

  /** Makes all connections and hands each sender its batch. The system dials us by itself. */
  async connect(clientPort: number, gatewayPort: number): Promise<void> {
    await until("the system to dial our gateway", () => {
      if (this.#failure !== null) throw this.#failure;
      return this.#welcomed;
    });
    const { connections } = this.#spec;
    const clients: RawEnd[] = [];
    const toGateway = this.#spec.direction === "client-to-gateway";
    for (const _ of indexes(connections)) {
      const client = await dial(clientPort, toGateway ? NOTHING_ARRIVES : this.#arriving);
      await loginClient(client);
      clients.push(client);
    }
    if (toGateway) this.#senders = clients;
    else {
      this.#sinks = clients;
      for (const [at, client] of clients.entries()) {
        const share = shareOf(this.#spec, at, connections);
        await subscribe(
          client,
          share.map((index) => [subjectOf(index), sidOf(index)]),
        );
      }
      const gateway = await dial(gatewayPort, NOTHING_ARRIVES);
      await loginGateway(gateway, this.port, new Set(indexes(this.#spec.subjects).map(subjectOf)));
      this.#senders = [gateway];
    }
    this.#shares = this.#senders.map((_, at) => shareOf(this.#spec, at, this.#senders.length));
    for (const [at, sender] of this.#senders.entries()) {
      sender.load(batchOf(this.#spec, this.#shares[at]!), this.#sent);
    }
  }

  /** Sends every subject, a thousand messages or more in all, and compares what arrives byte for byte. */
  async verify(): Promise<Round> {
    const turn = this.#shares.reduce((sum, share) => sum + share.length, 0);
    const turns = Math.ceil(VERIFY_MESSAGES_MIN / turn);
    for (const sink of this.#sinks) sink.sink.kept = [];
    const round = await this.#round((window) => {
      for (const [at, sender] of this.#senders.entries()) {
        sender.budget = turns * this.#shares[at]!.length * this.#sent;
      }
      return window.finished();
    });
    const arrived = this.#sinks.flatMap((sink) => framesOf(sink.sink.kept ?? [], this.#arriving.frameBytes));
    for (const sink of this.#sinks) sink.sink.kept = null;
    const once = this.#shares.flat().map((index) => arrivingText(this.#spec, index));
    const expected = Array.from({ length: turns }, () => once).flat();
    // One pair of connections keeps its order; among several only the set of messages is given.
    if (this.#senders.length > 1 || this.#sinks.length > 1) {
      arrived.sort();
      expected.sort();
    }
    const wrong = expected.findIndex((text, at) => text !== arrived[at]);
    if (wrong !== -1 || arrived.length !== expected.length) {
      const got = JSON.stringify(arrived[wrong]?.slice(0, 80));
      const wanted = JSON.stringify(expected[wrong]?.slice(0, 80));
      throw new Error(
        `${expected.length} messages sent, ${arrived.length} arrived; number ${wrong}: ${got}, not ${wanted}`,
      );
    }
    return round;
  }

  /** Sends for `millis`, as fast as the system takes it, and waits until all of it arrived. */
  run(millis: number): Promise<Round> {
    return this.#round(async (window) => {
      for (const sender of this.#senders) sender.budget = Number.POSITIVE_INFINITY;
      window.open();
      await Bun.sleep(millis);
      for (const sender of this.#senders) sender.stopAtMessageEnd();
      await window.finished();
    });
  }

  end(): void {
    for (const end of [...this.#senders, ...this.#sinks]) end.end();
    this.#listener.stop();
  }

  async #round(send: (window: Window) => Promise<void>): Promise<Round> {
    for (const sender of this.#senders) sender.sent = 0;
    for (const sink of this.#sinks) sink.sink.messages = 0;
    const window = new Window(this.#senders, this.#sinks, this.#sent);
    const from = Bun.nanoseconds();
    await send(window);
    const sent = window.sentCount();
    await window.arrived(sent, ARRIVAL_MILLIS);
    const nanos = Bun.nanoseconds() - from;
    await Bun.sleep(AFTERMATH_MILLIS);
    window.close();
    return { sent, arrived: window.arrivedCount(), nanos };
  }
}

function indexes(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function framesOf(pieces: readonly Uint8Array[], frameBytes: number): string[] {
  const text = Buffer.concat(pieces).toString("latin1");
  return Array.from({ length: Math.ceil(text.length / frameBytes) }, (_, at) =>
    text.slice(at * frameBytes, (at + 1) * frameBytes),
  );
}

let generator: Generator | undefined;

async function perform(request: Request): Promise<Reply> {
  if (request.ask === "listen") {
    generator = new Generator(request.spec);
    return { port: generator.port };
  }
  if (generator === undefined) throw new Error("nothing listens yet");
  switch (request.ask) {
    case "connect":
      await generator.connect(request.clientPort, request.gatewayPort);
      return {};
    case "verify":
      return { round: await generator.verify() };
    case "run":
      return { round: await generator.run(request.millis) };
    case "end":
      generator.end();
      return {};
  }
}

process.on("message", (request: Request) => {
  perform(request).then(
    (reply) => process.send?.(reply),
    (error: Error) => process.send?.({ error: error.message } satisfies Reply),
  );
});
process.on("disconnect", () => process.exit(0));
