// Lists that are asked for a page at a time: accounts, leaf nodes, subjects. Without the parameters they are
// as nats-server has them.

import { expect, test } from "bun:test";
import type { Document } from "../../src/monitor/document.ts";
import { ENDPOINTS } from "../../src/monitor/endpoints.ts";
import { Query } from "../../src/monitor/query.ts";
import { Box } from "./support.ts";

interface Account {
  readonly name: string;
  readonly mode: string;
  readonly mode_history?: readonly { readonly at: string; readonly mode: string }[];
  readonly subscriptions_list?: readonly string[];
  readonly subscriptions_total?: number;
  readonly subscriptions_truncated?: boolean;
}

interface Side {
  readonly accounts?: readonly Account[];
  readonly accounts_total?: number;
  readonly modes?: readonly Document[];
}

const LISTENER = { host: "127.0.0.1", port: 8_222, basePath: "", requests: new Map() };

function ask(box: Box, path: string): Document {
  const [view, query = ""] = path.split("?");
  const answer = ENDPOINTS.get(`/${view}`)!.answer(
    box.source,
    new Query(new URLSearchParams(query)),
    LISTENER,
  );
  if (!("document" in answer)) throw new Error("no document");
  return JSON.parse(JSON.stringify(answer.document)) as Document;
}

const outbound = (box: Box, query: string): Side =>
  (ask(box, `gatewayz?gw_name=EAST&${query}`)["outbound_gateways"] as Record<string, Side>)["EAST"]!;
const names = (side: Side): string[] => (side.accounts ?? []).map(({ name }) => name);

/** EAST told of accounts A0 to A11, with as many subjects each as their number. */
function told(): { box: Box; session: ReturnType<Box["dialed"]> } {
  const box = new Box();
  box.core.start(box.now);
  const session = box.dialed("EAST");
  for (let i = 0; i < 12; i++) {
    box.command(session, 2, `A${i}`);
    for (let n = 0; n < i; n++) box.feed(session, `RS+ A${i} s.${n}.>\r\n`);
    box.now += 10;
    box.command(session, 3, `A${i}`);
  }
  return { box, session };
}

test("accounts of a gateway come a page at a time, by a part of their name, with their number", () => {
  const { box } = told();
  const first = outbound(box, "accs=1&limit=2&filter=a1");
  expect([names(first), first.accounts_total]).toEqual([["A1", "A10"], 3]);
  const second = outbound(box, "accs=1&limit=2&offset=2&filter=a1");
  expect([names(second), second.accounts_total]).toEqual([["A11"], 3]);
  const beyond = outbound(box, "accs=1&limit=2&offset=99");
  expect(beyond.accounts).toBeUndefined();
  const whole = outbound(box, "accs=1");
  expect(whole).not.toHaveProperty("accounts_total");
  expect(names(whole)).toHaveLength(12);
});

test("accounts of a gateway come in the order of a figure, the largest first", () => {
  const { box, session } = told();
  for (const name of ["A3", "A7"]) {
    const state = session.accounts.get(box.core.accounts.idOf(name))!;
    state.messages = name === "A3" ? 10 : 20;
  }
  expect(names(outbound(box, "accs=1&limit=2&sort=messages"))).toEqual(["A7", "A3"]);
  expect(() => outbound(box, "accs=1&sort=colour")).toThrow("invalid sorting option: colour");
});

test("subjects come a page at a time, by what collides with a subject or has it as a part", () => {
  const { box } = told();
  const subjects = (query: string): unknown => {
    const [account] = outbound(box, `acc_name=A11&subs=1&${query}`).accounts!;
    return [
      account!.subscriptions_list,
      account!.subscriptions_total,
      account!.subscriptions_truncated ?? false,
    ];
  };
  expect(subjects("subs_filter=s.3.x.y")).toEqual([["s.3.>"], 1, false]);
  expect(subjects("subs_filter=.10")).toEqual([["s.10.>"], 1, false]);
  expect(subjects("subs_filter=nothing.of.it")).toEqual([[], 0, false]);
  const [list, total] = subjects("subs_limit=4&subs_offset=8") as [string[], number];
  expect([list.length, total]).toEqual([3, 11]);
});

test("leaf nodes come a page at a time, in an order, and one alone with its subjects", () => {
  const box = new Box();
  box.core.start(box.now);
  const links = Array.from({ length: 5 }, (_, i) => box.spoke(`edge-${i}`));
  links.forEach((link, i) => {
    for (let n = 0; n <= i; n++) box.feed(link, `LS+ s.${i}.${n}\r\n`);
  });
  const leafs = (query: string): unknown[] => {
    const document = ask(box, `leafz?${query}`);
    return [(document["leafs"] as { name: string }[]).map(({ name }) => name), document["total"]];
  };
  expect(leafs("limit=2&sort=subs")).toEqual([["edge-4", "edge-3"], 5]);
  expect(leafs("limit=2&offset=4&sort=name")).toEqual([["edge-4"], 5]);
  expect(leafs("filter=GE-3")).toEqual([["edge-3"], 1]);
  expect(leafs("solicited=1")).toEqual([[], undefined]);
  expect(leafs("")[0]).toHaveLength(5);
  const [one] = ask(box, `leafz?id=${links[4]!.id}&subs=1&subs_filter=s.4.2`)["leafs"] as Account[];
  expect(one).toMatchObject({ name: "edge-4", subscriptions_list: ["s.4.2"], subscriptions_total: 1 });
});

test("names of accounts and their statistics come a page at a time", () => {
  const box = new Box();
  box.core.start(box.now);
  box.client();
  expect(ask(box, "accountz?limit=1&filter=s&sort=name")).toMatchObject({ accounts: ["$SYS"], total: 2 });
  expect(ask(box, "accountz")).not.toHaveProperty("total");
  const { account_statz, total } = ask(box, "accstatz?unused=1&limit=1&sort=conns");
  expect(account_statz).toMatchObject([{ acc: "$G", conns: 1 }]);
  expect(total).toBe(3);
});

test("a gateway tells which modes an account went through, and when each of its accounts changed", () => {
  const { box } = told();
  const side = outbound(box, "acc_name=A2");
  const [{ mode_history: history = [], mode } = {} as Account] = side.accounts!;
  expect(history.map((one) => one.mode)).toEqual(["Transitioning", "InterestOnly"]);
  expect(mode).toBe("InterestOnly");
  expect(Date.parse(history[1]!.at) - Date.parse(history[0]!.at)).toBe(10);
  expect(outbound(box, "history=1").modes!.at(-1)).toMatchObject({
    account: "A11",
    from: "Transitioning",
    mode: "InterestOnly",
    after_ms: 10,
  });
  expect(outbound(box, "")).not.toHaveProperty("modes");
});

test("the history of modes is bounded, for an account and for a connection", () => {
  const { box, session } = told();
  for (let i = 0; i < 100; i++) box.feed(session, "RS- FLAP a\r\nA- FLAP\r\n");
  const side = outbound(box, "acc_name=FLAP");
  expect(side.accounts![0]!.mode_history).toHaveLength(8);
  expect(side.modes).toHaveLength(64);
});
