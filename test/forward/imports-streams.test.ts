// Stream imports: who hears of interest across accounts, and who gets messages, once and under which subject.
// Source: client-and-auth.md §2, gateway.md §7.5, leaf-imports.txt.

import { describe, expect, test } from "bun:test";
import { Box, complete, readable, start } from "../support/core-world.ts";
import { traffic } from "../support/traffic.ts";

const A = { user: "a", pass: "a" };
const B = { user: "b", pass: "b" };

/** ACC2 imports st.> of ACC as im.st.>, and price.*.* in another order. */
const STREAMS = traffic("ACC2", {
  streams: [
    { account: "ACC", subject: "st.>", to: "im.st.>" },
    { account: "ACC", subject: "price.*.*", to: "p.$2.$1" },
    { account: "ACC", subject: "one", to: "uno" },
    { account: "ACC", subject: "same.*", to: "same.*" },
  ],
});

const world = () => new Box({ traffic: [STREAMS] });

describe("a subscription to the local form", () => {
  test.each([
    ["im.st.x", "st.x", "im.st.x"],
    ["im.>", "st.x.y", "im.st.x.y"],
    ["im.*.x", "st.x", "im.st.x"],
    ["*.st.x", "st.x", "im.st.x"],
    [">", "st.x", "im.st.x"],
    ["p.eu.*", "price.gold.eu", "p.eu.gold"],
    ["p.*.gold", "price.gold.eu", "p.eu.gold"],
    ["uno", "one", "uno"],
    ["*", "one", "uno"],
    ["same.a", "same.a", "same.a"],
    ["*.a", "same.a", "same.a"],
  ])("%s gets %s as %s, once", (wanted, said, heard) => {
    const box = world();
    const client = box.client(B);
    client.says(`SUB ${wanted} 1`);
    box.client(A).says(`PUB ${said} 2\r\nhi`);
    expect(client.hearsRaw()).toBe(`MSG ${heard} 1 2\r\nhi\r\n`);
  });

  test.each(["st.x", "im.other", "p.eu", "imx", "im.st", "price.gold.eu"])(
    "%s, which is no such form, gets nothing",
    (wanted) => {
      const box = world();
      const client = box.client(B);
      client.says(`SUB ${wanted} 1`);
      box.client(A).says("PUB st.x 1\r\na", "PUB price.gold.eu 1\r\na", "PUB im.other 1\r\na");
      expect(client.hears()).toEqual([]);
      expect(box.core.traffic.shadows.count).toBe(0);
    },
  );

  test("that ends leaves nothing in the exporting account", () => {
    const box = world();
    const client = box.client(B);
    client.says("SUB im.st.x 1", "SUB > 2", "UNSUB 1");
    expect(box.core.traffic.shadows.count).toBe(4);
    client.goes();
    expect(box.core.traffic.shadows.count).toBe(0);
    expect(box.core.store.rows(box.account("ACC"))).toBe(0);
  });

  test("counts what comes by the import towards its maximum", () => {
    const box = world();
    const client = box.client(B);
    const publisher = box.client(A);
    client.says("SUB im.st.x 1", "UNSUB 1 2");
    for (let i = 0; i < 3; i++) publisher.says("PUB st.x 1\r\na");
    expect(client.hears()).toEqual(["MSG im.st.x 1 1", "a", "MSG im.st.x 1 1", "a"]);
    expect(box.core.traffic.shadows.count).toBe(0);
  });

  test("is bound by the subscriber's permissions for the local form", () => {
    const subscribe = { allow: null, deny: ["im.st.secret"] };
    const users = [
      { user: "a", password: "a", account: "ACC" },
      {
        user: "b",
        password: "b",
        account: "ACC2",
        permissions: { publish: { allow: null, deny: [] }, subscribe },
      },
    ];
    const box = new Box({ traffic: [STREAMS], accounts: { users, noAuthUser: null } });
    const client = box.client(B);
    client.says("SUB im.st.* 1");
    box.client(A).says("PUB st.secret 1\r\na", "PUB st.open 1\r\nb");
    expect(client.hears()).toEqual(["MSG im.st.open 1 1", "b"]);
  });

  test("tells the publisher that somebody listens", () => {
    const box = world();
    box.client(B).says("SUB im.st.x 1");
    const publisher = box.client(A);
    publisher.says("SUB r 1", "PUB st.x r 1\r\na", "PUB st.y r 1\r\na");
    expect(publisher.hears()[0]).toStartWith("HMSG r 1 ");
    expect(publisher.hears()).toEqual([]);
  });
});

test("members of a group in both accounts share its messages", () => {
  const box = world();
  const here = box.client(A);
  const there = box.client(B);
  here.says("SUB st.x q 1");
  there.says("SUB im.st.x q 1");
  const publisher = box.client(A);
  for (let i = 0; i < 100; i++) publisher.says("PUB st.x 1\r\na");
  const [mine, theirs] = [here.hears().length / 2, there.hears().length / 2];
  expect(mine + theirs).toBe(100);
  expect(Math.min(mine, theirs)).toBeGreaterThan(20);
});

test("a message of the importing account does not get into the exporting one", () => {
  const box = world();
  const client = box.client(A);
  client.says("SUB > 1");
  box.client(B).says("PUB im.st.x 1\r\na", "PUB same.a 1\r\na");
  expect(client.hears()).toEqual([]);
});

describe("over gateways", () => {
  test("interest is told in both accounts, and taken back", () => {
    const box = world();
    const remote = box.inbound("B");
    remote.hears();
    const client = box.client(B);
    client.says("SUB im.st.1 1");
    expect(remote.hears().sort()).toEqual(["RS+ ACC st.1", "RS+ ACC2 im.st.1"]);
    client.says("UNSUB 1");
    expect(remote.hears().sort()).toEqual(["RS- ACC st.1", "RS- ACC2 im.st.1"]);
  });

  test("a gateway that joins later hears it too", () => {
    const box = world();
    box.client(B).says("SUB im.st.1 1");
    const heard = readable(box.inbound("B").hears());
    expect(heard).toContain("RS+ ACC st.1");
    expect(heard).toContain("RS+ ACC2 im.st.1");
  });

  test("a message comes once, in the exporting account, and is delivered under the local form", () => {
    const box = world();
    const client = box.client(B);
    client.says("SUB im.st.* 1");
    box.inbound("B").says("RMSG ACC st.1 2\r\nhi", "RMSG ACC st.1 _INBOX.a 2\r\nhi");
    expect(client.hears()).toEqual(["MSG im.st.1 1 2", "hi", "MSG im.st.1 1 _INBOX.a 2", "hi"]);
  });

  test("a group in the importing account is served from the list", () => {
    const box = world();
    const client = box.client(B);
    client.says("SUB im.st.1 q 1");
    box.inbound("B").says("RMSG ACC st.1 | q 2\r\nhi", "RMSG ACC st.1 2\r\nno");
    expect(client.hears()).toEqual(["MSG im.st.1 1 2", "hi"]);
  });

  test("a remote's interest in the local form makes no interest in the exporting account", () => {
    const box = world();
    const remote = box.outbound("B");
    remote.says(start("B", "ACC2"), "RS+ ACC2 im.st.1", complete("B", "ACC2"));
    remote.says(start("B", "ACC"), complete("B", "ACC"));
    box.client(A).says("PUB st.1 2\r\nhi");
    expect(remote.hears()).toEqual([]);
  });
});

describe("over leafs", () => {
  const leafs = () => {
    const box = world();
    const spoke = (name: string, user: string) => box.spoke(name, { user, pass: user });
    return { box, spoke };
  };

  test("a leaf of the importing account gets the local form, once", () => {
    const { box, spoke } = leafs();
    const leaf = spoke("s1", "b");
    leaf.says("LS+ im.>");
    box.client(A).says("PUB st.y 1\r\nz");
    expect(leaf.hears()).toEqual(["LMSG im.st.y 1", "z"]);
    leaf.says("LS- im.>");
    box.client(A).says("PUB st.y 1\r\nz");
    expect(leaf.hears()).toEqual([]);
  });

  test("a leaf of the exporting account hears of the interest, and its messages are delivered", () => {
    const { box, spoke } = leafs();
    const leaf = spoke("s1", "a");
    const client = box.client(B);
    client.says("SUB im.st.y 1");
    expect(leaf.hears()).toEqual(["LS+ st.y"]);
    leaf.says("LMSG st.y 1\r\nz");
    expect(client.hears()).toEqual(["MSG im.st.y 1 1", "z"]);
  });

  test("a leaf of the same cluster in the other account gets it: its account never saw it", () => {
    const { spoke } = leafs();
    const importer = spoke("s1", "b");
    const exporter = spoke("s1x", "a");
    importer.says("LS+ im.st.y");
    expect(exporter.hears()).toEqual(["LS+ st.y"]);
    exporter.says("LMSG st.y 1\r\nz");
    expect(importer.hears()).toEqual(["LMSG im.st.y 1", "z"]);
  });

  test("a group of a leaf in the importing account gets its share, named", () => {
    const { box, spoke } = leafs();
    const leaf = spoke("s1", "b");
    leaf.says("LS+ im.st.y q 1");
    box.client(A).says("PUB st.y 1\r\nz");
    expect(leaf.hears()).toEqual(["LMSG im.st.y | q 1", "z"]);
    box.client(A).says("PUB st.y r 1\r\nz");
    expect(leaf.hears()).toEqual(["LMSG im.st.y + r q 1", "z"]);
  });

  test("a leaf that goes takes its interest in the other account with it", () => {
    const { box, spoke } = leafs();
    const remote = box.inbound("B");
    remote.hears();
    const leaf = spoke("s1", "b");
    leaf.says("LS+ im.st.y", "LS+ im.st.z q 3");
    expect(remote.hears()).toContain("RS+ ACC st.y");
    leaf.goes();
    box.wait(100);
    expect(remote.hears()).toContain("RS- ACC st.y");
    expect(box.core.traffic.shadows.count).toBe(0);
  });
});

describe("at run time", () => {
  test("new imports count for subscriptions that are there, and lost ones no more", () => {
    const box = new Box();
    const client = box.client(B);
    client.says("SUB im.st.x 1");
    const publisher = box.client(A);
    box.core.traffic.replace([STREAMS]);
    publisher.says("PUB st.x 1\r\na");
    expect(client.hears()).toEqual(["MSG im.st.x 1 1", "a"]);
    box.core.traffic.replace([]);
    publisher.says("PUB st.x 1\r\na");
    expect(client.hears()).toEqual([]);
    expect(box.core.traffic.shadows.count).toBe(0);
  });
});
