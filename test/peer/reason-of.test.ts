import { expect, test } from "bun:test";
import { reasonOfDial, reasonSaid } from "../../src/peer/reason-of.ts";

test.each([
  ["'Authorization Violation'", "Authentication Failure"],
  ["'Authentication Timeout'", "Authentication Timeout"],
  ["'User Authentication Expired'", "Authentication Expired"],
  ["'Stale Connection'", "Stale Connection"],
  ["'remote server has a duplicate name: \"east-1\"'", "Duplicate Server Name"],
  ["'Connection to gateway \"B\" rejected'", "Wrong Gateway"],
  ["'Attempt to connect to gateway \"B\" using wrong port'", "Wrong Gateway"],
  ['\'Connection from "A" rejected, wanted to connect to "B", this is "C"\'', "Wrong Gateway"],
  ["'attempted to connect to gateway port'", "Incorrect Port"],
  ["'remote leafnode has same cluster name'", "Cluster Names Identical"],
  ["'Loop detected for leafnode account=\"$G\". Delaying attempt to reconnect for 30s'", "Loop Detected"],
  ["'connection rejected since minimum version required is \"2.10.0\"'", "Minimum Version Required"],
  ["'maximum account active connections exceeded'", "Maximum Account Connections Exceeded"],
] as const)("a peer that says %s closes for %s", (text, reason) => {
  expect(reasonSaid(text)).toBe(reason);
});

test("what does not end a connection has no reason", () => {
  const said = [
    "'Permissions Violation for Publish to \"foo\"'",
    "'maximum subscriptions exceeded'",
    "",
    "''",
  ];
  expect(said.map(reasonSaid)).toEqual([null, null, null, null]);
});

test("a dial that reached somebody who shows the wrong certificate did not fail to reach him", () => {
  expect(reasonOfDial("TLS handshake error: certificate has expired")).toBe("TLS Handshake Failure");
  expect(reasonOfDial("Failed to connect")).toBe("Dial Failed");
});
