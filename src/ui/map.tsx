// The map: this box in the middle, regions and hubs above it, leaf nodes below, and what flows between them.

import type { JSX } from "preact";
import { bytes, bytesPerSecond, count, duration, perSecond } from "./format.ts";
import { hrefOf, useLive } from "./hooks.ts";
import { LINK_KINDS, type Link } from "./links.ts";
import type { Picture } from "./live.ts";
import { type Place, placesOf } from "./map-places.ts";
import type { Rates } from "./series.ts";
import { Spark } from "./spark.tsx";
import { Name, StateBadge } from "./state.tsx";

/** How many cards a grid has: the other links are found on their tab. */
const CARDS_MAX = 60;

export function MapPage(): JSX.Element {
  const live = useLive();
  const { picture } = live;
  if (picture === null) return <p class="empty">Reading the figures …</p>;
  const { links } = picture;
  const hidden = picture.leafz.leafnodes - links.filter(({ id }) => id !== undefined).length;
  const places = placesOf(links);
  const cards = places ?? worstFirst(links).slice(0, CARDS_MAX).map(unplaced);
  return (
    <>
      <h2 class="visually-hidden">Map of regions</h2>
      <Figures picture={picture} rates={live.total.rates} />
      <div class={places === null ? "map is-grid" : "map"}>
        {places !== null && <Lines places={places} rates={(key) => live.series(key).rates} />}
        <Centre picture={picture} />
        <ul class="cards">
          {cards.map((place) => (
            <Card key={place.link.key} place={place} />
          ))}
        </ul>
        {links.length > cards.length && (
          <a class="more" href={hrefOf("links")}>
            and {count(links.length - cards.length)} more links
          </a>
        )}
        {hidden > 0 && (
          <a class="more" href={hrefOf("leafs")}>
            and {count(hidden)} more leaf nodes
          </a>
        )}
        {links.length === 0 && <p class="empty">No gateway and no leaf node is configured or connected.</p>}
      </div>
    </>
  );
}

/** What is wrong shall not be cut off. */
function worstFirst(links: readonly Link[]): Link[] {
  const rank = ({ state }: Link): number => (state === "up" ? 1 : state === "off" ? 2 : 0);
  return links.toSorted((a, b) => rank(a) - rank(b));
}

/** A grid places its cards itself. */
function unplaced(link: Link): Place {
  return { link, x: 0, y: 0 };
}

function Figures({ picture, rates }: { picture: Picture; rates: Rates }): JSX.Element {
  const { varz, links } = picture;
  const up = links.filter(({ state }) => state === "up").length;
  const wanted = links.filter(({ state }) => state !== "off").length;
  const suppressed = links.reduce((sum, link) => sum + link.suppressed, 0);
  const dropped = links.reduce((sum, link) => sum + link.dropped, 0);
  const pending = links.reduce((sum, link) => sum + link.pendingBytes, 0);
  return (
    <dl class="figures">
      <Figure name="Messages in" text={perSecond(rates.inMessages)} more={bytesPerSecond(rates.inBytes)} />
      <Figure name="Messages out" text={perSecond(rates.outMessages)} more={bytesPerSecond(rates.outBytes)} />
      <Figure name="Links up" text={`${up} of ${wanted}`} more={`${count(varz.leafnodes)} leaf nodes`} />
      <Figure
        name="Clients"
        text={count(varz.connections)}
        more={`${count(varz.subscriptions)} subscriptions`}
      />
      <Figure name="Suppressed" text={count(suppressed)} more="wanted by nobody there" />
      <Figure name="Waiting to leave" text={bytes(pending)} more={`${count(dropped)} messages dropped`} />
    </dl>
  );
}

function Figure({ name, text, more }: { name: string; text: string; more: string }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <strong>{text}</strong>
        <span>{more}</span>
      </dd>
    </div>
  );
}

function Centre({ picture: { varz } }: { picture: Picture }): JSX.Element {
  return (
    <div class="centre">
      <span class="kind">This box</span>
      <Name text={varz.gateway?.name ?? varz.server_name} />
      <span class="quiet">
        {count(varz.connections)} clients · {count(varz.subscriptions)} subscriptions
      </span>
    </div>
  );
}

/** Two lanes a link, one a direction; those that carry something move. */
function Lines({ places, rates }: { places: readonly Place[]; rates: (key: string) => Rates }): JSX.Element {
  return (
    <svg class="lines" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
      {places.map(({ link, x, y }) => {
        const { inMessages, outMessages } = rates(link.key);
        const dx = Math.abs(y - 50) > 5 ? 0.5 : 0;
        const dy = dx === 0 ? 0.9 : 0;
        const lane = (flow: number | null, side: 1 | -1): JSX.Element => (
          <line
            class={`lane lane-${side === 1 ? "out" : "in"} is-${link.state} ${isBusy(flow) ? "is-busy" : ""}`}
            x1={side === 1 ? 50 + dx : x - dx}
            y1={side === 1 ? 50 + dy : y - dy}
            x2={side === 1 ? x + dx : 50 - dx}
            y2={side === 1 ? y + dy : 50 - dy}
            data-weight={weightOf(flow)}
          />
        );
        return (
          <g key={link.key}>
            {lane(outMessages, 1)}
            {lane(inMessages, -1)}
          </g>
        );
      })}
    </svg>
  );
}

function isBusy(perSecond: number | null): boolean {
  return perSecond !== null && perSecond > 0;
}

/** How thick a lane is, by the power of ten of what it carries. */
function weightOf(perSecond: number | null): number {
  return perSecond === null || perSecond <= 0
    ? 0
    : Math.max(1, Math.min(4, Math.ceil(Math.log10(perSecond))));
}

function Card({ place: { link, x, y } }: { place: Place }): JSX.Element {
  const live = useLive();
  const series = live.series(link.key);
  const { rates, columns } = series;
  const isThere = link.state === "up" || link.state === "oneway";
  return (
    <li class={`card is-${link.state} is-${link.kind}`} style={{ left: `${x}%`, top: `${y}%` }}>
      <a href={hrefOf("links", link.key)}>
        <span class="card-head">
          <span class="kind">{LINK_KINDS[link.kind]}</span>
          <StateBadge state={link.state} />
        </span>
        <span class="card-name">
          <Name text={link.name} />
          <span class="rtt">{link.rttMillis === null ? "" : duration(link.rttMillis)}</span>
        </span>
        {isThere ? (
          <>
            <Flow of="out" messages={rates.outMessages} octets={rates.outBytes} />
            <Flow of="in" messages={rates.inMessages} octets={rates.inBytes} />
            <Spark
              lines={[
                { of: "out", values: columns.outMessages },
                { of: "in", values: columns.inMessages },
              ]}
            />
          </>
        ) : (
          <Absence link={link} now={live.picture!.now} />
        )}
        {link.state === "oneway" && <span class="why">{link.why}</span>}
      </a>
    </li>
  );
}

function Flow(props: { of: "out" | "in"; messages: number | null; octets: number | null }): JSX.Element {
  return (
    <span class={`flow flow-${props.of}`}>
      <span class="way">{props.of === "out" ? "→ out" : "← in"}</span>
      <span>{perSecond(props.messages)}</span>
      <span class="quiet">{bytesPerSecond(props.octets)}</span>
    </span>
  );
}

function Absence({ link, now }: { link: Link; now: number }): JSX.Element {
  const { since, nextAttempt, why } = link;
  return (
    <>
      <span class="why">{why}</span>
      <span class="quiet">
        {since === null ? "never connected" : `for ${duration(Math.max(0, now - since))}`}
        {nextAttempt !== null && nextAttempt > now + 1_500 && `, next try in ${duration(nextAttempt - now)}`}
      </span>
    </>
  );
}
