// The accounts on one gateway link: who is in which mode since when, what was sent, and what was not.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { urlOf } from "./api.ts";
import type { Account, Gatewayz } from "./documents.ts";
import { bytes, clock, count, NONE, span, timeOf } from "./format.ts";
import { useAsked, useResting } from "./hooks.ts";
import { modeMeaning } from "./modes.ts";
import { Name } from "./state.tsx";
import { Choice, type Column, Field, Pager, Table } from "./table.tsx";

const LIMIT = 25;

export function AccountsPanel({ gateway, now }: { gateway: string; now: number }): JSX.Element {
  const [side, setSide] = useState<"out" | "in">("out");
  const [filter, setFilter] = useState("");
  const [sort, setSort] = useState("messages");
  const [offset, setOffset] = useState(0);
  const resting = useResting(filter);
  const asked = useAsked<Gatewayz>(
    urlOf("gatewayz", { gw_name: gateway, accs: true, limit: LIMIT, offset, filter: resting, sort }),
  );
  const { answer } = asked;
  const sides =
    side === "out" ? [answer?.outbound_gateways?.[gateway]] : (answer?.inbound_gateways[gateway] ?? []);
  const rows = sides.flatMap((one) => one?.accounts ?? []);
  const total = Math.max(0, ...sides.map((one) => one?.accounts_total ?? 0));
  const first = (change: () => void): void => {
    setOffset(0);
    change();
  };
  return (
    <section class="panel" aria-label="Accounts">
      <div class="bar">
        <h3>Accounts</h3>
        <Choice
          label="Direction"
          value={side}
          choices={[
            ["out", "towards it"],
            ["in", "from it"],
          ]}
          onValue={(value) => first(() => setSide(value === "in" ? "in" : "out"))}
        />
        <Field
          label="Filter"
          value={filter}
          hint="part of the name"
          onValue={(value) => first(() => setFilter(value))}
        />
        <Pager offset={offset} limit={LIMIT} total={total} what="accounts" onOffset={setOffset} />
      </div>
      {asked.error !== "" && <p class="trouble">{asked.error}</p>}
      <Table
        label={`Accounts of ${gateway}`}
        columns={columnsOf(side, now)}
        rows={rows}
        keyOf={({ name }) => name}
        sort={sort}
        onSort={(name) => first(() => setSort(name))}
        empty={
          answer === null ? "Reading …" : "No account has been spoken of on this link in this direction."
        }
      />
    </section>
  );
}

function columnsOf(side: "out" | "in", now: number): Column<Account>[] {
  const figure = (title: string, value: (account: Account) => number, sort?: string): Column<Account> => ({
    title,
    isFigure: true,
    cell: (account) => count(value(account)),
    ...(sort === undefined ? {} : { sort }),
  });
  return [
    { title: "Account", sort: "name", cell: ({ name }) => <Name text={name} /> },
    { title: "Mode", cell: (account) => <Mode account={account} now={now} /> },
    figure("Messages", ({ messages }) => messages, "messages"),
    { title: "Bytes", sort: "bytes", isFigure: true, cell: (account) => bytes(account.bytes) },
    ...(side === "out"
      ? [
          figure("Suppressed", ({ suppressed }) => suppressed ?? 0, "suppressed"),
          figure("Interest", ({ num_subs }) => num_subs ?? 0),
        ]
      : [figure("Unwanted", ({ unwanted }) => unwanted ?? 0, "suppressed")]),
    { title: "Refused by rule", sort: "refused", isFigure: true, cell: refusedText },
  ];
}

function refusedText({ refused = 0, refused_by: by }: Account): JSX.Element | string {
  if (refused === 0) return "0";
  return (
    <>
      {count(refused)} <span class="quiet">by</span> <Name text={by ?? NONE} />
    </>
  );
}

function Mode({ account, now }: { account: Account; now: number }): JSX.Element {
  const { mode, mode_history: history = [], last_transition_ms: took } = account;
  return (
    <details class="mode">
      <summary>
        <span class={`mode-name mode-${mode.toLowerCase()}`}>{mode}</span>
        {took !== undefined && <span class="quiet"> in {span(took)}</span>}
      </summary>
      <p class="quiet">{modeMeaning(mode)}</p>
      <ol>
        {history.map(({ at, mode: was }, i) => {
          const until = i + 1 < history.length ? timeOf(history[i + 1]!.at) : now;
          const began = timeOf(at);
          const lasted = until === null || began === null ? null : Math.max(0, until - began);
          return (
            <li key={`${at} ${was}`}>
              {clock(began, now)} <strong>{was}</strong> <span class="quiet">for {span(lasted)}</span>
            </li>
          );
        })}
      </ol>
    </details>
  );
}
