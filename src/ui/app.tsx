// The frame of the page: who this box is, whether all is well, and the tabs.

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ClientsPage } from "./clients.tsx";
import { count, duration, millisOf } from "./format.ts";
import { hrefOf, useLive, useRoute } from "./hooks.ts";
import { InterestPage } from "./interest.tsx";
import { LeafsPage } from "./leafs.tsx";
import { LinksPage } from "./link-page.tsx";
import type { Link } from "./links.ts";
import { MapPage } from "./map.tsx";
import { Name, StateIcon } from "./state.tsx";
import { applyTheme, chosenTheme, THEMES } from "./theme.ts";
import { TimelinePage } from "./timeline.tsx";

interface Tab {
  readonly id: string;
  readonly title: string;
  readonly page: (props: { path: readonly string[] }) => JSX.Element;
}

const TABS: readonly Tab[] = [
  { id: "map", title: "Map", page: MapPage },
  { id: "links", title: "Links", page: LinksPage },
  { id: "timeline", title: "Timeline", page: TimelinePage },
  { id: "leafs", title: "Leaf nodes", page: LeafsPage },
  { id: "clients", title: "Clients", page: ClientsPage },
  { id: "interest", title: "Interest", page: InterestPage },
];

export function App(): JSX.Element {
  const [first, ...path] = useRoute();
  const tab = TABS.find(({ id }) => id === first) ?? TABS[0]!;
  const Page = tab.page;
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById("content")?.focus()}>
        Skip to the figures
      </button>
      <Header />
      <Tabs shown={tab} />
      <main>
        <Trouble />
        <div id="content" role="tabpanel" tabIndex={-1} aria-labelledby={`tab-${tab.id}`}>
          <Page path={path} />
        </div>
      </main>
      <footer>
        <a href="../">All endpoints</a>
        <span>
          Figures are read every two seconds while this page is shown. Nothing here changes the box.
        </span>
      </footer>
    </>
  );
}

function Header(): JSX.Element {
  const { picture } = useLive();
  const varz = picture?.varz;
  const region = varz?.gateway?.name ?? varz?.cluster?.name ?? "";
  return (
    <header>
      <div class="brand">
        <Logo />
        <h1>
          <span class="product">Isthmus</span>
          {varz !== undefined && <Name text={region === "" ? varz.server_name : region} of="region" />}
        </h1>
      </div>
      {varz !== undefined && (
        <p class="about">
          <Name text={varz.server_name} />
          <span>{varz.metadata?.product_version}</span>
          <span>up {duration(millisOf(varz.uptime))}</span>
          <span>CPU {Math.round(varz.cpu)} %</span>
          <span>{count(varz.mem)}B memory</span>
        </p>
      )}
      <Health links={picture?.links ?? []} />
      <Controls />
    </header>
  );
}

function Logo(): JSX.Element {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M0 0h12v11c0 3 1 5 4 5s4-2 4-5V0h12v32H20V21c0-3-1-5-4-5s-4 2-4 5v11H0z" />
    </svg>
  );
}

/** In one line: is anything wrong? */
function Health({ links }: { links: readonly Link[] }): JSX.Element {
  const wanted = links.filter(({ state }) => state !== "off");
  const bad = wanted.filter(({ state }) => state !== "up");
  const state = bad.length === 0 ? "up" : bad.some((link) => link.state === "down") ? "down" : "connecting";
  const text =
    wanted.length === 0
      ? "No links yet"
      : bad.length === 0
        ? "All links up"
        : `${bad.length} of ${wanted.length} links not up`;
  return (
    <p class={`health is-${state}`} role="status">
      <StateIcon state={wanted.length === 0 ? "off" : state} />
      {text}
    </p>
  );
}

function Controls(): JSX.Element {
  const live = useLive();
  const [theme, setTheme] = useState(chosenTheme);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!;
  const change = (): void => {
    setTheme(next);
    applyTheme(next);
  };
  return (
    <div class="controls">
      <button type="button" aria-pressed={live.isPaused} onClick={() => live.pause(!live.isPaused)}>
        {live.isPaused ? "Resume" : "Pause"}
      </button>
      <button type="button" onClick={change} aria-label={`Colours: ${theme}. Change to ${next}`}>
        <span aria-hidden="true">{theme === "auto" ? "◐" : theme === "light" ? "☀" : "☾"}</span> {theme}
      </button>
    </div>
  );
}

/** Arrows, Home and End move between tabs, and the tab that is reached is shown. */
function Tabs({ shown }: { shown: Tab }): JSX.Element {
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent): void => {
    const at = TABS.indexOf(shown);
    const steps: Readonly<Record<string, number>> = {
      ArrowRight: at + 1,
      ArrowLeft: at - 1,
      Home: 0,
      End: TABS.length - 1,
    };
    const to = steps[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const { id } = TABS[(to + TABS.length) % TABS.length]!;
    location.hash = hrefOf(id);
    list.current?.querySelector<HTMLElement>(`#tab-${id}`)?.focus();
  };
  useEffect(() => {
    // Not by scrollIntoView: that also moves from where the Tab key goes on.
    const tab = list.current?.querySelector<HTMLElement>(`#tab-${shown.id}`);
    if (tab) list.current?.scrollTo({ left: tab.offsetLeft - list.current.clientWidth / 3 });
  }, [shown]);
  return (
    <nav aria-label="Views">
      <div class="tabs" role="tablist" ref={list} onKeyDown={move}>
        {TABS.map(({ id, title }) => (
          <a
            key={id}
            id={`tab-${id}`}
            role="tab"
            href={hrefOf(id)}
            aria-selected={id === shown.id}
            aria-controls="content"
            tabIndex={id === shown.id ? 0 : -1}
          >
            {title}
          </a>
        ))}
      </div>
    </nav>
  );
}

function Trouble(): JSX.Element {
  const { error, picture } = useLive();
  return (
    <div role="alert">
      {error !== "" && (
        <p class="trouble">
          <StateIcon state="down" />
          {picture === null ? "There are no figures: " : "The figures are old: "}
          {error}.
        </p>
      )}
    </div>
  );
}
