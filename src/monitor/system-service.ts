// The box in the system account, as a nats-server is there: it answers what servers are asked, tells what
// happens to its connections, and knows of the other servers. Source: nats-server 2.15, events.go.

import type { Millis } from "../base/clock.ts";
import type { Handler, OwnMessage } from "../forward/own.ts";
import type { Document } from "./document.ts";
import { timeText } from "./format.ts";
import { QueryError } from "./query.ts";
import type { MonitorListener, MonitorSource } from "./source.ts";
import { Commands } from "./system-commands.ts";
import { ConnectionEvents } from "./system-events.ts";
import { accountAsked, countSubscribers, userInfo } from "./system-lookups.ts";
import { isMeant, RequestError, readValues, type Shape, type Values } from "./system-options.ts";
import { SystemServer } from "./system-server.ts";
import { SystemServers } from "./system-servers.ts";
import { Statsz } from "./system-statsz.ts";
import { ACCOUNT_VIEWS, PING_STATZ, SERVER_VIEWS } from "./system-views.ts";

export interface SystemWiring {
  readonly source: MonitorSource;
  /** What /varz shows of the monitoring listener. */
  listener(): MonitorListener;
  /** Does the work when messages leave time for it; false: too much waits already. */
  defer(work: () => void): boolean;
}

/** Options that only say which servers are meant. */
const FILTER: Shape = { outer: "EventFilterOptions", inner: "EventFilterOptions", fields: {} };

/** Speaks from the moment on that it is made. */
export class SystemService {
  readonly #server: SystemServer;
  readonly #servers: SystemServers;
  readonly #statsz: Statsz;
  readonly #events: ConnectionEvents;
  readonly #commands: Commands;

  constructor(private readonly wiring: SystemWiring) {
    const { source } = wiring;
    const { core } = source;
    this.#server = new SystemServer(source);
    this.#servers = new SystemServers(this.#server.id);
    const statsz = new Statsz(source, this.#server, () => wiring.listener(), this.#servers);
    this.#statsz = statsz;
    this.#events = new ConnectionEvents(source, this.#server);
    this.#commands = new Commands(core);
    this.#answerServerRequests();
    this.#answerAccountRequests();
    this.#hearServers();
    core.system.events = {
      joined: (session, now) => this.#events.joined(session, now),
      ended: (session, reason, asked, now) => this.#events.ended(session, reason, asked, now),
      tick: (now) => this.#tick(now),
      stopping: () => this.#say("SHUTDOWN"),
      traced: (trace) => JSON.stringify(trace.document(this.#server.head(), timeText)),
    };
  }

  /** The box begins to send its clients away. */
  lameDuck(): void {
    this.#say("LAMEDUCK");
  }

  #tick(now: Millis): void {
    this.#servers.tick(now);
    this.#statsz.tick(now);
    this.#events.tick(now);
  }

  #say(what: "SHUTDOWN" | "LAMEDUCK"): void {
    const subject = `$SYS.SERVER.${this.#server.id}.${what}`;
    const { system } = this.wiring.source.core;
    if (system.isWanted(subject)) system.publish(subject, JSON.stringify(this.#server.head()));
  }

  // ---- requests ----

  /** As `$SYS.REQ.SERVER.<id>.<name>` and, of all servers at once, as `$SYS.REQ.SERVER.PING.<name>`. */
  #asked(name: string, handler: Handler): void {
    const { system } = this.wiring.source.core;
    system.subscribe(`$SYS.REQ.SERVER.${this.#server.id}.${name}`, handler);
    system.subscribe(`$SYS.REQ.SERVER.PING.${name}`, handler);
  }

  #answerServerRequests(): void {
    const { source } = this.wiring;
    const { system } = source.core;
    for (const [name, { shape, show }] of Object.entries(SERVER_VIEWS)) {
      this.#asked(name, (message) =>
        this.#answer(message, shape, (values) => show(source, values, this.wiring.listener())),
      );
    }
    const { id, self } = this.#server;
    this.#asked("IDZ", ({ reply }) => {
      if (reply.length > 0) system.publish(reply, JSON.stringify({ name: self.name, host: self.host, id }));
    });
    const statsz: Handler = (message) => this.#answerStatsz(message);
    this.#asked("STATSZ", statsz);
    system.subscribe("$SYS.REQ.SERVER.PING", statsz);
    const command = (name: string, run: (payload: Uint8Array) => Promise<void> | void): void =>
      system.subscribe(`$SYS.REQ.SERVER.${id}.${name}`, (message) => this.#command(message, run));
    command("KICK", (payload) => this.#commands.kick(payload));
    command("LDM", (payload) => this.#commands.lameDuck(payload));
    command("RELOAD", () => this.#commands.reload());
  }

  #answerAccountRequests(): void {
    const { source } = this.wiring;
    const { core } = source;
    const { system } = core;
    for (const [name, { shape, show }] of Object.entries(ACCOUNT_VIEWS)) {
      system.subscribe(`$SYS.REQ.ACCOUNT.*.${name}`, (message) =>
        this.#answer(message, shape, (values) => show(source, values, accountAsked(message.subject))),
      );
    }
    system.subscribe("$SYS.REQ.ACCOUNT.PING.STATZ", (message) =>
      this.#answer(message, PING_STATZ.shape, (values) =>
        PING_STATZ.show(source, values, this.wiring.listener()),
      ),
    );
    system.subscribe("$SYS.REQ.ACCOUNT.*.CONNS", (message) =>
      this.#deferred(message, () =>
        this.#events.tellConnections(accountAsked(message.subject), message.reply),
      ),
    );
    system.subscribe("$SYS.REQ.ACCOUNT.NSUBS", (message) =>
      this.#deferred(message, () => {
        const count = countSubscribers(core, message.payload);
        if (count !== null && message.reply.length > 0) system.publish(message.reply, JSON.stringify(count));
      }),
    );
    system.subscribeHere("$SYS.REQ.USER.*.INFO", (message) =>
      this.#answer({ ...message, payload: message.payload.subarray(0, 0) }, FILTER, () =>
        userInfo(core, message),
      ),
    );
  }

  #answerStatsz(message: OwnMessage): void {
    // Without a reply it is everybody who is to hear it.
    if (message.reply.length === 0) return this.#statsz.tellAll(true);
    this.#deferred(message, () => {
      if (!isMeant(readValues(message.payload, FILTER), this.#server.self)) return;
      this.wiring.source.core.system.publish(message.reply, this.#statsz.text());
    });
  }

  #answer(message: OwnMessage, shape: Shape, show: (values: Values) => Document | null): void {
    if (message.reply.length === 0) return;
    this.#deferred(message, () => {
      const values = readValues(message.payload, shape);
      if (!isMeant(values, this.#server.self)) return;
      const data = show(values);
      if (data !== null) this.#respond(message, { data });
    });
  }

  #command(message: OwnMessage, run: (payload: Uint8Array) => Promise<void> | void): void {
    const done = (): void => {
      if (message.reply.length > 0) this.#respond(message, {});
    };
    this.#try(message, () => {
      const { payload } = message;
      if (payload.length > 0 && !isMeant(readValues(payload, FILTER), this.#server.self)) return;
      const running = run(payload);
      if (running === undefined) done();
      else
        void running
          .then(done, (error) => this.#failed(message, error))
          .finally(() => this.wiring.defer(() => {}));
    });
  }

  #deferred(message: OwnMessage, work: () => void): void {
    if (this.wiring.defer(() => this.#try(message, work))) return;
    this.#failed(message, new RequestError(503, "too many requests"));
  }

  #try(message: OwnMessage, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#failed(message, error);
    }
  }

  #failed(message: OwnMessage, error: unknown): void {
    if (message.reply.length === 0) return;
    if (error instanceof RequestError) {
      const { status: code, message: description } = error;
      return this.#respond(message, { error: { code, description } });
    }
    if (error instanceof QueryError) {
      return this.#respond(message, { data: null, error: { code: 500, description: error.message } });
    }
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.wiring.source.core.world.log.error(`System request ${message.subject} failed: ${why}`);
    this.#respond(message, { error: { code: 500, description: "internal error" } });
  }

  #respond({ reply }: OwnMessage, answer: Document): void {
    const { system } = this.wiring.source.core;
    system.publish(reply, JSON.stringify({ server: this.#server.head(), ...answer }));
  }

  // ---- other servers ----

  #hearServers(): void {
    const { core } = this.wiring.source;
    const heard: Handler = ({ payload }) => {
      // Whoever is new is told of us, and of the accounts that it must not leave to chance.
      if (!this.#servers.heard(payload, core.now())) return;
      this.#statsz.tellAll(false);
      this.#events.tellLeafs();
    };
    const left: Handler = ({ subject }) => this.#servers.gone(subject.split(".")[2] ?? "");
    core.system.subscribe("$SYS.SERVER.*.STATSZ", heard);
    core.system.subscribe("$SYS.SERVER.*.SHUTDOWN", left);
    core.system.subscribe("$SYS.SERVER.*.LAMEDUCK", left);
    core.system.subscribe("$SYS.ACCOUNT.*.LEAFNODE.CONNECT", ({ subject }) => {
      const account = core.accounts.idOf(subject.split(".")[2] ?? "");
      if (core.hasAccount(account)) core.gateways?.leafJoined(account);
    });
  }
}
