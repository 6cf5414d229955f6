// The interest explorer: which subjects does the other end of a link want, and would this subject cross?

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { urlOf } from "./api.ts";
import type { Account, Gatewayz, Leafz, Subject } from "./documents.ts";
import { ExplainPanel } from "./explain.tsx";
import { useAsked, useLive, useResting } from "./hooks.ts";
import { LINK_KINDS, type Link } from "./links.ts";
import { modeMeaning } from "./modes.ts";
import { Name } from "./state.tsx";
import { Choice, type Column, Field, Pager, Table } from "./table.tsx";

const LIMIT = 100;

const COLUMNS: readonly Column<Subject>[] = [
  { title: "Subject", cell: ({ subject }) => <Name text={subject} of="subject" /> },
  { title: "Queue group", cell: ({ qgroup }) => (qgroup === undefined ? "" : <Name text={qgroup} />) },
];

/** What the box answers to one question, whichever endpoint it is. */
interface Wanted {
  readonly subjects: readonly Subject[];
  readonly total: number;
  readonly isCut: boolean;
  /** Of the account on a gateway; "" on leaf links, which always tell all their interest. */
  readonly mode: string;
}

export function InterestPage(): JSX.Element {
  const { picture } = useLive();
  const links = (picture?.links ?? []).filter(({ state }) => state === "up" || state === "oneway");
  const [chosen, setChosen] = useState("");
  const [account, setAccount] = useState("$G");
  const link = links.find(({ key }) => key === chosen) ?? links[0];
  return (
    <>
      <section class="panel" aria-label="Interest">
        <h2>Who wants what</h2>
        {link === undefined ? (
          <p class="empty">No link is up, so nobody elsewhere wants anything of us.</p>
        ) : (
          <Explorer links={links} link={link} account={account} onLink={setChosen} onAccount={setAccount} />
        )}
      </section>
      <ExplainPanel account={link?.kind === "gateway" ? account : (link?.account ?? account)} />
    </>
  );
}

interface ExplorerProps {
  readonly links: readonly Link[];
  readonly link: Link;
  readonly account: string;
  onLink(key: string): void;
  onAccount(name: string): void;
}

function Explorer({ links, link, account, onLink, onAccount }: ExplorerProps): JSX.Element {
  const [subject, setSubject] = useState("");
  const [offset, setOffset] = useState(0);
  const page = { subs_limit: LIMIT, subs_offset: offset, subs_filter: subject.trim() };
  const isGateway = link.kind === "gateway";
  const question = isGateway
    ? urlOf("gatewayz", { gw_name: link.name, acc_name: account, subs: "detail", ...page })
    : urlOf("leafz", { id: link.id, subs: true, limit: 1, ...page });
  const asked = useAsked<Gatewayz | Leafz>(useResting(question));
  const wanted = asked.answer === null ? null : wantedOf(asked.answer, link.name);
  const first = (set: (value: string) => void) => {
    return (value: string): void => {
      setOffset(0);
      set(value);
    };
  };
  return (
    <>
      <div class="bar">
        <Choice
          label="Region or leaf node"
          value={link.key}
          choices={links.map(({ key, name, kind }) => [key, `${name.slice(0, 60)} · ${LINK_KINDS[kind]}`])}
          onValue={first(onLink)}
        />
        {isGateway && <AccountField gateway={link.name} account={account} onAccount={first(onAccount)} />}
        <Field label="Subject" value={subject} hint="orders.eu.1" onValue={first(setSubject)} />
        <Pager
          offset={offset}
          limit={LIMIT}
          total={wanted?.total ?? 0}
          what="subjects"
          onOffset={setOffset}
        />
      </div>
      {asked.error !== "" && <p class="trouble">{asked.error}</p>}
      {wanted?.isCut === true && (
        <p class="quiet">
          There is more interest than one answer looks through: name the subject more closely.
        </p>
      )}
      {wanted !== null && wanted.mode !== "" && (
        <p class="quiet">
          Mode <strong>{wanted.mode}</strong>: {modeMeaning(wanted.mode)}.
        </p>
      )}
      <Table
        label="Subjects"
        columns={COLUMNS}
        rows={wanted?.subjects ?? []}
        keyOf={({ subject: name, qgroup = "" }) => `${name} ${qgroup}`}
        empty={wanted === null ? "Reading …" : "Nothing of that is wanted there."}
      />
    </>
  );
}

/** Its suggestions are accounts that were spoken of on the link. */
function AccountField(props: {
  gateway: string;
  account: string;
  onAccount(name: string): void;
}): JSX.Element {
  const { gateway, account, onAccount } = props;
  const filter = useResting(account);
  const { answer } = useAsked<Gatewayz>(
    urlOf("gatewayz", { gw_name: gateway, accs: true, limit: 20, filter, sort: "name" }),
    30_000,
  );
  const names = answer?.outbound_gateways?.[gateway]?.accounts?.map(({ name }) => name) ?? [];
  return (
    <>
      <Field label="Account" value={account} list="accounts" onValue={onAccount} />
      <datalist id="accounts">
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </>
  );
}

function wantedOf(answer: Gatewayz | Leafz, gateway: string): Wanted {
  if ("leafs" in answer) {
    const leaf = answer.leafs[0];
    const subjects = (leaf?.subscriptions_list ?? []).map((subject) => ({ subject }));
    return pageOf(subjects, leaf, "");
  }
  const account: Account | undefined = answer.outbound_gateways?.[gateway]?.accounts?.[0];
  return pageOf(account?.subscriptions_list_detail ?? [], account, account?.mode ?? "");
}

function pageOf(
  subjects: readonly Subject[],
  of: { readonly subscriptions_total?: number; readonly subscriptions_truncated?: boolean } | undefined,
  mode: string,
): Wanted {
  const total = of?.subscriptions_total ?? subjects.length;
  return { subjects, total, isCut: of?.subscriptions_truncated ?? false, mode };
}
