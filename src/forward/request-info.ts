// The header by which the exporting account learns who asks. What the asker wrote there himself is taken out:
// he could claim to be anybody. Source: client-and-auth.md §2; nats-server 2.15, processServiceImport.

import { bytesOf, textOf } from "../base/bytes.ts";
import type { ClientSession } from "../client/session.ts";
import type { LeafSession } from "../leaf/session.ts";
import { Kind } from "../peer/kind.ts";
import type { Frame } from "../wire/frame.ts";

const NAME = "Nats-Request-Info";
const FIRST_LINE = "NATS/1.0\r\n";
const NANOS = 1_000_000;

/** Where a request comes from. */
export type Asker = ClientSession | LeafSession;

/** The block of headers that goes with an imported request. `share`: who, beyond the account. */
export function withRequestInfo(frame: Frame, account: string, asker: Asker, share: boolean): Uint8Array {
  const info = { ...(share ? detailsOf(asker) : {}), acc: account, rtt: asker.heartbeat.rttMillis * NANOS };
  const line = `${NAME}: ${JSON.stringify(info)}\r\n`;
  if (frame.headerBytes <= 0) return bytesOf(`${FIRST_LINE}${line}\r\n`);
  const { buf, payloadFrom, headerBytes } = frame;
  const kept = new Uint8Array(headerBytes + line.length * 3);
  let at = 0;
  let from = payloadFrom;
  const end = payloadFrom + headerBytes;
  while (from < end) {
    const to = lineEnd(buf, from, end);
    const isLast = to - from <= 2;
    if (isLast) break;
    if (!isNamed(buf, from, to)) {
      kept.set(buf.subarray(from, to), at);
      at += to - from;
    }
    from = to;
  }
  const tail = bytesOf(`${line}\r\n`);
  kept.set(tail, at);
  return kept.subarray(0, at + tail.length);
}

function lineEnd(buf: Uint8Array, from: number, end: number): number {
  const at = buf.indexOf(0x0a, from);
  return at < 0 || at >= end ? end : at + 1;
}

function isNamed(buf: Uint8Array, from: number, to: number): boolean {
  return (
    to - from > NAME.length && textOf(buf, from, from + NAME.length).toLowerCase() === NAME.toLowerCase()
  );
}

function detailsOf(asker: Asker): object {
  const { id, remote } = asker;
  if (asker.kind === Kind.Leaf) return { host: remote.ip, id, name: asker.remoteName };
  const { user, clientName, lang, version } = asker;
  return {
    host: remote.ip,
    id,
    ...(user === "" ? {} : { user }),
    ...(clientName === "" ? {} : { name: clientName }),
    ...(lang === "" ? {} : { lang }),
    ...(version === "" ? {} : { ver: version }),
  };
}
