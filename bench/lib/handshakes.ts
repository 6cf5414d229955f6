// The handshakes of the load: a client, a spoke, a remote gateway that dials and one that is dialled. Only as
// much of the protocols as the load needs. Source: gateway.md §1.2–1.4, §3.5; leafnode.md §2, §9.2.

import { ACCOUNT, type Compression } from "./frames.ts";
import { until } from "./process.ts";
import type { RawEnd } from "./raw-end.ts";
import { encoderOf } from "./s2-encode.ts";

/** The name of the remote cluster that the load plays. */
export const LOAD_GATEWAY = "LOAD";

/** Logs a client in; fails when it is not answered. */
export async function loginClient(end: RawEnd): Promise<void> {
  let greeted = false;
  end.onLine = (line) => {
    if (line.startsWith("INFO ")) greeted = true;
  };
  await held(end, "INFO to a client", () => greeted);
  end.say('CONNECT {"verbose":false,"pedantic":false,"headers":true,"name":"bench","lang":"bench"}\r\n');
  await answered(end);
}

/** Subscribes a client to each subject under its subscription id, and waits until that is done. */
export async function subscribe(
  end: RawEnd,
  subjects: readonly [subject: string, sid: string][],
): Promise<void> {
  end.say(subjects.map(([subject, sid]) => `SUB ${subject} ${sid}\r\n`).join(""));
  await answered(end);
}

/** Logs in as a dialling remote gateway, and waits until the far side has told all of `interest`; where
 *  others tell a part of it too, it is the caller who knows when `told` is enough. */
export async function loginGateway(
  end: RawEnd,
  listenPort: number,
  interest: ReadonlySet<string>,
  told = new Set<string>(),
  isEnough = () => told.size === interest.size,
): Promise<void> {
  let greeted = false;
  end.onLine = (line) => {
    if (line.startsWith("INFO ")) greeted = true;
    const [verb, account, ...args] = line.split(" ");
    if (verb === "RS+" && account === ACCOUNT) hear(args, interest, told);
  };
  await held(end, "INFO to a gateway", () => greeted);
  const connect = {
    verbose: false,
    pedantic: false,
    tls_required: false,
    name: "BENCHLOAD",
    gateway: LOAD_GATEWAY,
  };
  end.say(`CONNECT ${JSON.stringify(connect)}\r\n${gatewayInfo(listenPort)}`);
  await held(end, "interest in every subject", isEnough);
}

/**
 * Logs in as a spoke of its own cluster, compressed when so wanted, and waits until the hub has told all of
 * `interest`. Both directions are compressed at `compression`; the hub must be configured so.
 */
export async function loginLeaf(
  end: RawEnd,
  name: string,
  compression: Compression,
  interest: ReadonlySet<string>,
): Promise<void> {
  const told = new Set<string>();
  let info: Record<string, unknown> | undefined;
  let bound = false;
  end.onLine = (line) => {
    const [verb, ...args] = line.split(" ");
    if (verb === "INFO") {
      info = JSON.parse(line.slice("INFO ".length)) as Record<string, unknown>;
      bound ||= info["connect_info"] === true;
    }
    if (verb === "LS+") hear(args, interest, told);
  };
  await held(end, "INFO to a leaf", () => info !== undefined);
  if (compression !== "off") {
    // The least level is configured as an automatic one that always takes it.
    const mode = compression === "s2_uncompressed" ? "s2_auto" : compression;
    if (info?.["compression"] !== mode) {
      throw new Error(`its leaf listener announces compression ${info?.["compression"]}, not ${mode}`);
    }
    info = undefined;
    end.say(`INFO ${JSON.stringify({ compression })}\r\n`);
    end.compress(encoderOf(compression));
    await held(end, "compressed INFO to a leaf", () => info !== undefined);
  }
  const connect = {
    version: "2.15.2",
    server_id: name,
    name,
    cluster: name,
    headers: true,
    compress_mode: compression,
    remote_account: ACCOUNT,
    protocol: 1,
  };
  end.say(`CONNECT ${JSON.stringify(connect)}\r\n`);
  await held(end, "INFO that answers CONNECT", () => bound);
  await held(end, "interest in every subject", () => told.size === interest.size);
}

/** Tells the hub the interest of a spoke, and resolves when it has taken in all of that. */
export async function tellHub(end: RawEnd, interest: readonly string[]): Promise<void> {
  end.say(interest.map((key) => `LS+ ${argumentsOf(key)}\r\n`).join(""));
  await answered(end);
}

/**
 * Receives a dialling gateway: greets it, tells it the interest of the global account, and resolves when it
 * has taken in all of that.
 */
export async function welcomeGateway(
  end: RawEnd,
  listenPort: number,
  interest: readonly string[],
): Promise<void> {
  let introduced = false;
  end.onLine = (line) => {
    if (line.startsWith("INFO ")) introduced = true;
  };
  end.say(gatewayInfo(listenPort));
  await held(end, "CONNECT and INFO of a gateway", () => introduced);
  const lines = interest.map((key) => `RS+ ${ACCOUNT} ${argumentsOf(key)}\r\n`).join("");
  end.say(gatewayCommand(2) + lines + gatewayCommand(3));
  await answered(end);
}

/** Sends PING and waits for its PONG: the far side reads in order, so it has read all that went before. */
async function answered(end: RawEnd): Promise<void> {
  let pong = false;
  const before = end.onLine;
  end.onLine = (line) => {
    if (line === "PONG") pong = true;
    else before(line);
  };
  end.say("PING\r\n");
  await held(end, "PONG", () => pong);
  end.onLine = before;
}

/** Notes what a line of interest says, when it is wanted: a subject, or a subject, a queue and its weight. */
function hear(args: readonly string[], interest: ReadonlySet<string>, told: Set<string>): void {
  const key = args.slice(0, 2).join(" ");
  if (interest.has(key)) told.add(key);
}

/** Interest in a queue group is told with the number of its members. */
function argumentsOf(key: string): string {
  return key.includes(" ") ? `${key} 1` : key;
}

async function held(end: RawEnd, what: string, holds: () => boolean): Promise<void> {
  await until(what, () => {
    if (end.closed !== null) throw new Error(`waiting for ${what}: ${end.closed}`);
    return holds();
  });
}

/** INFO of the load's gateway; an old one does not announce all its interest by itself. */
export function gatewayInfo(listenPort: number, old = false): string {
  const url = `127.0.0.1:${listenPort}`;
  const info = {
    server_id: "BENCHLOAD",
    server_name: "bench-load",
    version: "2.15.2",
    proto: 1,
    host: "127.0.0.1",
    port: listenPort,
    headers: true,
    max_payload: 1_048_576,
    gateway: LOAD_GATEWAY,
    gateway_urls: [url],
    gateway_url: url,
    gateway_nrp: true,
    ...(old ? {} : { gateway_iom: true }),
  };
  return `INFO ${JSON.stringify(info)}\r\n`;
}

/** 2: the list of an account begins; 3: it is complete. */
export function gatewayCommand(command: 2 | 3, account = ACCOUNT): string {
  const info = { gateway: LOAD_GATEWAY, gateway_cmd: command, gateway_cmd_payload: btoa(account) };
  return `INFO ${JSON.stringify(info)}\r\n`;
}
