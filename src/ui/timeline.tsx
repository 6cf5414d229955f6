// What happened, newest first: connections that came and went with their reasons, and changes of mode.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { urlOf } from "./api.ts";
import type { Gatewayz, Leafz } from "./documents.ts";
import { type EventKind, eventsOf, type TimelineEvent } from "./events.ts";
import { clock } from "./format.ts";
import { useAsked, useLive } from "./hooks.ts";
import { Name, StateIcon } from "./state.tsx";
import { Choice, Field, Pager } from "./table.tsx";

const LIMIT = 100;

const KINDS: readonly (readonly [EventKind | "", string])[] = [
  ["", "everything"],
  ["up", "connected"],
  ["down", "closed"],
  ["failed", "dial failed"],
  ["mode", "mode of an account"],
];

export function TimelinePage(): JSX.Element {
  const [kind, setKind] = useState<string>("");
  const [filter, setFilter] = useState("");
  const [offset, setOffset] = useState(0);
  const gateways = useAsked<Gatewayz>(urlOf("gatewayz", { history: true }));
  const leafs = useAsked<Leafz>(urlOf("leafz", { history: true, limit: LIMIT }));
  const now = useLive().picture?.now ?? Date.now();
  const all =
    gateways.answer === null || leafs.answer === null ? null : eventsOf(gateways.answer, leafs.answer);
  const wanted = filter.toLowerCase();
  const chosen = (all ?? []).filter((event) => {
    return (kind === "" || event.kind === kind) && textOf(event).includes(wanted);
  });
  const error = gateways.error || leafs.error;
  return (
    <section class="panel" aria-label="Timeline">
      <div class="bar">
        <h2>Timeline</h2>
        <Choice label="Show" value={kind} choices={KINDS} onValue={setKind} />
        <Field label="Filter" value={filter} hint="link, account or reason" onValue={setFilter} />
        <Pager offset={offset} limit={LIMIT} total={chosen.length} what="events" onOffset={setOffset} />
      </div>
      {error !== "" && <p class="trouble">{error}</p>}
      {chosen.length === 0 && (
        <p class="empty">{all === null ? "Reading …" : "Nothing of that kind happened."}</p>
      )}
      <ol class="timeline">
        {chosen.slice(offset, offset + LIMIT).map((event, i) => (
          <li key={`${event.at} ${event.link} ${i}`} class={`event event-${event.kind}`}>
            <time dateTime={new Date(event.at).toISOString()}>{clock(event.at, now)}</time>
            <EventIcon kind={event.kind} />
            <span class="event-text">
              <Name text={event.link} /> <bdi>{event.text}</bdi>
              {event.firstAt < event.at && (
                <span class="quiet"> again and again since {clock(event.firstAt, now)}</span>
              )}
              {event.reason !== "" && (
                <span class="why">
                  <bdi>{event.reason}</bdi>
                </span>
              )}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function EventIcon({ kind }: { kind: EventKind }): JSX.Element {
  if (kind === "mode") {
    return (
      <svg class="state-icon" viewBox="0 0 16 16" aria-hidden="true">
        <path d="M2 5.5h11M10 2.5l3 3-3 3M14 10.5H3M6 7.5l-3 3 3 3" class="line" />
      </svg>
    );
  }
  return <StateIcon state={kind === "up" ? "up" : kind === "down" ? "down" : "connecting"} />;
}

function textOf({ link, text, reason }: TimelineEvent): string {
  return `${link} ${text} ${reason}`.toLowerCase();
}
