// Nobody could get a request: its sender is told at once. Source: client-and-auth.md §1.3.

import { textOf } from "../base/bytes.ts";
import { noResponderStatus } from "../client/no-responders.ts";
import type { ClientSession } from "../client/session.ts";
import { Count } from "../peer/counters.ts";
import { Source } from "../peer/kind.ts";
import type { Frame } from "../wire/frame.ts";
import type { Resolver } from "./resolve.ts";

export function tellNobody(resolver: Resolver, frame: Frame, from: ClientSession): void {
  const { buf, replyFrom, replyTo } = frame;
  const { plain } = resolver.resolve(frame.account, Source.Gateway, buf, replyFrom, replyTo);
  const own = plain.find(({ session }) => session === from);
  if (own === undefined) return;
  const status = noResponderStatus(textOf(buf, frame.subjectFrom, frame.subjectTo));
  const head = `HMSG ${textOf(buf, replyFrom, replyTo)} ${own.sid} ${status.length} ${status.length}\r\n`;
  from.egress.text(`${head}${textOf(status)}\r\n`);
  from.counters[Count.OutMessages]!++;
  from.counters[Count.OutBytes]! += status.length;
  own.delivered++;
  if (own.max > 0 && own.delivered >= own.max) from.expire(own);
}
