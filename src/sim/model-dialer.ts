// The dialling end of a modelled nats-server: keeps what the other end wants, by the tables of gateway.md
// §3.2, §3.3.

import type { VirtualClock } from "./clock.ts";
import { type Line, LineReader, messageLine, Outlet } from "./frames.ts";
import { covers } from "./ledger.ts";
import type { End, Network } from "./network.ts";

const REDIAL_MILLIS = 1_000;

/** What the dialled cluster told us of an account; null after A-. `muted` is null where it no longer
 *  counts. */
export interface Known {
  mode: "optimistic" | "transitioning" | "only";
  muted: Set<string> | null;
  /** `subject` or `subject queue`. */
  readonly table: Set<string>;
}

export interface DialerHost {
  readonly clock: VirtualClock;
  readonly network: Network;
  readonly region: string;
  /** Knows gateway_iom. */
  readonly isNew: boolean;
  greeting(): string;
  fail(what: string): void;
  /** The other end said -ERR. */
  told(by: string, text: string): void;
}

export class ModelDialer {
  readonly accounts = new Map<string, Known | null>();
  ready = false;
  #peerInterestOnly = false;
  #outlet: Outlet | null = null;

  constructor(
    private readonly host: DialerHost,
    readonly gateway: string,
    private readonly port: number,
  ) {}

  start(): void {
    const { clock, network, region } = this.host;
    network.dial({
      from: region,
      to: this.gateway,
      port: this.port,
      failed: () => clock.after(REDIAL_MILLIS, () => this.start()),
      opened: (end) => this.#opened(end),
    });
  }

  #opened(end: End): void {
    const reader = new LineReader();
    const outlet = new Outlet(this.host.clock, end);
    end.ears = {
      data: (chunk) => {
        for (const line of reader.feed(chunk)) this.#line(line, outlet);
      },
      drain: () => outlet.flush(),
      gone: () => {
        this.ready = false;
        this.#outlet = null;
        this.accounts.clear();
        this.host.clock.after(REDIAL_MILLIS, () => this.start());
      },
    };
  }

  /** Plain interest, and the groups that it has. Source: gateway.md §3.2. */
  wants(account: string, subject: string): { plain: boolean; queues: string[] } {
    const known = this.accounts.get(account);
    if (!this.ready || known === null) return { plain: false, queues: [] };
    if (known === undefined) return { plain: !this.#peerInterestOnly, queues: [] };
    let plain = !this.#peerInterestOnly && known.muted !== null && !known.muted.has(subject);
    const queues = new Set<string>();
    for (const key of known.table) {
      const [pattern = "", queue] = key.split(" ");
      if (!covers(pattern, subject)) continue;
      if (queue === undefined) plain = true;
      else queues.add(queue);
    }
    return { plain, queues: [...queues] };
  }

  send(
    account: string,
    subject: string,
    reply: string,
    queues: readonly string[],
    header: string,
    body: string,
  ): void {
    const words = [account, subject];
    if (queues.length > 0) words.push(reply === "" ? "|" : "+");
    if (reply !== "") words.push(reply);
    words.push(...queues);
    this.#outlet?.put(messageLine("RMSG", "HMSG", words.join(" "), header, body));
  }

  #line({ verb, args, rest }: Line, outlet: Outlet): void {
    if (verb === "PING") outlet.put("PONG\r\n");
    else if (verb === "INFO") this.#info(JSON.parse(rest), outlet);
    else if (verb === "A+" || verb === "A-") this.#accountLine(verb, rest);
    else if (verb === "RS+" || verb === "RS-") this.#interest(verb, args[0]!, args.slice(1, 3).join(" "));
    else if (verb === "-ERR") this.host.told(this.gateway, rest);
    else if (verb !== "PONG")
      this.host.fail(`${this.gateway} sent ${verb} to the dialer ${this.host.region}`);
  }

  #info(info: Record<string, unknown>, outlet: Outlet): void {
    const command = info["gateway_cmd"];
    if (command === 1) return;
    if (info["gateway"] !== this.gateway)
      return this.host.fail(`${this.gateway} calls itself ${info["gateway"]}`);
    if (command === 2 || command === 3) {
      return this.#command(command, Buffer.from(String(info["gateway_cmd_payload"]), "base64").toString());
    }
    if (this.ready) return;
    this.ready = true;
    this.#outlet = outlet;
    this.#peerInterestOnly = this.host.isNew && info["gateway_iom"] === true;
    outlet.put(`CONNECT ${JSON.stringify({ gateway: this.host.region, verbose: false })}\r\n`);
    outlet.put(this.host.greeting());
  }

  #command(command: 2 | 3, account: string): void {
    const known = this.accounts.get(account);
    if (command === 3) {
      if (known) {
        known.mode = "only";
        known.muted = null;
      }
    } else if (known) known.mode = "transitioning";
    else this.accounts.set(account, { mode: "transitioning", muted: null, table: new Set() });
  }

  #interest(verb: "RS+" | "RS-", account: string, key: string): void {
    const known = this.accounts.get(account) ?? null;
    if (key.includes(" ")) return this.#queueLine(verb, account, known, key);
    if (known === null) {
      if (verb === "RS-")
        this.accounts.set(account, { mode: "optimistic", muted: new Set([key]), table: new Set() });
    } else if (known.mode !== "optimistic") {
      if (verb === "RS+") known.table.add(key);
      else known.table.delete(key);
    } else if (verb === "RS-") known.muted!.add(key);
    else for (const name of known.muted!) if (covers(key, name)) known.muted!.delete(name);
  }

  #queueLine(verb: "RS+" | "RS-", account: string, known: Known | null, key: string): void {
    if (verb === "RS+") {
      const entry: Known = known ?? { mode: "optimistic", muted: new Set(), table: new Set() };
      entry.table.add(key);
      this.accounts.set(account, entry);
    } else if (known?.table.delete(key) && known.table.size === 0 && known.muted?.size === 0) {
      if (known.mode === "optimistic") this.accounts.delete(account);
    }
  }

  #accountLine(verb: "A+" | "A-", account: string): void {
    const known = this.accounts.get(account);
    const hasQueues = known ? [...known.table].some((key) => key.includes(" ")) : false;
    if (verb === "A+") {
      if (!hasQueues) this.accounts.delete(account);
    } else if (known && hasQueues) known.muted = new Set();
    else this.accounts.set(account, null);
  }
}
