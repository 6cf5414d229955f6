// What a peer can do wrong, what it is answered, and under which reason its connection closes.

import { ApplianceError } from "../base/errors.ts";

interface Fault {
  readonly says: string;
  /** The text inside -ERR '…', or null where the protocol closes without a word. */
  readonly answer: string | null;
  readonly close:
    | "Protocol Violation"
    | "Parse Error"
    | "Maximum Message Payload Exceeded"
    | "Authentication Failure";
}

/** Sources: gateway.md §2.5, §2.6, §6; client-and-auth.md §1.4. */
export const FAULTS = {
  "verb-unknown": { says: "an unknown verb", answer: "Unknown Protocol Operation", close: "Parse Error" },
  "payload-unterminated": {
    says: "a payload without CRLF",
    answer: "Unknown Protocol Operation",
    close: "Parse Error",
  },
  "arguments-miscounted": { says: "a wrong argument count", answer: null, close: "Protocol Violation" },
  "size-unreadable": { says: "a size that is no number", answer: null, close: "Protocol Violation" },
  "header-size-wrong": {
    says: "a header larger than its message",
    answer: null,
    close: "Protocol Violation",
  },
  "queues-unmarked": { says: "queues without + or |", answer: null, close: "Protocol Violation" },
  "subject-invalid": { says: "an invalid subject", answer: null, close: "Protocol Violation" },
  "line-too-long": {
    says: "a control line over the limit",
    answer: "maximum control line exceeded",
    close: "Protocol Violation",
  },
  "payload-too-large": {
    says: "a payload over the limit",
    answer: "Maximum Payload Violation",
    close: "Maximum Message Payload Exceeded",
  },
  "message-early": {
    says: "a message before CONNECT",
    answer: "Authorization Violation",
    close: "Authentication Failure",
  },
  "message-from-acceptor": {
    says: "a message from the accepting side",
    answer: null,
    close: "Protocol Violation",
  },
  "json-unreadable": { says: "JSON that cannot be read", answer: null, close: "Protocol Violation" },
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;

/** Where in a peer's stream it happened: the byte offset since it connected, and what stood there. */
export interface Where {
  readonly peer: string;
  readonly offset: number;
  readonly near: string;
}

/** A fault as a person reads it. */
export class WireError extends ApplianceError {
  readonly code = "wire";

  constructor(
    readonly fault: FaultName,
    where: Where,
  ) {
    super(
      `${where.peer} sent ${FAULTS[fault].says} at byte ${where.offset}, near ${JSON.stringify(where.near)}`,
    );
  }
}
