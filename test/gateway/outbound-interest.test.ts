// What a dialled remote gets, by what it said before: gateway.md §3.2, §3.3, §3.5, §3.7.

import { describe, expect, test } from "bun:test";
import type { GatewayOutbound } from "../../src/gateway/outbound.ts";
import { Box, complete, start } from "../support/core-world.ts";
import type { Peer } from "../support/peer.ts";

/** A box with one remote and one client of account ACC. */
function link(info: object) {
  const box = new Box();
  const remote = box.outbound("B", info);
  const client = box.client({ user: "a", pass: "a" });
  return { box, remote, client };
}

const OLD = { gateway_iom: false };
const NEW = { gateway_iom: true };

type Link = ReturnType<typeof link>;

/** Does the remote get a message to this subject? */
function gets({ client, remote }: Link, subject: string): boolean {
  client.says(`PUB ${subject} 1\r\nx`);
  const heard = remote.hearsRaw();
  if (heard === "") return false;
  expect(heard).toBe(`RMSG ACC ${subject} 1\r\nx\r\n`);
  return true;
}

describe("a remote without gateway_iom", () => {
  test("gets everything of an account that it said nothing about", () => {
    const here = link(OLD);
    expect([gets(here, "foo"), gets(here, "bar.baz")]).toEqual([true, true]);
  });

  test("gets no more of a subject behind RS-, and gets it again behind RS+", () => {
    const here = link(OLD);
    here.remote.says("RS- ACC foo");
    expect([gets(here, "foo"), gets(here, "bar")]).toEqual([false, true]);
    here.remote.says("RS+ ACC foo");
    expect(gets(here, "foo")).toBe(true);
  });

  test("has every muted subject back that a wildcard RS+ covers, and no other", () => {
    const here = link(OLD);
    here.remote.says("RS- ACC a.1", "RS- ACC a.2", "RS- ACC b.1", "RS- ACC a.1.x", "RS+ ACC a.*");
    expect(["a.1", "a.2", "b.1", "a.1.x"].map((subject) => gets(here, subject))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test("gets nothing of an account behind A-, and everything again behind A+", () => {
    const here = link(OLD);
    here.remote.says("A- ACC");
    expect(gets(here, "foo")).toBe(false);
    here.remote.says("A+ ACC");
    expect(gets(here, "foo")).toBe(true);
  });

  test("is sent again what it muted before A+", () => {
    const here = link(OLD);
    here.remote.says("RS- ACC foo", "A- ACC", "A+ ACC");
    expect(gets(here, "foo")).toBe(true);
  });

  test("an RS+ behind A- is ignored: the account stays without interest", () => {
    const here = link(OLD);
    here.remote.says("A- ACC", "RS+ ACC foo");
    expect(gets(here, "foo")).toBe(false);
  });

  test("goes on getting everything between start and complete when start came first", () => {
    const here = link(OLD);
    here.remote.says(start("B", "ACC"));
    expect(gets(here, "foo")).toBe(true);
    here.remote.says("RS+ ACC bar", complete("B", "ACC"));
    expect([gets(here, "foo"), gets(here, "bar")]).toEqual([false, true]);
  });

  test("what it muted stays muted between start and complete, until the list names it", () => {
    const here = link(OLD);
    here.remote.says("RS- ACC foo", "RS- ACC bar", start("B", "ACC"));
    expect([gets(here, "foo"), gets(here, "bar"), gets(here, "baz")]).toEqual([false, false, true]);
    here.remote.says("RS+ ACC foo");
    expect([gets(here, "foo"), gets(here, "bar")]).toEqual([true, false]);
    here.remote.says(complete("B", "ACC"));
    expect([gets(here, "foo"), gets(here, "bar"), gets(here, "baz")]).toEqual([true, false, false]);
  });

  test("is told apart by account: what it said of one means nothing for another", () => {
    const here = link(OLD);
    here.remote.says("A- ACC2", "RS- $G foo");
    expect(gets(here, "foo")).toBe(true);
  });

  test("more muted subjects than we remember are simply sent again", () => {
    const here = link(OLD);
    for (let i = 0; i < 2_001; i++)
      here.remote.session.receive(Buffer.from(`RS- ACC m.${i}\r\n`), here.box.now);
    const state = here.remote.session.state(here.box.account("ACC"));
    expect(state.muted.size).toBe(2_000);
    expect([gets(here, "m.0"), gets(here, "m.2000")]).toEqual([false, true]);
  });
});

describe("a remote with gateway_iom", () => {
  test("gets nothing of an account that it said nothing about", () => {
    const here = link(NEW);
    expect(gets(here, "foo")).toBe(false);
  });

  test("gets what the list has, already before complete", () => {
    const here = link(NEW);
    here.remote.says(start("B", "ACC"), "RS+ ACC foo", "RS+ ACC w.*");
    expect(["foo", "w.1", "bar"].map((subject) => gets(here, subject))).toEqual([true, true, false]);
    here.remote.says(complete("B", "ACC"));
    expect(["foo", "w.1", "bar"].map((subject) => gets(here, subject))).toEqual([true, true, false]);
  });

  test("is followed in every change behind complete", () => {
    const here = link(NEW);
    here.remote.says(start("B", "ACC"), complete("B", "ACC"), "RS+ ACC foo");
    expect(gets(here, "foo")).toBe(true);
    here.remote.says("RS- ACC foo");
    expect(gets(here, "foo")).toBe(false);
  });

  test("counts a subscription once however often it is announced", () => {
    const here = link(NEW);
    here.remote.says(start("B", "ACC"), complete("B", "ACC"), "RS+ ACC foo", "RS+ ACC foo", "RS- ACC foo");
    expect(gets(here, "foo")).toBe(false);
    expect(here.remote.session.state(here.box.account("ACC")).plainRows).toBe(0);
  });

  test("an RS- for something unknown changes nothing behind complete", () => {
    const here = link(NEW);
    here.remote.says(start("B", "ACC"), complete("B", "ACC"), "RS+ ACC foo", "RS- ACC bar", "RS- ACC foo q");
    expect(gets(here, "foo")).toBe(true);
  });

  test("is not sent to unasked because of a stray RS- before any start", () => {
    const here = link(NEW);
    here.remote.says("RS- ACC other");
    expect(gets(here, "foo")).toBe(false);
  });

  test("A- in interest-only forgets the list, and behind A+ the account is optimistic", () => {
    const here = link(NEW);
    here.remote.says(start("B", "ACC"), "RS+ ACC foo", complete("B", "ACC"), "A- ACC");
    expect(gets(here, "foo")).toBe(false);
    here.remote.says("A+ ACC");
    expect([gets(here, "foo"), gets(here, "bar")]).toEqual([true, true]);
    here.remote.says("RS- ACC bar");
    expect(gets(here, "bar")).toBe(false);
  });

  test("a new start behind A- brings everything back, the subjects heard before included", () => {
    const here = link(NEW);
    here.remote.says(start("B", "ACC"), "RS+ ACC bar", complete("B", "ACC"), "A- ACC");
    here.remote.says(start("B", "ACC"), "RS+ ACC bar", complete("B", "ACC"));
    expect([gets(here, "bar"), gets(here, "foo")]).toEqual([true, false]);
  });

  test("complete without start is ignored: an account that was never listed is not emptied", () => {
    const here = link(OLD);
    here.remote.says(complete("B", "ACC"));
    expect(gets(here, "foo")).toBe(true);
  });
});

describe("queue rows of a remote", () => {
  /** The line that the remote gets for a message to foo, or "". */
  const line = ({ client, remote }: { client: Link["client"]; remote: Peer<GatewayOutbound> }): string => {
    client.says("PUB foo 1\r\nx");
    return remote.hears()[0] ?? "";
  };

  test("count in every mode, also before start", () => {
    const here = link(NEW);
    here.remote.says("RS+ ACC foo q 1");
    expect(line(here)).toBe("RMSG ACC foo | q 1");
  });

  test("open nothing else at a remote with gateway_iom, which says them before everything", () => {
    const here = link(NEW);
    here.remote.says("RS+ ACC foo q 1");
    expect(gets(here, "bar")).toBe(false);
    here.remote.says("RS- ACC foo q");
    expect([gets(here, "bar"), line(here)]).toEqual([false, ""]);
  });

  test("keep an account of a remote with gateway_iom open that A- and A+ had opened", () => {
    const here = link(NEW);
    here.remote.says(start("B", "ACC"), complete("B", "ACC"), "A- ACC", "A+ ACC", "RS+ ACC foo q 1");
    expect(gets(here, "bar")).toBe(true);
  });

  test("stand beside optimistic plain interest", () => {
    const here = link(OLD);
    here.remote.says("RS+ ACC foo q 1");
    expect(line(here)).toBe("RMSG ACC foo | q 1");
    here.remote.says("RS- ACC foo");
    expect(line(here)).toBe("RMSG ACC foo | q 1");
    here.remote.says("RS- ACC foo q");
    expect(line(here)).toBe("");
  });

  test("one RS- takes a group away, however often and with whatever weight it was announced", () => {
    const here = link(NEW);
    here.remote.says(start("B", "ACC"), complete("B", "ACC"), "RS+ ACC foo q 1", "RS+ ACC foo q 7");
    expect(line(here)).toBe("RMSG ACC foo | q 1");
    here.remote.says("RS- ACC foo q");
    expect(line(here)).toBe("");
  });

  test("keep the plain form apart: RS- of one does not take the other", () => {
    const here = link(NEW);
    here.remote.says(
      start("B", "ACC"),
      complete("B", "ACC"),
      "RS+ ACC foo",
      "RS+ ACC foo q 1",
      "RS- ACC foo",
    );
    expect(line(here)).toBe("RMSG ACC foo | q 1");
    here.remote.says("RS+ ACC foo", "RS- ACC foo q");
    expect(line(here)).toBe("RMSG ACC foo 1");
  });

  test("survive the switch: they are not repeated in the list", () => {
    const here = link(NEW);
    here.remote.says("RS+ ACC foo q 1", start("B", "ACC"), complete("B", "ACC"));
    expect(line(here)).toBe("RMSG ACC foo | q 1");
  });

  test("A- with queue rows forgets what was muted and nothing else; A+ says nothing new", () => {
    const here = link(OLD);
    here.remote.says("RS+ ACC foo q 1", "RS- ACC foo", "RS- ACC bar");
    expect(gets(here, "bar")).toBe(false);
    here.remote.says("A- ACC");
    expect(gets(here, "bar")).toBe(true);
    expect(line(here)).toBe("RMSG ACC foo | q 1");
    here.remote.says("A+ ACC");
    expect(line(here)).toBe("RMSG ACC foo | q 1");
  });

  test("A- with queue rows leaves mode and table of an interest-only account as they were", () => {
    const here = link(NEW);
    here.remote.says(start("B", "ACC"), "RS+ ACC bar", complete("B", "ACC"), "RS+ ACC foo q 1", "A- ACC");
    expect(gets(here, "bar")).toBe(true);
    expect(gets(here, "baz")).toBe(false);
    expect(line(here)).toBe("RMSG ACC foo | q 1");
  });

  test("a queue row behind A- ends it: the acceptor takes the account for optimistic again", () => {
    const here = link(OLD);
    here.remote.says("A- ACC", "RS+ ACC foo q 1");
    expect(line(here)).toBe("RMSG ACC foo | q 1");
    expect(gets(here, "bar")).toBe(true);
  });
});

test("a list is measured: how many switches, how long, and a log line with the count", () => {
  const here = link(NEW);
  here.remote.says(start("B", "ACC"), "RS+ ACC foo");
  here.box.wait(25);
  here.remote.says("RS+ ACC bar", complete("B", "ACC"));
  const state = here.remote.session.state(here.box.account("ACC"));
  expect([state.transitions.count, state.transitions.lastMillis, state.plainRows]).toEqual([1, 25, 2]);
  expect(here.box.logged('switched account "ACC" to interest-only (2 subjects')).toHaveLength(1);
});

test("many accounts that are switched at a time are switched each for itself, and told in one log line", () => {
  const here = link(NEW);
  const names = Array.from({ length: 50 }, (_, at) => `ACC${at}`);
  here.remote.says(
    ...names.flatMap((name, at) => [
      start("B", name),
      ...Array.from({ length: at % 3 }, (_, number) => `RS+ ${name} foo.${number}`),
      complete("B", name),
    ]),
  );
  const states = names.map((name) => here.remote.session.state(here.box.account(name)));
  expect(states.map(({ plainRows }) => plainRows)).toEqual(names.map((_, at) => at % 3));
  expect(states.every(({ mode, transitions }) => mode === "InterestOnly" && transitions.count === 1)).toBe(
    true,
  );
  expect(here.box.logged("switched 50 accounts to interest-only (49 subjects")).toHaveLength(1);
  expect(here.box.logged("switched")).toHaveLength(1);
});

test("accounts that are switched right after others are told a little later, together", () => {
  const here = link(NEW);
  for (const name of ["ACC", "ACC2", "ACC3"]) here.remote.says(start("B", name), complete("B", name));
  expect(here.box.logged("switched")).toHaveLength(1);
  here.box.wait(100);
  expect(here.box.logged("switched 2 accounts to interest-only")).toHaveLength(1);
  here.box.wait(1_000);
  expect(here.box.logged("switched")).toHaveLength(2);
});

test("a subject with an empty token ends the connection, whichever account it is of", () => {
  const here = link(NEW);
  here.remote.says(start("B", "ACC"), "RS+ ACC foo", "RS+ ACC foo..bar");
  expect(here.remote.ended).not.toBeNull();
});

test("interest of a remote that goes away is gone, and its rows are taken out of the store", () => {
  const here = link(NEW);
  here.remote.says(start("B", "ACC"), "RS+ ACC foo", "RS+ ACC foo q 1", complete("B", "ACC"));
  expect(here.box.core.store.rows()).toBe(2);
  here.remote.goes();
  here.client.says("PUB foo my.reply 1\r\nx");
  here.box.wait(10);
  expect(here.box.core.store.rows()).toBe(0);
});
