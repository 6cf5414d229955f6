// A small NATS client: speaks to a box over a simulated link, and comes back when it is cut off.

import { below, type Random } from "../base/random.ts";
import { Actor, type Wish } from "./actor.ts";
import type { VirtualClock } from "./clock.ts";
import { type Line, LineReader, messageLine, Outlet } from "./frames.ts";
import type { Ledger, Who } from "./ledger.ts";
import type { End, Network } from "./network.ts";

const RECONNECT_MILLIS = 300;

export class ModelClient extends Actor {
  #outlet: Outlet | null = null;
  #end: End | null = null;
  /** It breaks the protocol on purpose. */
  #isRude = false;

  constructor(
    clock: VirtualClock,
    random: Random,
    ledger: Ledger,
    private readonly network: Network,
    who: Who,
    private readonly port: number,
  ) {
    super(clock, random, ledger, who);
  }

  get ready(): boolean {
    return this.#outlet !== null && !this.#isRude; // Behind its nonsense nobody listens to it.
  }

  connect(): void {
    const { region } = this.party;
    this.network.dial({
      from: region,
      to: region,
      port: this.port,
      failed: () => this.#later(),
      opened: (end) => {
        const reader = new LineReader();
        const outlet = new Outlet(this.clock, end);
        this.#end = end;
        end.ears = {
          data: (chunk) => {
            for (const line of reader.feed(chunk)) this.#line(line, outlet);
          },
          drain: () => outlet.flush(),
          gone: () => this.#gone(end),
        };
      },
    });
  }

  /** Is this the end of its connection? */
  holds(end: End): boolean {
    return this.#end === end;
  }

  /** Breaks the protocol. */
  misbehave(): void {
    this.#isRude = true;
    this.#outlet?.put("NONSENSE\r\n");
  }

  #line(line: Line, outlet: Outlet): void {
    if (line.verb === "INFO" && !this.ready) this.#greet(outlet);
    if (line.verb === "PING") outlet.put("PONG\r\n");
    if (line.verb === "-ERR" && !this.#isRude)
      this.ledger.fail(`${this.party.name} was told -ERR ${line.rest}`);
    if (line.verb !== "MSG" && line.verb !== "HMSG") return;
    const [subject = "", sid = "", ...others] = line.args;
    const sizes = line.verb === "MSG" ? 1 : 2;
    const reply = others.length > sizes ? others[0]! : "";
    this.arrived(sid, subject, reply, line.header, line.body);
  }

  #greet(outlet: Outlet): void {
    const { account, echo, headers } = this.party;
    const document = {
      verbose: false,
      pedantic: false,
      echo,
      headers,
      no_responders: headers,
      protocol: 1,
      user: account,
      pass: account,
    };
    outlet.put(`CONNECT ${JSON.stringify(document)}\r\n`);
    this.#outlet = outlet;
    for (const wish of this.wishes.values()) this.openLife(wish);
  }

  #gone(end: End): void {
    if (this.#end !== end) return;
    if (this.#outlet !== null) this.dropped();
    this.#outlet = null;
    this.#end = null;
    this.#isRude = false;
    this.#later();
  }

  #later(): void {
    this.clock.after(20 + below(this.random, RECONNECT_MILLIS), () => this.connect());
  }

  protected sendSubscribe({ sid, subject, queue, max }: Wish): void {
    this.#outlet?.put(`SUB ${subject} ${queue === null ? "" : `${queue} `}${sid}\r\n`);
    if (max > 0) this.#outlet?.put(`UNSUB ${sid} ${max}\r\n`);
  }

  protected sendUnsubscribe(sid: string): void {
    this.#outlet?.put(`UNSUB ${sid}\r\n`);
  }

  protected sendMessage(subject: string, reply: string, header: string, body: string): void {
    this.#outlet?.put(
      messageLine("PUB", "HPUB", reply === "" ? subject : `${subject} ${reply}`, header, body),
    );
  }
}
