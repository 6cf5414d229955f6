// The state of a link for every eye: a shape of its own, a word, and a colour that nobody needs.

import type { JSX } from "preact";
import { LINK_STATES, type LinkState } from "./links.ts";

const SHAPES: Readonly<Record<LinkState, JSX.Element>> = {
  up: (
    <>
      <circle cx="8" cy="8" r="7" class="fill" />
      <path d="M4.6 8.3l2.3 2.3 4.5-5" class="cut" />
    </>
  ),
  oneway: (
    <>
      <circle cx="8" cy="8" r="6.2" class="line" />
      <path d="M8 1.8a6.2 6.2 0 0 1 0 12.4z" class="fill" />
    </>
  ),
  connecting: <circle cx="8" cy="8" r="6.2" class="line dashed" />,
  down: (
    <>
      <rect x="1" y="1" width="14" height="14" rx="3" class="fill" />
      <path d="M5 5l6 6M11 5l-6 6" class="cut" />
    </>
  ),
  off: (
    <>
      <circle cx="8" cy="8" r="6.2" class="line" />
      <path d="M4.5 8h7" class="line" />
    </>
  ),
};

export function StateIcon({ state }: { state: LinkState }): JSX.Element {
  return (
    <svg class={`state-icon is-${state}`} viewBox="0 0 16 16" aria-hidden="true">
      {SHAPES[state]}
    </svg>
  );
}

export function StateBadge({ state }: { state: LinkState }): JSX.Element {
  return (
    <span class={`badge is-${state}`}>
      <StateIcon state={state} />
      {LINK_STATES[state]}
    </span>
  );
}

/** A name that a peer made up: cut where it is too long, whole on hovering, in its own direction. */
export function Name({ text, of }: { text: string; of?: string }): JSX.Element {
  return (
    <bdi class={`name ${of ?? ""}`} title={text}>
      {text === "" ? "(no name)" : text}
    </bdi>
  );
}
