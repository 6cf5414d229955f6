// How many connections a listener takes in a second: who comes beyond is sent away before anything is made
// for him. nats-server has such a limit for TLS handshakes alone.

import type { Millis } from "../base/clock.ts";
import { RateWindow } from "./rate-window.ts";

export type Door = "client" | "gateway" | "leaf" | "websocket";

/** Connections a second; null: any number. */
export type ConnectionRates = Readonly<Record<Door, number | null>>;

class ConnectionGate {
  /** Ever. */
  refused = 0;
  #max: number | null = null;
  #window = new RateWindow(0);

  set max(max: number | null) {
    if (max === this.#max) return;
    this.#max = max;
    this.#window = new RateWindow(max ?? 0);
  }

  /** `tell` hears how many the second before refused, if any. */
  takes(now: Millis, tell: (refused: number) => void): boolean {
    if (this.#max === null || this.#window.takes(now, tell)) return true;
    this.refused++;
    return false;
  }
}

export class ConnectionGates {
  readonly client = new ConnectionGate();
  readonly gateway = new ConnectionGate();
  readonly leaf = new ConnectionGate();
  readonly websocket = new ConnectionGate();

  set rates({ client, gateway, leaf, websocket }: ConnectionRates) {
    this.client.max = client;
    this.gateway.max = gateway;
    this.leaf.max = leaf;
    this.websocket.max = websocket;
  }

  refused(): Readonly<Record<Door, number>> {
    const { client, gateway, leaf, websocket } = this;
    return {
      client: client.refused,
      gateway: gateway.refused,
      leaf: leaf.refused,
      websocket: websocket.refused,
    };
  }
}
