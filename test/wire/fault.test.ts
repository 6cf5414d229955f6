import { expect, test } from "bun:test";
import { FAULTS, type FaultName, WireError } from "../../src/wire/fault.ts";

test("a fault reads as a sentence that names peer, byte and what was near", () => {
  const error = new WireError("verb-unknown", { peer: "10.0.0.1:5 - gid:7", offset: 42, near: "GET /\r\n" });
  expect(error.message).toBe('10.0.0.1:5 - gid:7 sent an unknown verb at byte 42, near "GET /\\r\\n"');
  expect([error.code, error.fault]).toEqual(["wire", "verb-unknown"]);
});

test("answers are nats-server's own words, or nothing", () => {
  const answers = new Set<string | null>(
    (Object.keys(FAULTS) as FaultName[]).map((name) => FAULTS[name].answer),
  );
  expect([...answers].sort()).toEqual([
    "Authorization Violation",
    "Maximum Payload Violation",
    "Unknown Protocol Operation",
    "maximum control line exceeded",
    null,
  ]);
});
