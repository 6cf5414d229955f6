// Another configuration while the box runs: who may stay feels nothing, who would not be let in again is cut.

import { expect, test } from "bun:test";
import type { CoreOptions } from "../../src/core/options.ts";
import { Box, complete, leafInfoOf, readable, start, url } from "../support/core-world.ts";

function reconfigure(box: Box, change: (options: CoreOptions) => Partial<CoreOptions>): void {
  box.core.reconfigure({ ...box.core.options, ...change(box.core.options) });
  box.settle();
}

const remote = (name: string) => ({ name, urls: [url(name.toLowerCase())] });

test("a gateway that is added is dialled, one that is removed is left, the others feel nothing", () => {
  const box = new Box({ gateway: { remotes: [remote("B"), remote("C")] } });
  const b = box.outbound("B");
  const c = box.outbound("C");
  const fromC = box.inbound("C");
  b.says(start("B", "$G"), "RS+ $G x", complete("B", "$G"));
  const client = box.client();
  reconfigure(box, ({ gateway }) => ({ gateway: { ...gateway!, remotes: [remote("B"), remote("D")] } }));
  expect([b.ended, c.ended, fromC.ended]).toEqual([null, "Configuration Changed", "Configuration Changed"]);
  expect(box.dials.map(({ remote: name }) => name)).toEqual(["D"]);
  client.says("PUB x 1", "1");
  expect(b.hears()).toEqual(["RMSG $G x 1", "1"]);
  box.wait(10_000);
  expect([...box.core.remotes!.all.keys()]).toEqual(["B", "D"]);
});

test("URLs that are added are used when the connection is lost, which it is not", () => {
  const box = new Box({ gateway: { remotes: [remote("B")] } });
  const b = box.outbound("B");
  const moved = { name: "B", urls: [url("elsewhere")] };
  reconfigure(box, ({ gateway }) => ({ gateway: { ...gateway!, remotes: [moved] } }));
  expect(b.ended).toBeNull();
  b.goes();
  box.wait(1_200);
  const tried = box.dials.map(({ url: { host } }) => host);
  expect(tried).toContain("elsewhere");
});

test("a learned gateway that is configured now is explicit", () => {
  const box = new Box();
  const b = box.outbound("B");
  expect(box.core.remotes!.all.get("B")!.explicit).toBe(false);
  reconfigure(box, ({ gateway }) => ({ gateway: { ...gateway!, remotes: [remote("B")] } }));
  expect([b.ended, box.core.remotes!.all.get("B")!.explicit]).toEqual([null, true]);
});

test("rules that change make their remote begin anew, and no other one", () => {
  const box = new Box({ gateway: { remotes: [remote("B"), remote("C")] } });
  const b = box.outbound("B");
  const c = box.outbound("C");
  const permission = { allow: ["open"], deny: [] };
  const rules = { out: [{ name: "r", permission }], in: [], accounts: null, accountsName: "" };
  reconfigure(box, ({ gateway }) => ({
    gateway: { ...gateway!, rules: { others: null, remotes: new Map([["B", rules]]) } },
  }));
  expect([b.ended, c.ended]).toEqual(["Configuration Changed", null]);
  box.wait(1_200);
  const again = box.outbound("B");
  again.says(start("B", "$G"), "RS+ $G open", "RS+ $G closed", complete("B", "$G"));
  box.client().says("PUB open 1", "1", "PUB closed 1", "2");
  expect(again.hears()).toEqual(["RMSG $G open 1", "1"]);
});

test("an account that is added is announced, and its users can log in", () => {
  const box = new Box();
  const dialer = box.inbound("B");
  dialer.hears();
  dialer.says("RMSG NEW x 1", "!");
  expect(dialer.hears()).toEqual(["A- NEW"]);
  reconfigure(box, ({ accounts }) => ({
    accounts: {
      ...accounts,
      names: [...accounts.names, "NEW"],
      users: [...accounts.users, { user: "n", password: "n", account: "NEW" }],
    },
  }));
  expect(readable(dialer.hears())).toEqual(["start NEW", "complete NEW"]);
  const client = box.client({ user: "n", pass: "n" });
  client.says("SUB x 1");
  expect(dialer.hears()).toEqual(["RS+ NEW x"]);
  dialer.says("RMSG NEW x 1", "!");
  expect(client.hears()).toEqual(["MSG x 1 1", "!"]);
});

test("users that changed or are gone are cut, and so is who is in an account that is no more", () => {
  const box = new Box();
  const [a, b, g] = ["a", "b", "g"].map((user) => box.client({ user, pass: user }));
  const stranger = box.rawClient();
  reconfigure(box, ({ accounts }) => ({
    accounts: {
      ...accounts,
      names: ["$G", "ACC"],
      users: [
        { user: "g", password: "g", account: "$G" },
        { user: "a", password: "other", account: "ACC" },
      ],
    },
  }));
  expect([a!.ended, b!.ended, g!.ended, stranger.ended]).toEqual([
    "Authentication Failure",
    "Authentication Failure",
    null,
    null,
  ]);
  expect(a!.hears().at(-1)).toBe("-ERR 'Authorization Violation'");
});

test("a hub that is added is dialled, one that is removed is left, and the same one goes on", () => {
  const hub = (host: string) => ({
    urls: [{ scheme: "nats" as const, host, port: 7422, path: "", user: null, password: null }],
  });
  const box = new Box({ leaf: { remotes: [hub("one"), hub("two")] } });
  const one = box.hub("one");
  const two = box.hub("two");
  const [first] = box.core.options.leaf!.remotes;
  const added = { ...first!, index: 0, ...hub("three") };
  reconfigure(box, ({ leaf }) => ({ leaf: { ...leaf!, remotes: [added, { ...first!, index: 1 }] } }));
  expect([one.ended, two.ended]).toEqual([null, "Configuration Changed"]);
  expect(box.leafDials.map(({ url: { host } }) => host)).toEqual(["three"]);
  expect(box.core.leafs!.remotes.all.map(({ options }) => options.index)).toEqual([0, 1]);
});

test("a hub that was removed while it was dialled is left as soon as it is reached", () => {
  const box = new Box({ leaf: { remotes: [{}] } });
  box.core.start(box.now);
  reconfigure(box, ({ leaf }) => ({ leaf: { ...leaf!, remotes: [] } }));
  const hub = box.rawHub();
  hub.says(leafInfoOf("hub"));
  expect([hub.ended, hub.hears()]).toEqual(["Configuration Changed", []]);
});

test("leafs whose user changed are cut, the others stay", () => {
  const users = [
    { user: "x", password: "x", account: null },
    { user: "y", password: "y", account: null },
  ];
  const box = new Box({ leaf: { listen: { authorization: { users, nkey: null, account: null } } } });
  const x = box.spoke("x", { user: "x", pass: "x" });
  const y = box.spoke("y", { user: "y", pass: "y" });
  reconfigure(box, ({ leaf }) => {
    const authorization = {
      users: [{ ...users[0]!, password: "new" }, users[1]!],
      nkey: null,
      account: null,
    };
    return { leaf: { ...leaf!, listen: { ...leaf!.listen!, authorization } } };
  });
  expect([x.ended, y.ended]).toEqual(["Authentication Failure", null]);
});

test("limits and times hold for who is connected, and clients hear how much they may send", () => {
  const box = new Box();
  const [modern, old] = [box.rawClient(), box.rawClient()];
  modern.says('CONNECT {"protocol":1,"verbose":false,"user":"g","pass":"g"}', "PING");
  old.says('CONNECT {"protocol":0,"verbose":false,"user":"g","pass":"g"}', "PING");
  for (const client of [modern, old]) client.hears();
  reconfigure(box, ({ client }) => ({
    client: { ...client, maxPayload: 10, maxSubscriptions: 1, pendingMax: 777, pingMillis: 300, pingMax: 1 },
  }));
  const [info, ...more] = modern.hears();
  expect([JSON.parse(info!.slice("INFO ".length)).max_payload, more]).toEqual([10, []]);
  expect(old.hears()).toEqual([]);
  expect(modern.session.egress.pendingMax).toBe(777);
  modern.says("SUB a 1", "SUB b 2");
  expect(modern.hears()).toEqual(["-ERR 'maximum subscriptions exceeded'"]);
  expect(old.session.deadline).toBe(box.now + 300);
  modern.says("PUB a 11");
  expect(modern.hears()).toEqual(["-ERR 'Maximum Payload Violation'"]);
});

test("links have the new bounds as well", () => {
  const box = new Box({ leaf: { remotes: [{}] } });
  const [outbound, inbound, leaf] = [box.outbound("B"), box.inbound("B"), box.spoke("edge")];
  reconfigure(box, ({ gateway, leaf: of }) => ({
    gateway: { ...gateway!, pendingMax: 70_000 },
    leaf: { ...of!, limits: { ...of!.limits, pendingMax: 80_000 } },
  }));
  expect([outbound, inbound].map(({ session }) => session.egress.pendingMax)).toEqual([70_000, 70_000]);
  expect(leaf.session.egress.pendingMax).toBe(80_000);
});

test("what its account allows a client still holds under other limits of the box, and it is told that", () => {
  const box = new Box();
  const small = { subs: 2, payload: 20, connections: -1, leafs: -1 };
  reconfigure(box, ({ accounts }) => ({ accounts: { ...accounts, bounds: new Map([["ACC", small]]) } }));
  const client = box.client({ user: "a", pass: "a", protocol: 1 });
  client.says("SUB a 1", "SUB b 2", "PING");
  expect(client.hears().find((line) => line.startsWith("INFO"))).toContain('"max_payload":20,');
  reconfigure(box, ({ client: of }) => ({ client: { ...of, maxPayload: 1_000, maxSubscriptions: 1 } }));
  expect(client.hears().map((line) => /"max_payload":\d+/.exec(line)?.[0])).toEqual(['"max_payload":20']);
  expect(client.ended).toBeNull();
  client.says("SUB c 3", "PUB a 21");
  expect(client.hears()).toEqual([
    "-ERR 'maximum subscriptions exceeded'",
    "-ERR 'Maximum Payload Violation'",
  ]);
});
