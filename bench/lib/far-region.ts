// The region at the other end of the system's gateway: the system dials it and it dials the system, as a
// nats-server of today or as one from before 2.9 does, and it has as much interest as a case wants.

import { gatewayCommand, gatewayInfo, LOAD_GATEWAY } from "./handshakes.ts";
import { until } from "./process.ts";
import { dialWire, listenWire, type WireEnd } from "./wire-end.ts";

/** Lines that are made into bytes at a time. */
const PIECE_LINES = 10_000;

export class FarRegion {
  /** What the system dialled: it is told our interest there, and sends its messages. */
  accepted: WireEnd | null = null;
  #introduced = false;
  readonly #listener: { port: number; stop(): void };

  /** An old one does not announce gateway_iom: it is served until it says what it wants. */
  constructor(readonly old: boolean) {
    this.#listener = listenWire((end) => {
      this.accepted = end;
      end.onLine = (line) => {
        this.#introduced ||= line.startsWith("INFO ");
      };
      end.say(gatewayInfo(this.#listener.port, old));
    });
  }

  get port(): number {
    return this.#listener.port;
  }

  /** The connection that the system dialled, once it has introduced itself. */
  async reached(): Promise<WireEnd> {
    await until("the system to dial our gateway", () => this.#introduced);
    await this.accepted!.answered();
    return this.accepted!;
  }

  /** Dials the system's gateway and says who we are; what it says then goes to `onLine`. */
  async dial(port: number, old: boolean, onLine: (line: string) => void): Promise<WireEnd> {
    const end = await dialWire(port);
    let greeted = false;
    end.onLine = (line) => {
      greeted ||= line.startsWith("INFO ");
    };
    await end.held("INFO to a gateway", () => greeted);
    const connect = { verbose: false, pedantic: false, name: "BENCHLOAD", gateway: LOAD_GATEWAY };
    end.onLine = onLine;
    end.say(`CONNECT ${JSON.stringify(connect)}\r\n${gatewayInfo(this.port, old)}`);
    return end;
  }

  stop(): void {
    this.accepted?.end();
    this.#listener.stop();
  }
}

export function accountName(index: number): string {
  return `A${String(index).padStart(4, "0")}`;
}

/** A subject of twenty bytes and four tokens, another one for each account and number. */
export function wantedSubject(account: number, number: number): string {
  return `ord.eu.${String(account).padStart(4, "0")}.${String(number).padStart(8, "0")}`;
}

/** Start, the list, complete, of each account in turn; `more` subjects end the list of the first account. */
export function listsOf(
  first: number,
  accounts: number,
  subjects: number,
  more: readonly string[] = [],
): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let lines: string[] = [];
  const put = (line: string): void => {
    lines.push(line);
    if (lines.length >= PIECE_LINES) flush();
  };
  const flush = (): void => {
    pieces.push(Buffer.from(lines.join(""), "latin1"));
    lines = [];
  };
  for (let account = first; account < first + accounts; account++) {
    const name = accountName(account);
    put(gatewayCommand(2, name));
    for (let number = 0; number < subjects; number++)
      put(`RS+ ${name} ${wantedSubject(account, number)}\r\n`);
    if (account === first) for (const subject of more) put(`RS+ ${name} ${subject}\r\n`);
    put(gatewayCommand(3, name));
  }
  flush();
  return pieces;
}

/** Logs a client in to an account, whose user has its name. */
export async function loginTo(port: number, account: number): Promise<WireEnd> {
  const end = await dialWire(port);
  let greeted = false;
  end.onLine = (line) => {
    greeted ||= line.startsWith("INFO ");
  };
  await end.held("INFO to a client", () => greeted);
  const login = { user: accountName(account), pass: "bench" };
  end.say(`CONNECT ${JSON.stringify({ ...login, verbose: false, pedantic: false, headers: true })}\r\n`);
  await end.answered();
  return end;
}
