// Clients, open and over: /connz a page at a time.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { urlOf } from "./api.ts";
import type { Client, Connz } from "./documents.ts";
import { bytes, clock, count, duration, millisOf, timeOf } from "./format.ts";
import { useAsked, useResting } from "./hooks.ts";
import { Name } from "./state.tsx";
import { Choice, type Column, Field, Pager, Table } from "./table.tsx";

const LIMIT = 50;

type State = "open" | "closed";

export function ClientsPage(): JSX.Element {
  const [state, setState] = useState<State>("open");
  const [sort, setSort] = useState("cid");
  const [account, setAccount] = useState("");
  const [user, setUser] = useState("");
  const [subject, setSubject] = useState("");
  const [offset, setOffset] = useState(0);
  const named = { acc: account, user, filter_subject: account === "" ? "" : subject };
  const asked = useAsked<Connz>(
    useResting(urlOf("connz", { state, sort, auth: true, limit: LIMIT, offset, ...named })),
  );
  const { answer } = asked;
  const rows = answer?.connections ?? [];
  // With a filter the endpoint does not tell how many there are: behind a full page is perhaps another one.
  const isFiltered = user !== "" || named.filter_subject !== "";
  const guess = offset + rows.length + (rows.length === LIMIT ? 1 : 0);
  const first = <T,>(set: (value: T) => void) => {
    return (value: T): void => {
      setOffset(0);
      set(value);
    };
  };
  return (
    <section class="panel" aria-label="Clients">
      <div class="bar">
        <h2>Clients</h2>
        <Choice
          label="State"
          value={state}
          choices={[
            ["open", "open"],
            ["closed", "closed"],
          ]}
          onValue={first((value: string) => {
            setState(value === "closed" ? "closed" : "open");
            setSort(value === "closed" ? "stop" : "cid");
          })}
        />
        <Field label="Account" value={account} hint="whole name" onValue={first(setAccount)} />
        <Field label="User" value={user} hint="whole name" onValue={first(setUser)} />
        {account !== "" && (
          <Field label="Wants subject" value={subject} hint="orders.eu" onValue={first(setSubject)} />
        )}
        <Pager
          offset={offset}
          limit={LIMIT}
          total={isFiltered ? guess : (answer?.total ?? 0)}
          what="clients"
          onOffset={setOffset}
        />
      </div>
      {asked.error !== "" && <p class="trouble">{asked.error}</p>}
      <Table
        label="Clients"
        columns={columnsOf(state)}
        rows={rows}
        keyOf={({ cid }) => cid}
        sort={sort}
        onSort={first(setSort)}
        empty={answer === null ? "Reading …" : "No such client."}
      />
    </section>
  );
}

function nameOf({ name = "", ip, port }: Client): JSX.Element {
  return (
    <>
      <Name text={name} /> <span class="quiet below">{`${ip}:${port}`}</span>
    </>
  );
}

function userOf({ account = "$G", authorized_user: user }: Client): JSX.Element {
  return (
    <>
      {user !== undefined && <Name text={user} />} <Name text={account} of="plain below" />
    </>
  );
}

function columnsOf(state: State): Column<Client>[] {
  const now = Date.now();
  const end: Column<Client>[] = [
    { title: "Ended", sort: "stop", isFigure: true, cell: ({ stop }) => clock(timeOf(stop), now) },
    { title: "Reason", sort: "reason", cell: ({ reason }) => <bdi>{reason}</bdi> },
  ];
  const open: Column<Client>[] = [
    { title: "Round trip", sort: "rtt", isFigure: true, cell: ({ rtt }) => duration(millisOf(rtt)) },
    { title: "Idle", sort: "idle", isFigure: true, cell: ({ idle }) => duration(millisOf(idle) ?? 0) },
    { title: "Pending", sort: "pending", isFigure: true, cell: ({ pending_bytes }) => bytes(pending_bytes) },
  ];
  return [
    { title: "No.", sort: "cid", cell: ({ cid }) => cid },
    { title: "Client", cell: nameOf },
    { title: "User", cell: userOf },
    {
      title: "Library",
      cell: ({ kind, lang = kind === "Client" ? "" : "leaf node", version = "" }) => (
        <Name text={`${lang} ${version}`} of="plain" />
      ),
    },
    ...(state === "closed" ? end : open),
    {
      title: "Subscriptions",
      sort: "subs",
      isFigure: true,
      cell: ({ subscriptions }) => count(subscriptions),
    },
    { title: "Messages to", sort: "msgs_to", isFigure: true, cell: ({ out_msgs }) => count(out_msgs) },
    { title: "Messages from", sort: "msgs_from", isFigure: true, cell: ({ in_msgs }) => count(in_msgs) },
    { title: "Bytes to", sort: "bytes_to", isFigure: true, cell: ({ out_bytes }) => bytes(out_bytes) },
    { title: "Bytes from", sort: "bytes_from", isFigure: true, cell: ({ in_bytes }) => bytes(in_bytes) },
  ];
}
