// The current frame as slots: offsets into the buffer it lies in. One frame serves a whole appliance, because
// a frame is only looked at between two calls of next().

import { SERVER_LINE_BYTES } from "../base/limits.ts";

const EMPTY = new Uint8Array(0);

/** @hot All offsets are into `buf`; a pair from = to says that the part is absent. */
export class Frame {
  buf: Uint8Array = EMPTY;

  /** The arguments of a control line, without the command word and the line end. */
  lineFrom = 0;
  lineTo = 0;
  /** Where the arguments are: from at 2i, to at 2i + 1. */
  readonly tokens = new Int32Array(SERVER_LINE_BYTES + 16);
  tokenCount = 0;

  /** 0 when the account's name is not known here, or was not looked for. */
  account = 0;
  accountFrom = 0;
  accountTo = 0;
  subjectFrom = 0;
  subjectTo = 0;
  /** Of the subject's bytes, started by the account. */
  hash = 0;
  replyFrom = 0;
  replyTo = 0;
  /** The names of the queue groups, apart by blanks. */
  queuesFrom = 0;
  queuesTo = 0;
  /** Members behind an interest line with a queue, at least 1. */
  weight = 1;
  /** Where the number or numbers stand that close the line. */
  sizesFrom = 0;
  /** Bytes of the header block, of `size`; -1 without one (PUB, RMSG). */
  headerBytes = -1;
  /** Bytes of header block and body. */
  size = 0;
  payloadFrom = 0;
  /** Behind the payload's CRLF. */
  end = 0;
  /** True when [subjectFrom, end) is exactly what another NATS line would hold: single blanks, CRLF. Of a
   *  line of interest: when its subject is known to be valid. */
  canonical = false;
  /** True when [sizesFrom, end) is that: as with `canonical`, and with headers or queue groups too. */
  tailCanonical = false;
}
