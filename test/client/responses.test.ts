import { expect, test } from "bun:test";
import { Box } from "../support/core-world.ts";

test("a user that may only answer answers what it was asked, so often and so long, and sends nothing else", () => {
  const permissions = {
    publish: { allow: [], deny: [] },
    subscribe: { allow: null, deny: [] },
    responses: { max: 2, expiresMillis: 5_000 },
  };
  const users = [
    { user: "svc", password: "s", account: "$G", permissions },
    { user: "g", password: "g", account: "$G" },
  ];
  const box = new Box({ accounts: { users } });
  const service = box.client({ user: "svc", pass: "s" });
  const asker = box.client({ user: "g", pass: "g" });
  service.says("SUB svc 1");
  asker.says("SUB _INBOX.> 1", "PUB svc _INBOX.1 1", "?");
  const answer = (text: string) => service.says("PUB _INBOX.1 1", text);
  service.says("PUB other 1", "x");
  answer("1");
  answer("2");
  answer("3");
  expect(asker.hears()).toEqual(["MSG _INBOX.1 1 1", "1", "MSG _INBOX.1 1 1", "2"]);
  expect(service.hears().filter((line) => line.startsWith("-ERR"))).toEqual([
    "-ERR 'Permissions Violation for Publish to \"other\"'",
    "-ERR 'Permissions Violation for Publish to \"_INBOX.1\"'",
  ]);
  asker.says("PUB svc _INBOX.2 1", "?");
  box.wait(5_001);
  service.says("PUB _INBOX.2 1", "!");
  expect(asker.hears()).toEqual([]);
});
