// Listens to a gateway connection and judges what it carries: nothing goes back, nothing goes through,
// nothing twice, and nothing that nobody asked for once the other end has said all that it wants.

import type { Clock, Millis } from "../base/clock.ts";
import { SETTLE_MILLIS } from "./checker.ts";
import { type Line, LineReader } from "./frames.ts";
import { covers, type Ledger } from "./ledger.ts";
import type { Connection, Network } from "./network.ts";
import type { Topology } from "./topology.ts";

export class Wiretap {
  /** When complete came for an account. */
  readonly #complete = new Map<string, Millis>();

  constructor(
    private readonly clock: Clock,
    private readonly ledger: Ledger,
    private readonly network: Network,
    private readonly topology: Topology,
    connection: Connection,
    private readonly dialer: string,
    private readonly acceptor: string,
  ) {
    const readers = { dialer: new LineReader(), acceptor: new LineReader() };
    connection.tap = (towards, chunk) => {
      for (const line of readers[towards].feed(chunk)) this.#line(towards, line);
    };
  }

  #line(towards: "dialer" | "acceptor", line: Line): void {
    const isMessage = line.verb === "RMSG" || line.verb === "HMSG";
    if (towards === "acceptor") {
      if (isMessage) this.#message(line);
    } else if (isMessage) this.ledger.fail(`${this.acceptor} sent a message as the acceptor`);
    else if (line.verb === "INFO") this.#info(JSON.parse(line.rest));
    else if (line.verb === "A-" || line.verb === "A+") {
      if (this.#complete.has(line.rest))
        this.ledger.fail(`${this.acceptor} said ${line.verb} after complete`);
    }
  }

  #info(info: Record<string, unknown>): void {
    if (info["gateway_cmd"] !== 3) return;
    const account = Buffer.from(String(info["gateway_cmd_payload"]), "base64").toString();
    this.#complete.set(account, this.clock.now());
  }

  #message({ verb, args, body }: Line): void {
    const [account = "", subject = "", third = "", ...more] = args.slice(0, verb === "RMSG" ? -1 : -2);
    if (account === "$SYS") return; // Servers among themselves.
    const letter = this.ledger.letterOf(body);
    if (letter === null) return;
    const what = `#${letter.id} ${account} ${subject} from ${this.dialer} to ${this.acceptor}`;
    if (letter.from.account !== account) this.ledger.fail(`another account on the wire: ${what}`);
    if (letter.role === "reply") return; // Replies go by their prefix, and on from the cluster that asked.
    const route = this.topology.route(letter.from.region, this.acceptor, account);
    const isBack = this.topology.route(letter.from.region, this.dialer, account)?.includes(this.acceptor);
    if (isBack) this.ledger.fail(`a message went back: ${what}`);
    else if (route?.at(-2) !== this.dialer) this.ledger.fail(`a message went through: ${what}`);
    if (letter.arrivals.has(this.acceptor)) this.ledger.fail(`twice on the wire: ${what}`);
    letter.arrivals.add(this.acceptor);
    const queues = more.length === 0 ? [] : third === "+" ? more.slice(1) : more;
    if (!this.#isWanted(account, subject, queues)) this.ledger.fail(`nobody asked for it: ${what}`);
  }

  #isWanted(account: string, subject: string, queues: readonly string[]): boolean {
    const now = this.clock.now();
    const since = now - SETTLE_MILLIS;
    if ((this.#complete.get(account) ?? now) > since) return true;
    if (!this.#isWholeBehind(account, since, now)) return true;
    return this.ledger.lives.some(({ party, to, queue, subject: pattern }) => {
      if (to < since || party.account !== account || !this.#isBehind(party.region, account)) return false;
      return (queue === null || queues.includes(queue)) && covers(pattern, subject);
    });
  }
  /** Is the place beyond the acceptor, so that its interest is told here? */
  #isBehind(place: string, account: string): boolean {
    const { topology, dialer, acceptor } = this;
    return (
      topology.route(place, dialer, account)?.at(-2) === acceptor && topology.tells(place, dialer, account)
    );
  }

  /** Could news of interest come from everywhere beyond the acceptor? */
  #isWholeBehind(account: string, since: Millis, now: Millis): boolean {
    const { topology, dialer, network } = this;
    return topology.names.every((place) => {
      if (!this.#isBehind(place, account)) return true;
      const route = topology.route(place, dialer, account)!;
      return (
        route.every((step, i) => i === 0 || network.isWhole(route[i - 1]!, step, since, now)) &&
        network.isWhole(place, place, since, now)
      );
    });
  }
}
