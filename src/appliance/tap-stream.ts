// A tap as a stream of lines with a JSON object each, for the admin socket: it ends when its reader goes.

import type { Core } from "../core/core.ts";
import { Tap, type TapOptions, type TapSink } from "../core/tap.ts";
import type { TapEvent } from "../core/tap-events.ts";

/** Bytes that may wait for a slow reader; over it events are dropped and counted. */
const WAITING_BYTES_MAX = 1 << 20;

/** Bytes of a payload that are shown. */
const PAYLOAD_BYTES_MAX = 4_096;

const TICK_MILLIS = 250;

interface StreamOptions extends TapOptions {
  /** Shows payloads too, as base64. */
  readonly payload: boolean;
}

/** Each listener costs what its link carries. */
const TAPS_MAX = 4;

export class Taps {
  #open = 0;

  open(core: Core | null, options: StreamOptions): ReadableStream<Uint8Array> | { readonly why: string } {
    if (this.#open >= TAPS_MAX) return { why: `there are ${TAPS_MAX} taps already` };
    const stream = core === null ? null : tapStream(core, options, () => this.#open--);
    if (stream === null)
      return { why: `there is no link ${JSON.stringify(options.link)}, or it is tapped already` };
    this.#open++;
    return stream;
  }
}

/** null: there is no such link. `done` is called once, when it is over. */
function tapStream(core: Core, options: StreamOptions, done: () => void): ReadableStream<Uint8Array> | null {
  let controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  let timer: Timer | undefined;
  const put = (document: object): void => controller?.enqueue(Buffer.from(`${JSON.stringify(document)}\n`));
  const sink: TapSink = {
    event: (link, at, event) => {
      if ((controller?.desiredSize ?? 0) <= 0) return false;
      put({ at: new Date(at).toISOString(), link, ...shown(event, options.payload) });
      return true;
    },
    dropped: (dropped) => put({ dropped }),
    ended: (why, count, dropped) => {
      clearInterval(timer);
      put({ ended: why, shown: count, dropped });
      controller?.close();
      controller = null;
      done();
    },
  };
  const tap = Tap.open(core, options, sink);
  if (tap === null) return null;
  return new ReadableStream<Uint8Array>(
    {
      start: (own) => {
        controller = own;
        put({ links: tap.links });
        timer = setInterval(() => tap.tick(core.now()), TICK_MILLIS);
      },
      cancel: () => {
        controller = null;
        tap.end("stopped");
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: WAITING_BYTES_MAX }),
  );
}

function shown({ payload, ...event }: TapEvent, withPayload: boolean): object {
  if (payload === undefined || !withPayload) return event;
  const head = payload.subarray(0, PAYLOAD_BYTES_MAX);
  const isCut = head.length < payload.length;
  return { ...event, payload: Buffer.from(head).toString("base64"), ...(isCut ? { cut: true } : {}) };
}
