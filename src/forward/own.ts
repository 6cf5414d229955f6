// What the box wants for itself, and does with it: the system account is asked about this server, and this
// server answers. Rows of its interest name a handler by their tag.

import type { ServiceImport } from "./imports.ts";
import type { Trace } from "./trace.ts";

/** Rows of nobody in particular need an owner. */
export const OURSELVES = 1;
/** The tag of rows in answers to imported requests; handlers have others. */
export const ANSWERS_TAG = 0;

/** A message to the box itself. Its bytes are the handler's to keep. */
export interface OwnMessage {
  readonly subject: string;
  /** Where an answer goes, with the way home; empty without. */
  readonly reply: Uint8Array;
  /** The block as it came; empty without. */
  readonly headers: Uint8Array;
  readonly payload: Uint8Array;
}

export type Handler = (message: OwnMessage) => void;

/** What the forwarder asks of whoever answers in the system account. */
export interface OwnInterest {
  handler(tag: number): Handler | undefined;
  /** Handlers of what only clients of this server may ask, so that nobody is told that it is wanted. */
  untold(account: number, buf: Uint8Array, from: number, to: number): readonly Handler[];
  /** What was noted of a message is to be told. */
  traced(trace: Trace): void;
  /** What an account may ask of the system account without having imported it. */
  service(account: number, buf: Uint8Array, from: number, to: number): ServiceImport | undefined;
}
