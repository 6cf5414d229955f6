import { expect, test } from "bun:test";
import { Arena } from "../../src/base/arena.ts";
import { NEVER } from "../../src/base/clock.ts";
import { Log, SILENT } from "../../src/base/log.ts";
import type { CloseReason } from "../../src/peer/close.ts";
import { DirtyList, Egress } from "../../src/peer/egress.ts";
import { Kind } from "../../src/peer/kind.ts";
import { Session } from "../../src/peer/session.ts";
import { countBlocks } from "../support/blocks.ts";
import { latin } from "../support/bytes.ts";

const arena = new Arena(1024 * 1024);
const log = new Log(SILENT, { now: () => 0 });

class Plain extends Session {
  readonly kind = Kind.Client;
  readonly label = "cid";
  readonly seen: string[] = [];

  constructor(readonly dirties = new DirtyList()) {
    super(7, new Egress(arena, dirties, 1e6), { ip: "10.0.0.1", port: 50 }, log, 100, 2);
  }

  receive(): void {}

  tick(now: number): void {
    this.beat(now);
  }

  protected onClosing(): void {
    this.seen.push("closing");
  }

  protected onEnd(reason: CloseReason): void {
    this.seen.push(`end: ${reason}`);
  }
}

/** All that waits, taken by the transport. */
function flush(session: Session, now: number): string {
  let out = "";
  for (let head = session.egress.head(); head !== null; head = session.egress.head()) {
    out += latin(head.buf, head.from, head.to);
    session.egress.consumed(head.to - head.from);
  }
  session.flushed(now);
  return out;
}

test("a session that closes says why once, and can only be ended after that", () => {
  const session = new Plain();
  session.close("Parse Error", "Unknown Protocol Operation");
  session.close("Stale Connection", "Stale Connection");
  expect(session.seen).toEqual(["closing"]);
  expect([session.closing, session.abort, session.lastError, session.deadline]).toEqual([
    "Parse Error",
    false,
    "Unknown Protocol Operation",
    NEVER,
  ]);
  expect(session.dirties.list).toEqual([session.egress]);
  expect(flush(session, 0)).toBe("-ERR 'Unknown Protocol Operation'\r\n");
  session.lost("Client Closed", 1);
  session.lost("Client Closed", 2);
  expect(session.seen).toEqual(["closing", "end: Parse Error"]);
});

test("a session that closes without a word is still put before its driver", () => {
  const session = new Plain();
  session.close("Client Closed", null, true);
  expect([session.dirties.list, session.abort]).toEqual([[session.egress], true]);
});

test("a session whose transport is gone gives its blocks back", () => {
  const before = countBlocks(arena);
  const session = new Plain();
  session.egress.bytes(new Uint8Array(500_000));
  session.lost("Read Error", 0);
  expect(session.seen).toEqual(["closing", "end: Read Error"]);
  expect([countBlocks(arena), session.ended]).toEqual([before, true]);
});

test("PING leaves when it is due, is measured from its own last byte on, and its loss ends the session", () => {
  const session = new Plain();
  session.heartbeat.start(0, 10);
  session.tick(9);
  expect(flush(session, 9)).toBe("");
  session.egress.text("x".repeat(50_000));
  session.tick(10);
  expect(flush(session, 40)).toEndWith("xPING\r\n");
  session.heartbeat.pong(43);
  expect(session.heartbeat.rttMillis).toBe(3);
  for (const now of [110, 210]) session.tick(now);
  expect(flush(session, 210)).toBe("PING\r\nPING\r\n");
  session.tick(309);
  expect(session.closing).toBeNull();
  session.tick(310);
  expect([session.closing, flush(session, 310)]).toEqual(["Stale Connection", "-ERR 'Stale Connection'\r\n"]);
});

test("a connection is named by its far end and its id", () => {
  expect(new Plain().name).toBe("10.0.0.1:50 - cid:7");
});
