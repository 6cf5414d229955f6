// Why would this subject cross? The box answers; this shows whatever it says, and nothing where it cannot
// say.

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { urlOf } from "./api.ts";
import { useAsked } from "./hooks.ts";
import { Field } from "./table.tsx";

/** How much of a document is shown: it is for a reader. */
const ITEMS_MAX = 100;
const DEPTH_MAX = 6;

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

export function ExplainPanel({ account }: { account: string }): JSX.Element | null {
  const [isThere, setIsThere] = useState(false);
  const [subject, setSubject] = useState("");
  const [asked, setAsked] = useState<string | null>(null);
  useEffect(() => void hasExplain().then(setIsThere), []);
  const { answer, error } = useAsked<Json>(asked);
  if (!isThere) return null;
  const submit = (event: Event): void => {
    event.preventDefault();
    setAsked(subject.trim() === "" ? null : urlOf("explainz", { acc: account, subject: subject.trim() }));
  };
  return (
    <section class="panel" aria-label="Explain">
      <h2>Would it cross?</h2>
      <form class="bar" onSubmit={submit}>
        <Field
          label={`Subject in account ${account}`}
          value={subject}
          hint="orders.eu.1"
          onValue={setSubject}
        />
        <button type="submit">Explain</button>
      </form>
      {error !== "" && <p class="trouble">{error}</p>}
      {answer !== null && <div class="json">{shown(answer, 0)}</div>}
    </section>
  );
}

/** The index names every endpoint, so nothing has to be asked for that may not be there. */
async function hasExplain(): Promise<boolean> {
  try {
    return (await (await fetch("../")).text()).includes("/explainz");
  } catch {
    return false;
  }
}

function shown(value: Json, depth: number): ComponentChildren {
  if (value === null || typeof value !== "object") return <bdi>{String(value)}</bdi>;
  if (depth >= DEPTH_MAX) return "…";
  if (isList(value)) {
    return (
      <ol>
        {value.slice(0, ITEMS_MAX).map((item, i) => (
          <li key={i}>{shown(item, depth + 1)}</li>
        ))}
        {value.length > ITEMS_MAX && <li>and {value.length - ITEMS_MAX} more</li>}
      </ol>
    );
  }
  return (
    <dl>
      {Object.entries(value).map(([name, item]) => (
        <div key={name}>
          <dt>{name.replaceAll("_", " ")}</dt>
          <dd>{shown(item, depth + 1)}</dd>
        </div>
      ))}
    </dl>
  );
}

function isList(value: readonly Json[] | { readonly [name: string]: Json }): value is readonly Json[] {
  return Array.isArray(value);
}
