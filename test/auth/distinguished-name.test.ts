// The subject of a certificate is the same in all its spellings, and another one in none.

import { describe, expect, test } from "bun:test";
import { knownNameKey, nameKey } from "../../src/auth/distinguished-name.ts";

describe("the same name", () => {
  test.each([
    ["in the other order", "CN=bob,OU=Ops,O=Acme", "O=Acme,OU=Ops,CN=bob"],
    ["with blanks after commas", "CN=bob,O=Acme", "CN=bob, O=Acme "],
    ["with types in another case", "CN=bob,O=Acme", "cn=bob,o=Acme"],
    ["with another escape", "CN=bob,O=Acme\\, Inc", "CN=bob,O=Acme\\2C Inc"],
    ["with several attributes in one part", "OU=Ops+CN=bob,O=Acme", "CN=bob + OU=Ops,O=Acme"],
    ["with letters beyond ASCII", "CN=Jürgen 😀", "CN=J\\C3\\BCrgen 😀"],
    ["by its number", "2.5.4.17=1234,CN=bob", "CN=bob,POSTALCODE=1234"],
  ])("%s", (_, one, other) => {
    expect(nameKey(one)).not.toBeNull();
    expect(nameKey(one)).toBe(nameKey(other)!);
  });
});

describe("another name", () => {
  test.each([
    ["with a part more", "CN=bob", "CN=bob,O=Acme"],
    ["with a part twice", "CN=bob,OU=a", "CN=bob,OU=a,OU=a"],
    ["with its value in another case", "CN=bob", "CN=Bob"],
    ["with its parts in one", "CN=bob,OU=Ops", "CN=bob+OU=Ops"],
    ["with a comma that is escaped", "CN=bob\\,O=Acme", "CN=bob,O=Acme"],
    ["with a blank that is escaped", "CN=bob\\ ", "CN=bob"],
    ["with quotes inside", 'CN="bob"', "CN=bob"],
  ])("%s", (_, one, other) => {
    expect(nameKey(one)).not.toBe(nameKey(other));
  });
});

test("what is no name is none", () => {
  for (const text of [
    "",
    "bob",
    "bob@example.org",
    "CN",
    "CN=a,",
    "CN=a,bob",
    "=a",
    "CN=#04",
    "CN=\\x",
    "CN=a\\",
  ]) {
    expect([text, nameKey(text)]).toEqual([text, null]);
  }
});

test("what nats-server does not see of a subject does not count when that is asked", () => {
  const seen = knownNameKey("emailAddress=b@x,DC=nats,DC=org,CN=bob,O=Acme");
  expect(seen).toBe(nameKey("CN=bob,O=Acme")!);
  expect(knownNameKey("DC=nats,DC=org")).toBeNull();
  expect(knownNameKey("no name")).toBeNull();
});
