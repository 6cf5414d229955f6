// The three handshakes of the load: a client, a remote gateway that dials, a remote gateway that is dialled.
// Only as much of the protocol as the load needs. Source: gateway.md §1.2–1.4, §3.5.

import { ACCOUNT } from "./frames.ts";
import { until } from "./process.ts";
import type { RawEnd } from "./raw-end.ts";

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

/** Logs in as a dialling remote gateway, and waits until the far side has told interest in all `subjects`. */
export async function loginGateway(
  end: RawEnd,
  listenPort: number,
  subjects: ReadonlySet<string>,
): Promise<void> {
  const told = new Set<string>();
  let greeted = false;
  end.onLine = (line) => {
    if (line.startsWith("INFO ")) greeted = true;
    const [verb, account, subject = ""] = line.split(" ");
    if (verb === "RS+" && account === ACCOUNT && subjects.has(subject)) told.add(subject);
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
  await held(end, "interest in every subject", () => told.size === subjects.size);
}

/**
 * Receives a dialling gateway: greets it, tells it the interest of the global account, and resolves when it
 * has taken in all of that.
 */
export async function welcomeGateway(
  end: RawEnd,
  listenPort: number,
  subjects: Iterable<string>,
): Promise<void> {
  let introduced = false;
  end.onLine = (line) => {
    if (line.startsWith("INFO ")) introduced = true;
  };
  end.say(gatewayInfo(listenPort));
  await held(end, "CONNECT and INFO of a gateway", () => introduced);
  const interest = Array.from(subjects, (subject) => `RS+ ${ACCOUNT} ${subject}\r\n`).join("");
  end.say(gatewayCommand(2) + interest + gatewayCommand(3));
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

async function held(end: RawEnd, what: string, holds: () => boolean): Promise<void> {
  await until(what, () => {
    if (end.closed !== null) throw new Error(`waiting for ${what}: ${end.closed}`);
    return holds();
  });
}

function gatewayInfo(listenPort: number): string {
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
    gateway_iom: true,
  };
  return `INFO ${JSON.stringify(info)}\r\n`;
}

function gatewayCommand(command: number): string {
  const info = { gateway: LOAD_GATEWAY, gateway_cmd: command, gateway_cmd_payload: btoa(ACCOUNT) };
  return `INFO ${JSON.stringify(info)}\r\n`;
}
