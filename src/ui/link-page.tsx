// One link: what it is, what it carries, and what it knows of each account.

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { AccountsPanel } from "./accounts.tsx";
import { Chart } from "./chart.tsx";
import { bytes, bytesPerSecond, clock, count, duration, perSecond } from "./format.ts";
import { hrefOf, useLive } from "./hooks.ts";
import { LINK_KINDS, LINK_STATES, type Link } from "./links.ts";
import { Name, StateBadge } from "./state.tsx";
import { Choice } from "./table.tsx";

export function LinksPage({ path: [wanted = ""] }: { path: readonly string[] }): JSX.Element {
  const live = useLive();
  const leaf = /^leaf:(\d+)$/.exec(wanted)?.[1];
  useEffect(() => {
    live.follow(leaf === undefined ? null : Number(leaf));
    return () => live.follow(null);
  }, [live, leaf]);
  const { picture } = live;
  if (picture === null) return <p class="empty">Reading the figures …</p>;
  const { links, now } = picture;
  const link = links.find(({ key }) => key === wanted) ?? (wanted === "" ? links[0] : undefined);
  return (
    <>
      <h2 class="visually-hidden">Links</h2>
      <Picker links={links} shown={link?.key ?? wanted} />
      {link === undefined ? (
        <p class="empty">
          {wanted === ""
            ? "There are no links."
            : "This link is gone. If it comes back, it is another one: see the map."}
        </p>
      ) : (
        <LinkView key={link.key} link={link} now={now} />
      )}
    </>
  );
}

function Picker({ links, shown }: { links: readonly Link[]; shown: string }): JSX.Element {
  const choices = links.map((link): [string, string] => {
    return [link.key, `${link.name.slice(0, 60)} · ${LINK_KINDS[link.kind]} · ${LINK_STATES[link.state]}`];
  });
  const known = choices.some(([key]) => key === shown)
    ? choices
    : [[shown, "(gone)"] as [string, string], ...choices];
  return (
    <div class="bar">
      <Choice
        label="Link"
        value={shown}
        choices={known}
        onValue={(key) => {
          location.hash = hrefOf("links", key);
        }}
      />
    </div>
  );
}

function LinkView({ link, now }: { link: Link; now: number }): JSX.Element {
  return (
    <>
      <section class={`panel link is-${link.state}`} aria-label="State">
        <div class="link-head">
          <h3>
            <Name text={link.name} />
          </h3>
          <StateBadge state={link.state} />
          <span class="quiet">{LINK_KINDS[link.kind]}</span>
        </div>
        {link.why !== "" && <p class="why">{link.why}</p>}
        <dl class="facts">
          {factsOf(link, now).map(([label, text]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>
                <bdi>{text}</bdi>
              </dd>
            </div>
          ))}
        </dl>
      </section>
      <Charts link={link} />
      {link.kind === "gateway" && <AccountsPanel gateway={link.name} now={now} />}
    </>
  );
}

function factsOf(link: Link, now: number): (readonly [string, string])[] {
  const { since, nextAttempt, state } = link;
  const isUp = state === "up" || state === "oneway";
  return [
    ["Round trip", duration(link.rttMillis)],
    ["Sent", `${count(link.out.messages)} messages, ${bytes(link.out.bytes)}`],
    ["Received", `${count(link.in.messages)} messages, ${bytes(link.in.bytes)}`],
    ...(since === null
      ? []
      : [
          [
            isUp ? "Since" : "Down since",
            `${clock(since, now)} (${duration(Math.max(0, now - since))})`,
          ] as const,
        ]),
    ...(nextAttempt === null ? [] : [["Next attempt", clock(nextAttempt, now)] as const]),
    ["Reconnects", String(link.reconnects)],
    ["Pending", bytes(link.pendingBytes)],
    ["Dropped", `${count(link.dropped)} messages`],
    ...(link.kind === "gateway" ? [["Suppressed", `${count(link.suppressed)} messages`] as const] : []),
    ...link.facts,
  ];
}

function Charts({ link }: { link: Link }): JSX.Element {
  const { columns } = useLive().series(link.key);
  const both = (outs: readonly (number | null)[], ins: readonly (number | null)[]) =>
    [
      { title: "out", of: "out", values: outs },
      { title: "in", of: "in", values: ins },
    ] as const;
  return (
    <section class="charts" aria-label="The last minutes">
      <Chart
        title="Messages"
        least={10}
        at={columns.at}
        lines={both(columns.outMessages, columns.inMessages)}
        text={perSecond}
      />
      <Chart
        title="Bytes"
        least={1000}
        at={columns.at}
        lines={both(columns.outBytes, columns.inBytes)}
        text={bytesPerSecond}
      />
      <Chart
        title="Round trip"
        least={1}
        at={columns.at}
        lines={[{ title: "round trip", of: "out", values: columns.rttMillis }]}
        text={duration}
      />
      <Chart
        title="Waiting to leave"
        least={1000}
        at={columns.at}
        lines={[{ title: "pending", of: "out", values: columns.pendingBytes }]}
        text={bytes}
      />
    </section>
  );
}
