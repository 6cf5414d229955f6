// What a client session makes of TLS: what INFO says, and when it waits. Source: client-and-auth.md §1.2.

import { describe, expect, test } from "bun:test";
import { NEVER } from "../../src/base/clock.ts";
import type { ClientSession } from "../../src/client/session.ts";
import type { ClientTransport } from "../../src/peer/transport.ts";
import { Box } from "../support/core-world.ts";

const CLEAR: ClientTransport = { secure: false, webSocket: false, certificate: null };
const SECURE = { ...CLEAR, secure: true };
const WSS = { ...SECURE, webSocket: true };
const REQUIRED = { verify: false, allowClear: false };
const VERIFIED = { verify: true, allowClear: false };
const AVAILABLE = { verify: false, allowClear: true };

function session(
  tls: typeof REQUIRED | null,
  transport: ClientTransport,
): { box: Box; session: ClientSession } {
  const box = new Box({ client: { tls } });
  return { box, session: box.core.acceptClient({ ip: "10.0.0.1", port: 1 }, box.now, transport) };
}

function said(of: ClientSession): string {
  const { egress } = of;
  let text = "";
  for (let block = egress.head(); block !== null; block = egress.head()) {
    text += Buffer.from(block.buf.subarray(block.from, block.to)).toString();
    egress.consumed(block.to - block.from);
  }
  return text;
}

describe("INFO", () => {
  test.each([
    ["in clear", null, CLEAR, {}],
    ["where TLS is required", REQUIRED, CLEAR, { tls_required: true }],
    ["where a certificate is asked for", VERIFIED, CLEAR, { tls_required: true, tls_verify: true }],
    ["where TLS is available", AVAILABLE, CLEAR, { tls_available: true }],
    ["inside TLS", REQUIRED, SECURE, { tls_required: true }],
    ["inside TLS that was available", AVAILABLE, SECURE, { tls_required: true, tls_available: true }],
    ["over wss", null, WSS, { tls_required: true, tls_available: true }],
    ["over ws", REQUIRED, { ...WSS, secure: false }, {}],
  ] as const)("%s", (_, tls, transport, wanted) => {
    const info = JSON.parse(said(session(tls, transport).session).slice(5)) as Record<string, unknown>;
    const told = Object.fromEntries(Object.entries(info).filter(([key]) => key.startsWith("tls_")));
    expect(told).toEqual(wanted);
  });
});

test("only where TLS is required and not up does the session wait for it", () => {
  expect(session(REQUIRED, CLEAR).session.wantsTls).toBe(true);
  expect(session(null, CLEAR).session.wantsTls).toBe(false);
  expect(session(AVAILABLE, CLEAR).session.wantsTls).toBe(false);
  expect(session(REQUIRED, SECURE).session.wantsTls).toBe(false);
  expect(session(REQUIRED, { ...WSS, secure: false }).session.wantsTls).toBe(false);
});

test("the time for credentials begins when TLS is up", () => {
  const { box, session: waiting } = session(REQUIRED, CLEAR);
  expect(waiting.deadline).toBe(NEVER);
  waiting.tick(box.now + 3_600_000);
  expect(waiting.closing).toBeNull();
  waiting.wantsTls = false;
  waiting.secured(null, box.now + 5_000);
  expect(waiting.deadline).toBe(box.now + 7_000);
  waiting.tick(box.now + 7_000);
  expect(waiting.closing).toBe("Authentication Timeout");
});

test("who speaks TLS where nobody listens for it is cut, and the log says what happened", () => {
  const { box, session: misled } = session(null, CLEAR);
  said(misled);
  misled.receive(Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0), box.now);
  expect(said(misled)).toBe("-ERR 'Unknown Protocol Operation'\r\n");
  expect(misled.closing).toBe("Protocol Violation");
  expect(box.log.at(-1)).toMatch(
    /^error 10\.0\.0\.1:1 - cid:1 - TLS handshake where clients speak without TLS$/,
  );
});

test("that byte means nothing later on, and is an unknown verb then", () => {
  const { box, session: odd } = session(null, CLEAR);
  odd.receive(Buffer.from("PING\r\n"), box.now);
  odd.receive(Uint8Array.of(0x16, 3, 1, 13, 10), box.now);
  expect(box.log.some((line) => line.includes("speak without TLS"))).toBe(false);
  expect(odd.closing).not.toBeNull();
});
