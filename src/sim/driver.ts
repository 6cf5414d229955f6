// The simulated counterpart of net: links and turns around one core, in the same order of calls.

import { type Millis, NEVER } from "../base/clock.ts";
import { DIAL_MILLIS } from "../base/limits.ts";
import type { Core } from "../core/core.ts";
import type { DialRequest } from "../gateway/remotes.ts";
import type { LeafDialRequest } from "../leaf/remotes.ts";
import type { LeafSolicited } from "../leaf/solicited.ts";
import type { CloseReason } from "../peer/close.ts";
import type { Egress } from "../peer/egress.ts";
import type { Address, Session } from "../peer/session.ts";
import type { LeafTransport } from "../peer/transport.ts";
import type { VirtualClock } from "./clock.ts";
import type { Ears, End, Network } from "./network.ts";

/** How often deadlines are looked at, in milliseconds. */
const TICK_MILLIS = 100;
/** How long a peer may take to close its end after we closed ours. */
const LINGER_MILLIS = 2_000;
const IN_CLEAR: LeafTransport = { secure: false, webSocket: false, certificate: null };

class SimLink implements Ears {
  #isOver = false;

  constructor(
    private readonly driver: SimDriver,
    readonly end: End,
    readonly session: Session,
  ) {}

  data(chunk: Uint8Array): void {
    this.session.receive(chunk, this.driver.clock.now());
    this.driver.planTurn();
  }

  drain(): void {
    this.flush();
    this.driver.planTurn();
  }

  gone(): void {
    this.over("Client Closed");
    this.driver.forget(this.session.egress);
  }

  flush(): void {
    const { session, end } = this;
    if (this.#isOver) return;
    const { egress } = session;
    if (session.abort) return this.#finish();
    let progress = false;
    for (let block = egress.head(); block !== null; block = egress.head()) {
      const wanted = block.to - block.from;
      const taken = end.write(block.buf, block.from, wanted);
      if (taken < 0) return this.over("Write Error");
      if (taken > 0) {
        egress.consumed(taken);
        progress = true;
      }
      if (taken < wanted) break;
    }
    const now = this.driver.clock.now();
    if (egress.pendingBytes === 0) session.blockedSince = NEVER;
    else if (progress || session.blockedSince === NEVER) session.blockedSince = now;
    session.flushed(now);
    if (session.closing !== null && (session.abort || egress.pendingBytes === 0)) this.#finish();
  }

  over(reason: CloseReason): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.session.lost(reason, this.driver.clock.now());
    this.end.terminate();
  }

  #finish(): void {
    const { session, end } = this;
    this.#isOver = true;
    if (session.abort) end.terminate();
    else {
      end.end();
      this.driver.clock.after(LINGER_MILLIS, () => end.terminate());
    }
    session.lost(session.closing ?? "Client Closed", this.driver.clock.now());
  }
}

export class SimDriver {
  readonly #links = new Map<Egress, SimLink>();
  #turnPlanned = false;
  #isDown = false;
  /** Set right after: the core's world is this driver. */
  core!: Core;
  /** Looks at the core before bytes leave. */
  beforeTurn: () => void = () => {};

  constructor(
    readonly clock: VirtualClock,
    private readonly network: Network,
    private readonly place: string,
  ) {}

  listen(kind: "client" | "gateway" | "leaf", port: number): void {
    this.network.listen(this.place, port, (end, from) => {
      const now = this.clock.now();
      const address: Address = { ip: from, port };
      const { core } = this;
      if (kind === "client") this.#bind(end, core.acceptClient(address, now));
      else if (kind === "gateway") this.#bind(end, core.acceptGateway(address, now));
      else this.#bind(end, core.acceptLeaf(address, now, IN_CLEAR));
    });
  }

  dial(request: DialRequest): void {
    const { core } = this;
    this.#dial(request.url, DIAL_MILLIS, {
      failed: (why) => core.dialFailed(request, why, this.clock.now()),
      opened: (address) => core.dialed(request, address, this.clock.now()),
    });
  }

  dialLeaf(request: LeafDialRequest<LeafSolicited>): void {
    const { core } = this;
    this.#dial(request.url, request.remote.options.dialTimeoutMillis, {
      failed: (why) => core.leafDialFailed(request, why, this.clock.now()),
      opened: (address) => core.leafDialed(request, address, this.clock.now(), IN_CLEAR),
    });
  }

  #dial(
    { host, port }: { readonly host: string; readonly port: number },
    timeoutMillis: Millis,
    answer: { failed(why: string): void; opened(address: Address): Session },
  ): void {
    let answered = false;
    const failed = (why: string): void => {
      if (answered) return;
      answered = true;
      if (this.#isDown) return;
      answer.failed(why);
      this.turn();
    };
    this.clock.after(timeoutMillis, () => failed("i/o timeout"));
    this.network.dial({
      from: this.place,
      to: host,
      port,
      failed,
      opened: (end) => {
        if (answered || this.#isDown) return end.terminate();
        answered = true;
        this.#bind(end, answer.opened({ ip: host, port }));
      },
    });
  }

  start(): void {
    this.core.start(this.clock.now());
    const tick = (): void => {
      if (this.#isDown) return;
      this.core.tick(this.clock.now());
      this.turn();
      this.clock.after(TICK_MILLIS, tick);
    };
    this.clock.after(TICK_MILLIS, tick);
    this.turn();
  }

  /** The machine is switched off. */
  crash(): void {
    this.#isDown = true;
    for (const link of this.#links.values()) {
      link.end.ears = null;
      link.end.terminate();
    }
    this.#links.clear();
  }

  planTurn(): void {
    if (this.#turnPlanned) return;
    this.#turnPlanned = true;
    this.clock.after(0, () => {
      this.#turnPlanned = false;
      if (!this.#isDown) this.turn();
    });
  }

  turn(): void {
    this.beforeTurn();
    const { list } = this.core.dirties;
    const turn = list.splice(0);
    for (const egress of turn) {
      egress.dirty = false;
      this.#links.get(egress)?.flush();
    }
    if (list.length > 0) this.planTurn();
  }

  forget(egress: Egress): void {
    this.#links.delete(egress);
    this.planTurn();
  }

  #bind(end: End, session: Session): void {
    const link = new SimLink(this, end, session);
    end.ears = link;
    this.#links.set(session.egress, link);
    this.planTurn();
  }
}
