// The load as a process of its own: generator and sink on the connections of one system under test.
// They share a process so that the window between them costs no message, and a core of their own, so that
// the system under test has its core for itself. Driven over IPC by load.ts.

import { Batch } from "./batch.ts";
import {
  arrivingText,
  canonical,
  copiesOf,
  interestOf,
  type LoadSpec,
  markOf,
  messagesOf,
  type Peer,
  peersOf,
  periodOf,
  processesOf,
  sentText,
  shareOf,
  subscriptionsOf,
} from "./frames.ts";
import { loginClient, loginGateway, loginLeaf, subscribe, tellHub, welcomeGateway } from "./handshakes.ts";
import { histogram, packed } from "./histogram.ts";
import type { ListenPorts, Reply, Request, Round } from "./load.ts";
import { paced } from "./pacer.ts";
import { Plan } from "./pacing.ts";
import { until } from "./process.ts";
import { type Arriving, dial, listen, NOTHING_ARRIVES, type RawEnd, type Tls } from "./raw-end.ts";
import { encoderOf } from "./s2-encode.ts";
import { Window } from "./window.ts";

/** How long the sink may take for what is still under way after the last message was sent. */
const ARRIVAL_MILLIS = 5_000;
/** How long we listen for messages too many. */
const AFTERMATH_MILLIS = 20;
const VERIFY_MESSAGES_MIN = 1_000;
/** Of each connection, so that the comparison of a million subjects takes no longer than its round. */
const VERIFY_MESSAGES_MAX = 50_000;
/** Connections that are made at the same time. */
const DIALS = 50;

/** Reached through IPC alone; made anew for each case. */
class Generator {
  readonly #spec: LoadSpec;
  readonly #from: Peer;
  readonly #to: Peer;
  readonly #listener: { port: number; stop(): void };
  readonly #frameBytes: number;
  readonly #arriving: Arriving;
  readonly #copies: number;
  readonly #tls: Tls | null;
  #welcomed = 0;
  #failure: Error | null = null;
  #senders: RawEnd[] = [];
  #sinks: RawEnd[] = [];
  #shares: number[][] = [];
  /** What each process of the system wants of our gateway. */
  readonly #told: Set<string>[] = [];

  constructor(spec: LoadSpec, tls: Tls | null) {
    this.#spec = spec;
    this.#tls = tls;
    const { from, to } = peersOf(spec.direction);
    this.#from = from;
    this.#to = to;
    this.#copies = copiesOf(spec);
    this.#frameBytes = sentText(spec, 0, 0).length;
    this.#arriving = { mark: markOf(spec), frameBytes: arrivingText(spec, 0, 0).length };
    const isSink = to === "gateway" || to === "raw";
    this.#listener = listen(
      isSink ? this.#arriving : NOTHING_ARRIVES,
      (end) => {
        if (isSink) this.#sinks.push(end);
        if (to !== "raw") this.#welcome(end, isSink ? interestOf(spec, indexes(spec.subjects)) : []);
      },
      this.#tlsOf("gateway"),
    );
  }

  get port(): number {
    return this.#listener.port;
  }

  /** Makes all connections and hands each sender its batch. The system dials our gateway by itself. */
  async connect(ports: ListenPorts): Promise<void> {
    if (this.#from !== "raw") {
      await until("the system to dial our gateway", () => {
        if (this.#failure !== null) throw this.#failure;
        return this.#welcomed === processesOf(this.#spec);
      });
    }
    if (this.#to === "client" || this.#to === "leaf") {
      this.#sinks.push(...(await inTurns(this.#seats(this.#to), (at) => this.#sink(at, ports))));
    }
    this.#senders = await inTurns(this.#seats(this.#from), (at) => this.#sender(at, ports));
    if (this.#to === "raw") await until("the relay to dial on", () => this.#sinks.length > 0);
    this.#shares = this.#senders.map((_, at) => this.#shareOf(at));
    for (const [at, sender] of this.#senders.entries()) {
      const messages = messagesOf(this.#spec, this.#shares[at]!);
      const level = this.#from === "leaf" ? (this.#spec.compression ?? "off") : "off";
      sender.load(
        level === "off"
          ? Batch.plain(messages, this.#frameBytes)
          : Batch.encoded(messages, this.#frameBytes, encoderOf(level)),
      );
    }
  }

  /** Sends every subject, a thousand messages or more in all, and compares what arrives byte for byte. */
  async verify(): Promise<Round> {
    const turn = this.#shares.reduce((sum, share) => sum + share.length, 0);
    const turns = Math.ceil(VERIFY_MESSAGES_MIN / turn);
    for (const sink of this.#sinks) sink.sink.kept = [];
    const round = await this.#round((window) => {
      for (const [at, sender] of this.#senders.entries()) {
        sender.allow(Math.min(turns * this.#shares[at]!.length, VERIFY_MESSAGES_MAX));
      }
      return window.finished();
    });
    const counts = this.#senders.map((sender) => sender.sentMessages);
    const arrived = this.#sinks
      .flatMap((sink) => framesOf(sink.sink.kept ?? [], this.#arriving.frameBytes))
      .map((text) => canonical(this.#spec, text));
    for (const sink of this.#sinks) sink.sink.kept = null;
    const expected = this.#shares.flatMap((share, sender) => {
      const period = periodOf(this.#spec, share);
      return indexes(counts[sender]!).map((at) =>
        canonical(this.#spec, arrivingText(this.#spec, share[at % share.length]!, at % period)),
      );
    });
    if (this.#copies > 1)
      expected.push(
        ...Array(this.#copies - 1)
          .fill(expected)
          .flat(),
      );
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
  async run(millis: number, decode: boolean): Promise<Round> {
    for (const sink of this.#sinks) sink.counting = !decode;
    const round = await this.#round(async (window) => {
      for (const sender of this.#senders) sender.budget = Number.POSITIVE_INFINITY;
      window.open();
      await Bun.sleep(millis);
      for (const sender of this.#senders) sender.stopAtMessageEnd();
      await window.finished();
    });
    for (const sink of this.#sinks) sink.counting = false;
    return round;
  }

  /** Sends `rate` messages a second, each at its planned time, and tells how long after that it arrived. */
  async pace(rate: number, millis: number): Promise<Round> {
    const late = { arrived: histogram(), sent: histogram() };
    const round = await this.#round(async () => {
      const plan = new Plan(Bun.nanoseconds(), 1e9 / rate, Math.round((rate * millis) / 1_000));
      await paced(this.#senders[0]!, this.#sinks[0]!, plan, late);
    });
    return { ...round, late: { arrived: packed(late.arrived), sent: packed(late.sent) } };
  }

  end(): void {
    for (const end of [...this.#senders, ...this.#sinks]) end.end();
    this.#listener.stop();
  }

  #welcome(end: RawEnd, interest: readonly string[]): void {
    welcomeGateway(end, this.#listener.port, interest).then(
      () => {
        this.#welcomed++;
      },
      (error: Error) => {
        this.#failure = error;
      },
    );
  }

  /** The gateway is always one connection to a process. */
  #seats(peer: Peer): number[] {
    return indexes(peer === "gateway" ? processesOf(this.#spec) : this.#spec.connections);
  }

  /** The messages of a sender: where several processes have a gateway, each gets what it wants. */
  #shareOf(sender: number): number[] {
    const told = this.#told[sender];
    if (told === undefined) return shareOf(this.#spec, sender, this.#senders.length);
    const mine = shareOf(this.#spec, 0, 1).filter((at) => told.has(interestOf(this.#spec, [at])[0]!));
    if (mine.length === 0) throw new Error("no client came to one of the processes");
    return mine;
  }

  #tlsOf(peer: Peer): Tls | null {
    return this.#spec.tls === peer ? this.#tls : null;
  }

  async #sink(at: number, ports: ListenPorts): Promise<RawEnd> {
    const all = this.#copies > 1;
    const share = all ? indexes(this.#spec.subjects) : shareOf(this.#spec, at, this.#spec.connections);
    if (this.#to === "leaf") {
      const end = await this.#leaf("SINK", at, ports, this.#arriving, []);
      await tellHub(end, interestOf(this.#spec, share));
      return end;
    }
    const end = await dial(ports.client, this.#arriving, this.#tlsOf("client"));
    await loginClient(end);
    await subscribe(end, subscriptionsOf(this.#spec, share));
    return end;
  }

  async #sender(at: number, ports: ListenPorts): Promise<RawEnd> {
    const interest = interestOf(this.#spec, indexes(this.#spec.subjects));
    if (this.#from === "leaf") return this.#leaf("SENDER", at, ports, NOTHING_ARRIVES, interest);
    if (this.#from === "gateway") {
      return this.#gateway([ports.gateway, ...(ports.moreGateways ?? [])], at, new Set(interest));
    }
    const end = await dial(ports.client, NOTHING_ARRIVES, this.#tlsOf("client"));
    if (this.#from !== "raw") await loginClient(end);
    return end;
  }

  async #gateway(ports: readonly number[], at: number, interest: ReadonlySet<string>): Promise<RawEnd> {
    const end = await dial(ports[at]!, NOTHING_ARRIVES, this.#tlsOf("gateway"));
    if (ports.length === 1) {
      await loginGateway(end, this.port, interest);
      return end;
    }
    const told = new Set<string>();
    this.#told[at] = told;
    const isEnough = () => this.#told.reduce((sum, { size }) => sum + size, 0) === interest.size;
    await loginGateway(end, this.port, interest, told, isEnough);
    return end;
  }

  async #leaf(
    name: string,
    at: number,
    ports: ListenPorts,
    arriving: Arriving,
    interest: readonly string[],
  ): Promise<RawEnd> {
    if (ports.leaf === undefined) throw new Error("the load was told no leaf port");
    const end = await dial(ports.leaf, arriving);
    await loginLeaf(end, `${name}${at}`, this.#spec.compression ?? "off", new Set(interest));
    return end;
  }

  async #round(send: (window: Window) => Promise<void>): Promise<Round> {
    for (const end of [...this.#senders, ...this.#sinks]) end.begin();
    const window = new Window(this.#senders, this.#sinks, this.#frameBytes, this.#copies);
    const from = Bun.nanoseconds();
    await send(window);
    const sent = window.sentCount();
    await window.arrived(sent * this.#copies, ARRIVAL_MILLIS);
    const nanos = Bun.nanoseconds() - from;
    await Bun.sleep(AFTERMATH_MILLIS);
    window.close();
    const sum = (ends: readonly RawEnd[], of: (end: RawEnd) => number): number =>
      ends.reduce((total, end) => total + of(end), 0);
    return {
      sent,
      arrived: window.arrivedCount(),
      nanos,
      sentBytes: sum(this.#senders, (end) => end.sent),
      arrivedBytes: sum(this.#sinks, (end) => end.receivedBytes),
      blocks: sum(this.#sinks, (end) => end.s2?.blocks ?? 0),
      plainBytes: sum(this.#sinks, (end) => end.s2?.plainBytes ?? 0),
    };
  }
}

/** A few at a time: a thousand connections at once would be refused. */
async function inTurns<T>(seats: readonly number[], make: (at: number) => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  for (let from = 0; from < seats.length; from += DIALS) {
    made.push(...(await Promise.all(seats.slice(from, from + DIALS).map(make))));
  }
  return made;
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
    generator = new Generator(request.spec, request.tls);
    return { port: generator.port };
  }
  if (generator === undefined) throw new Error("nothing listens yet");
  switch (request.ask) {
    case "connect":
      await generator.connect(request.ports);
      return {};
    case "verify":
      return { round: await generator.verify() };
    case "run":
      return { round: await generator.run(request.millis, request.decode) };
    case "pace":
      return { round: await generator.pace(request.rate, request.millis) };
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
