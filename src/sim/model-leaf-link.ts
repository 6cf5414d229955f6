// One leaf link of a modelled nats-server, at either end: the handshake, interest and messages as
// leafnode.md §2–§6 has them.

import { below, type Random } from "../base/random.ts";
import type { VirtualClock } from "./clock.ts";
import { type Line, LineReader, messageLine, Outlet } from "./frames.ts";
import { covers } from "./ledger.ts";
import type { End } from "./network.ts";

const FIRST_INFO_MILLIS = 1_000;
const CONNECT_MILLIS = 2_000;
const LOOP_MILLIS = 30_000;
const FIRST_PING_MILLIS = 1_000;
const PING_MILLIS = 4_000;
const PINGS_OUT_MAX = 2;
const LINGER_MILLIS = 2_000;

/** What the soliciting end was configured with. */
export interface LeafDial {
  readonly to: string;
  readonly account: string;
  readonly isHub: boolean;
  readonly isolates: boolean;
  readonly asksIsolation: boolean;
}

export interface LeafLinkHost {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly name: string;
  readonly cluster: string;
  readonly accounts: readonly string[];
  /** Answers CONNECT by a second INFO, as servers since 2.10 do. */
  readonly answersConnect: boolean;
  readonly url: string;
  loopSubject(account: string): string;
  fail(what: string): void;
  /** The other end said -ERR. */
  told(by: string, text: string): void;
  /** A loop was found at our end. */
  looped(link: ModelLeafLink): void;
  /** The handshake is done: interest and messages may flow. */
  joined(link: ModelLeafLink): void;
  /** What the peer wants has changed. */
  changed(link: ModelLeafLink): void;
  /** It takes part no more. */
  left(link: ModelLeafLink): void;
  /** What the peer is to be told now. */
  interestFor(link: ModelLeafLink): ReadonlyMap<string, number>;
  message(link: ModelLeafLink, subject: string, reply: string, queues: readonly string[], line: Line): void;
}

export class ModelLeafLink {
  ready = false;
  isHub: boolean;
  isolated: boolean;
  account: string;
  peer = "";
  /** The peer's cluster. */
  cluster = "";
  /** How much longer than usual to wait before the next dial, in milliseconds. */
  delayMillis = 0;
  /** What the peer wants, with weights. */
  readonly rows = new Map<string, number>();
  readonly #told = new Map<string, number>();
  readonly #outlet: Outlet;
  #awaits: "info" | "connect" | "accepted" | "nothing";
  #isOver = false;
  #pingsOut = 0;

  constructor(
    private readonly host: LeafLinkHost,
    private readonly end: End,
    /** null at the accepting end. */
    readonly dial: LeafDial | null,
    gone: (self: ModelLeafLink) => void,
  ) {
    const { clock } = host;
    const reader = new LineReader();
    const outlet = new Outlet(clock, end);
    this.#outlet = outlet;
    this.isHub = dial?.isHub ?? true;
    this.isolated = dial?.isolates ?? false;
    this.account = dial?.account ?? "";
    this.#awaits = dial === null ? "connect" : "info";
    end.ears = {
      data: (chunk) => {
        for (const line of reader.feed(chunk)) if (!this.#isOver) this.#line(line);
      },
      drain: () => outlet.flush(),
      gone: () => {
        this.#leave();
        gone(this);
      },
    };
    if (dial === null) outlet.put(`INFO ${JSON.stringify(this.#info())}\r\n`);
    const deadline = dial === null ? CONNECT_MILLIS : FIRST_INFO_MILLIS;
    clock.after(deadline, () => this.#late(dial === null ? "connect" : "info"));
  }

  /** Tells the peer what is not as it was last told. */
  update(): void {
    if (!this.ready) return;
    const wanted = this.host.interestFor(this);
    for (const key of [...this.#told.keys()]) {
      if (wanted.has(key)) continue;
      this.#told.delete(key);
      this.#outlet.put(`LS- ${key}\r\n`);
    }
    for (const [key, weight] of wanted) {
      if (this.#told.get(key) === weight) continue;
      this.#told.set(key, weight);
      this.#outlet.put(key.includes(" ") ? `LS+ ${key} ${weight}\r\n` : `LS+ ${key}\r\n`);
    }
  }

  /** Plain interest of the peer, and the members of each group that it has. */
  wants(subject: string): { plain: boolean; queues: Map<string, number> } {
    let plain = false;
    const queues = new Map<string, number>();
    for (const [key, weight] of this.rows) {
      const [pattern = "", queue] = key.split(" ");
      if (!covers(pattern, subject)) continue;
      if (queue === undefined) plain = true;
      else queues.set(queue, (queues.get(queue) ?? 0) + weight);
    }
    return { plain, queues };
  }

  send(subject: string, reply: string, queues: readonly string[], header: string, body: string): void {
    const words = [subject];
    if (queues.length > 0) words.push(reply === "" ? "|" : "+");
    if (reply !== "") words.push(reply);
    words.push(...queues);
    this.#outlet.put(messageLine("LMSG", "HMSG", words.join(" "), header, body));
  }

  /** Ends it, with a word to the peer. */
  close(text: string | null): void {
    if (this.#isOver) return;
    if (text !== null) this.#outlet.put(`-ERR '${text}'\r\n`);
    this.#leave();
    this.host.clock.after(1, () => this.end.end());
    this.host.clock.after(LINGER_MILLIS, () => this.end.terminate());
  }

  #leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.ready = false;
    this.host.left(this);
  }

  #line(line: Line): void {
    const { verb, args, rest } = line;
    const what = `${this.peer || "a stranger"} of ${this.host.name}`;
    if (verb === "PONG") this.#pingsOut = 0;
    else if (verb === "-ERR") this.#error(rest);
    else if (verb === "CONNECT" && this.#awaits === "connect") this.#connect(JSON.parse(rest));
    else if (verb === "INFO" && this.dial !== null) this.#greeted(JSON.parse(rest));
    else if (this.#awaits === "connect" || this.#awaits === "info") {
      this.host.fail(`${what} began with ${verb} ${rest}`);
    } else if (verb === "PING") this.#outlet.put("PONG\r\n");
    else if (verb === "LS+" || verb === "LS-") this.#interest(verb, args);
    else if (verb === "LMSG" || verb === "HMSG") this.#message(line);
    else this.host.fail(`${what} sent ${verb} ${rest}`);
  }

  #late(awaited: "connect" | "info" | "accepted"): void {
    if (this.#isOver || this.#awaits !== awaited) return;
    if (awaited === "connect") this.close("Authentication Timeout");
    else this.close(awaited === "info" ? null : "Stale Leaf Node Connection - Closing");
  }

  #info(): Record<string, unknown> {
    const { name, cluster, url, answersConnect } = this.host;
    const info = { server_id: `N${name}`, server_name: name, version: "2.15.2", proto: 1, cluster };
    const more = {
      headers: true,
      auth_required: true,
      max_payload: 1_048_576,
      client_id: 7,
      nonce: "x".repeat(15),
    };
    const flow = answersConnect ? { compression: "off", info_on_connect: true } : {};
    return { ...info, ...more, ...flow, leafnode_urls: [url] };
  }

  /** Source: leafnode.md §2.2. */
  #connect(asked: Record<string, unknown>): void {
    const { host } = this;
    const account = String(asked["user"] ?? "");
    if (!host.accounts.includes(account) || asked["pass"] !== account)
      return this.close("Authorization Violation");
    if (asked["cluster"] === host.cluster) return this.close("remote leafnode has same cluster name");
    for (const field of ["version", "name", "server_id"])
      if (!asked[field]) host.fail(`CONNECT to ${host.name} without ${field}`);
    this.account = account;
    this.isHub = asked["is_hub"] !== true;
    this.isolated = asked["isolate"] === true;
    this.peer = String(asked["name"]);
    this.cluster = String(asked["cluster"] ?? "");
    if (host.answersConnect) {
      const info = { ...this.#info(), client_id: undefined, nonce: undefined, compression: undefined };
      this.#outlet.put(
        `INFO ${JSON.stringify({ ...info, connect_info: true, remote_account: account })} \r\n`,
      );
    }
    this.#begin();
  }

  #greeted(info: Record<string, unknown>): void {
    const { host } = this;
    if (this.#awaits === "accepted" && info["connect_info"] === true) {
      if (info["remote_account"] !== this.account) host.fail(`${host.name} was bound to another account`);
      return this.#begin();
    }
    if (this.#awaits !== "info") return;
    if (!Number(info["client_id"]) || !Array.isArray(info["leafnode_urls"]))
      host.fail(`${host.name} was greeted without client_id or leafnode_urls`);
    this.peer = String(info["server_name"]);
    this.cluster = String(info["cluster"] ?? "");
    const { account, isHub, asksIsolation } = this.dial!;
    const connect = {
      version: "2.15.2",
      server_id: `N${host.name}`,
      name: host.name,
      cluster: host.cluster,
      user: account,
      pass: account,
      headers: true,
      remote_account: account,
      compress_mode: "off",
      protocol: 1,
      ...(isHub ? { is_hub: true } : {}),
      ...(asksIsolation ? { isolate: true } : {}),
    };
    this.#outlet.put(`CONNECT ${JSON.stringify(connect)}\r\n`);
    if (info["info_on_connect"] !== true) return this.#begin();
    this.#awaits = "accepted";
    host.clock.after(CONNECT_MILLIS, () => this.#late("accepted"));
  }

  #begin(): void {
    this.#awaits = "nothing";
    this.ready = true;
    this.host.joined(this);
    this.update();
    this.host.clock.after(FIRST_PING_MILLIS + below(this.host.random, 200), () => this.#ping());
  }

  #ping(): void {
    if (this.#isOver) return;
    if (this.#pingsOut >= PINGS_OUT_MAX) return this.close("Stale Connection");
    this.#pingsOut++;
    this.#outlet.put("PING\r\n");
    this.host.clock.after(PING_MILLIS, () => this.#ping());
  }

  #interest(verb: "LS+" | "LS-", args: readonly string[]): void {
    const [subject = "", queue, weight] = args;
    const isRight = verb === "LS+" ? args.length === 1 || args.length === 3 : args.length <= 2;
    if (!isRight || subject === "") return this.host.fail(`${this.peer} sent ${verb} ${args.join(" ")}`);
    if (verb === "LS+" && subject === this.host.loopSubject(this.account)) return this.#loop();
    const key = queue === undefined ? subject : `${subject} ${queue}`;
    if (verb === "LS+") this.rows.set(key, Math.max(1, Number(weight ?? 1)));
    else this.rows.delete(key);
    this.host.changed(this);
  }

  #loop(): void {
    const text = `Loop detected for leafnode account="${this.account}". Delaying attempt to reconnect for 30s`;
    this.delayMillis = LOOP_MILLIS;
    this.host.looped(this);
    this.close(text);
  }

  #message(line: Line): void {
    const words = line.args.slice(0, line.verb === "LMSG" ? -1 : -2);
    const [subject = "", second = "", ...more] = words;
    const isList = words.length >= 3;
    if (!this.ready || (isList && second !== "+" && second !== "|"))
      return this.host.fail(`${this.peer} sent ${line.verb} ${line.rest} to ${this.host.name}`);
    const reply = isList ? (second === "+" ? more.shift()! : "") : second;
    this.host.message(this, subject, reply, more, line);
  }

  /** Source: leafnode.md §5.2. */
  #error(text: string): void {
    this.host.told(this.peer, text);
    if (!text.includes("Loop detected") && !text.includes("same cluster name")) return;
    this.delayMillis = LOOP_MILLIS;
    if (text.includes("Loop detected")) this.host.looped(this);
    this.close(null);
  }
}
