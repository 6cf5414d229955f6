// Listens to a leaf link and judges what it carries: the order of the handshake, the shape of lines, nothing
// back towards its publisher, nothing twice, and nothing that the other end did not ask for.

import { type Clock, type Millis, NEVER } from "../base/clock.ts";
import { SETTLE_MILLIS } from "./checker.ts";
import { type Line, LineReader } from "./frames.ts";
import { covers, type Ledger } from "./ledger.ts";
import type { Connection, Network } from "./network.ts";
import type { Topology } from "./topology.ts";

type Side = "dialer" | "acceptor";

const isMessage = ({ verb }: Line): boolean => verb === "LMSG" || verb === "HMSG";

export class LeafTap {
  /** What each end was told that the other one wants: until when. */
  readonly #wanted: Record<Side, Map<string, Millis>> = { dialer: new Map(), acceptor: new Map() };
  readonly #places: Record<Side, string>;
  #account = "";
  /** The first INFO promised a second one, which has not come yet. */
  #awaitsInfo = false;
  #lines = { dialer: 0, acceptor: 0 };
  /** The rest is compressed. */
  #isDeaf = false;

  constructor(
    private readonly clock: Clock,
    private readonly ledger: Ledger,
    private readonly network: Network,
    private readonly topology: Topology,
    connection: Connection,
    dialer: string,
    acceptor: string,
  ) {
    this.#places = { dialer, acceptor };
    const readers = { dialer: new LineReader(), acceptor: new LineReader() };
    connection.tap = (towards, chunk) => {
      for (const line of this.#isDeaf ? [] : readers[towards].feed(chunk))
        if (!this.#isDeaf) this.#line(towards, line);
    };
  }

  #line(towards: Side, line: Line): void {
    const from = this.#places[towards === "dialer" ? "acceptor" : "dialer"];
    const what = `${from} to ${this.#places[towards]}: ${line.verb} ${line.rest.slice(0, 100)}`;
    const isFirst = this.#lines[towards]++ === 0;
    if (line.verb === "INFO") return this.#info(towards, JSON.parse(line.rest));
    if (line.verb === "CONNECT") {
      if (towards === "dialer" || this.#account !== "") this.ledger.fail(`out of place: ${what}`);
      this.#account = JSON.parse(line.rest).user;
    } else if (line.verb === "-ERR") return;
    else if (isFirst) this.ledger.fail(`too early: ${what}`);
    else if (line.verb === "LS+" || line.verb === "LS-") this.#interest(towards, line, what);
    else if (isMessage(line)) this.#message(towards, line);
    else if (line.verb !== "PING" && line.verb !== "PONG") this.ledger.fail(`not of this protocol: ${what}`);
  }

  #info(towards: Side, info: Record<string, unknown>): void {
    if (towards === "acceptor") this.#isDeaf = String(info["compression"]).startsWith("s2");
    else if (info["connect_info"] === true) this.#awaitsInfo = false;
    else if (this.#account === "") this.#awaitsInfo = info["info_on_connect"] === true;
  }

  /** Source: leafnode.md §2, §3. */
  #interest(towards: Side, { verb, args }: Line, what: string): void {
    const isRight = verb === "LS+" ? args.length === 1 || args.length === 3 : args.length < 3;
    if (!isRight) this.ledger.fail(`badly formed: ${what}`);
    if (this.#awaitsInfo) this.ledger.fail(`before the second INFO: ${what}`);
    const key = args.slice(0, 2).join(" ");
    // The end that said it is where such messages may go.
    const side = towards === "dialer" ? "acceptor" : "dialer";
    this.#wanted[side].set(key, verb === "LS+" ? NEVER : this.clock.now());
  }

  #message(towards: Side, { verb, args, body }: Line): void {
    const [subject = "", second = "", ...more] = args.slice(0, verb === "LMSG" ? -1 : -2);
    const letter = this.ledger.letterOf(body);
    if (letter === null) return;
    const to = this.#places[towards];
    const from = this.#places[towards === "dialer" ? "acceptor" : "dialer"];
    const what = `#${letter.id} ${this.#account} ${subject} from ${from} to ${to}`;
    if (letter.from.account !== this.#account) this.ledger.fail(`another account on the wire: ${what}`);
    if (letter.role === "reply") return; // It goes the way of its question.
    const route = this.topology.route(letter.from.region, to, this.#account);
    if (route?.at(-2) !== from) this.ledger.fail(`not on its way: ${what}`);
    if (letter.arrivals.has(to)) this.ledger.fail(`twice on the wire: ${what}`);
    letter.arrivals.add(to);
    const queues = more.length === 0 ? [] : second === "+" ? more.slice(1) : more;
    if (!this.#isWanted(towards, subject, queues)) this.ledger.fail(`nobody asked for it: ${what}`);
  }

  /** Each group of the list must have been asked for; without a list, the subject. */
  #isWanted(towards: Side, subject: string, queues: readonly string[]): boolean {
    const since = this.clock.now() - SETTLE_MILLIS;
    const { dialer, acceptor } = this.#places;
    if (!this.network.isWhole(dialer, acceptor, since, this.clock.now())) return true;
    const asked = [...this.#wanted[towards]]
      .filter(([, until]) => until >= since)
      .map(([key]) => key.split(" "));
    const has = (queue: string | undefined): boolean =>
      asked.some(([pattern, group]) => group === queue && covers(pattern!, subject));
    return queues.length === 0 ? has(undefined) : queues.every(has);
  }
}
