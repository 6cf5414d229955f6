// Leaf nodes: the hubs that we dial, whatever their state, and a page of all links that are up.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { urlOf } from "./api.ts";
import type { Leaf, Leafz } from "./documents.ts";
import { bytes, clock, count, duration, millisOf } from "./format.ts";
import { hrefOf, useAsked, useResting } from "./hooks.ts";
import { compressionText, type Link, remoteLink } from "./links.ts";
import { Name, StateBadge } from "./state.tsx";
import { type Column, Field, Pager, Table } from "./table.tsx";

const LIMIT = 50;

const COLUMNS: readonly Column<Leaf>[] = [
  {
    title: "Name",
    sort: "name",
    cell: (leaf) => (
      <a href={hrefOf("links", leaf.remote === undefined ? `leaf:${leaf.id}` : `remote:${leaf.remote}`)}>
        <Name text={leaf.name} />
      </a>
    ),
  },
  { title: "Account", sort: "account", cell: ({ account }) => <Name text={account} /> },
  {
    title: "It is our",
    cell: ({ is_spoke, solicited }) => `${is_spoke ? "hub" : "spoke"}, ${solicited ? "dialled" : "accepted"}`,
  },
  { title: "Round trip", sort: "rtt", isFigure: true, cell: ({ rtt }) => duration(millisOf(rtt)) },
  { title: "Interest", sort: "subs", isFigure: true, cell: ({ subscriptions }) => count(subscriptions) },
  { title: "Messages out", sort: "msgs_to", isFigure: true, cell: ({ out_msgs }) => count(out_msgs) },
  { title: "Messages in", sort: "msgs_from", isFigure: true, cell: ({ in_msgs }) => count(in_msgs) },
  { title: "Bytes out", sort: "bytes_to", isFigure: true, cell: ({ out_bytes }) => bytes(out_bytes) },
  { title: "Bytes in", sort: "bytes_from", isFigure: true, cell: ({ in_bytes }) => bytes(in_bytes) },
  { title: "Pending", sort: "pending", isFigure: true, cell: ({ pending_bytes }) => bytes(pending_bytes) },
  { title: "Dropped", isFigure: true, cell: ({ dropped }) => count(dropped) },
  { title: "Compression", cell: compressionText },
];

const REMOTE_COLUMNS: readonly Column<Link>[] = [
  {
    title: "Name",
    cell: ({ key, name }) => (
      <a href={hrefOf("links", key)}>
        <Name text={name} />
      </a>
    ),
  },
  { title: "Account", cell: ({ account }) => <Name text={account} /> },
  { title: "State", cell: ({ state }) => <StateBadge state={state} /> },
  { title: "Since", cell: ({ since }) => clock(since, Date.now()) },
  { title: "Reason", cell: ({ why }) => <bdi>{why}</bdi> },
  { title: "Reconnects", isFigure: true, cell: ({ reconnects }) => count(reconnects) },
];

export function LeafsPage(): JSX.Element {
  const [filter, setFilter] = useState("");
  const [sort, setSort] = useState("name");
  const [offset, setOffset] = useState(0);
  const resting = useResting(filter);
  const asked = useAsked<Leafz>(urlOf("leafz", { limit: LIMIT, offset, sort, filter: resting }));
  const { answer } = asked;
  const remotes = (answer?.remotes ?? []).map((remote) => remoteLink(remote, undefined));
  const first = (change: () => void): void => {
    setOffset(0);
    change();
  };
  return (
    <>
      {remotes.length > 0 && (
        <section class="panel" aria-label="Remotes">
          <h2>Remotes that this box dials</h2>
          <Table label="Remotes" columns={REMOTE_COLUMNS} rows={remotes} keyOf={({ key }) => key} empty="" />
        </section>
      )}
      <section class="panel" aria-label="Leaf nodes">
        <div class="bar">
          <h2>Leaf links</h2>
          <Field
            label="Filter"
            value={filter}
            hint="part of name or account"
            onValue={(value) => first(() => setFilter(value))}
          />
          <Pager
            offset={offset}
            limit={LIMIT}
            total={answer?.total ?? 0}
            what="leaf links"
            onOffset={setOffset}
          />
        </div>
        {asked.error !== "" && <p class="trouble">{asked.error}</p>}
        <Table
          label="Leaf links"
          columns={COLUMNS}
          rows={answer?.leafs ?? []}
          keyOf={({ id }) => id}
          sort={sort}
          onSort={(name) => first(() => setSort(name))}
          empty={answer === null ? "Reading …" : "No leaf link is up, or none has such a name."}
        />
      </section>
    </>
  );
}
