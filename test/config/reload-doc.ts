// docs/reload.md, made from the schema and from the plan of a change of each key. `bun
// test/config/reload-doc.ts` writes it.

import { writeFileSync } from "node:fs";
import { type Effect, planOf } from "../../src/config/plan.ts";
import { readConfiguration } from "../../src/config/read.ts";
import { changes, type KeyChange } from "./reload-changes.ts";

export const RELOAD_PAGE = `${import.meta.dir}/../../docs/reload.md`;

/** Strongest first; "none" for a key that alone changes nothing. */
export const EFFECTS = ["restart", "now", "later", "none"] as const satisfies readonly (Effect | "none")[];
type Seen = (typeof EFFECTS)[number];

const HERE: Record<Seen, string> = {
  restart: "restart",
  now: "at once",
  later: "new connections",
  none: "no effect of its own",
};

/** What nats-server 2.15.2 does not take up; a test asks it. */
const REFUSED = [
  /^(server_name|host|port|listen|allow_non_tls|max_pending|max_subscriptions|max_sub_tokens)$/,
  /^(no_auth_user|system_account|operator|http|http_port|https|https_port|http_base_path)$/,
  /^(trusted_keys|log_size_limit|log_max_num|lame_duck_duration|lame_duck_grace_period)$/,
  /^tls\.(verify_and_map|connection_rate_limit)$/,
  /^gateway\.(?!(gateways\.\*\.)?tls\.)/,
  /^gateway\.(gateways\.\*\.)?tls\.(timeout|verify_and_map|verify_cert_and_check_known_urls)$/,
  /^leafnodes\.(?!tls|compression|remotes)/,
  /^leafnodes\.tls\.(timeout|verify_and_map|pinned_certs)$/,
  /^leafnodes\.remotes\.\*\.(?!url|account|credentials|nkey|disabled|tls|compression|proxy\.tls)/,
  /^leafnodes\.remotes\.\*\.tls\.timeout$/,
  /^websocket\.(?!tls\.)/,
  /^websocket\.tls\.(verify_and_map|pinned_certs)$/,
];

/** Keys that it does not know. */
const OURS = [
  /^(log_format|admin\.(socket|mode))$/,
  /(^|\.)connection_rate$/,
  /^(gateway|leafnodes)\.max_pending$/,
  /^gateway\.interest_only_threshold$/,
  /^gateway\.gateways\.\*\.(allow|deny|export|import|accounts)\b/,
];

export type There = "taken" | "refused" | "unknown";

export function thereOf(key: string): There {
  if (OURS.some((pattern) => pattern.test(key))) return "unknown";
  return REFUSED.some((pattern) => pattern.test(key)) ? "refused" : "taken";
}

const THERE: Record<There, string> = { taken: "yes", refused: "no", unknown: "–" };

/** The strongest of what a change of the key does. Throws when one of the two configurations is wrong. */
export function hereOf({ key, before, after }: KeyChange): Seen {
  const read = (of: unknown) =>
    readConfiguration(JSON.stringify(of), { file: `${key}.yaml`, environment: {} }).configuration;
  const effects: Seen[] = planOf(read(before), read(after)).map(({ effect }) => effect);
  return EFFECTS.find((effect) => effects.includes(effect)) ?? "none";
}

const HEAD = `# What a reload changes

<!-- Written by \`bun test/config/reload-doc.ts\` from the schema and plans; tests compare it. -->

Every key of the configuration: what becomes of a change when the box is told to reload (SIGHUP), and
whether nats-server 2.15.2 takes up the same change. A reload is whole or not at all, here and there: one key
that cannot change keeps all others from changing; see [decision
6](decisions/0006-reload-whole-or-not-at-all.md).

- *at once*: who is connected and need not be cut stays connected. A listener that moves or speaks TLS
  otherwise counts for who comes from then on.
- *new connections*: connections that are there keep what they began with.
- *restart*: peers know the box by it, or nothing of what it has would be right any more.
- *no effect of its own*: taken for nats-server's sake, or it only says what other keys may be.

Blocks that are added or removed count as their keys, but for \`gateway\` and \`operator\`, which come and go
with a restart. Keys that nats-server does not know have a dash.

| block | keys | here | nats-server |
| --- | --- | --- | --- |
`;

/** Needs the effects of `hereOf`, in the order of the schema. */
export function reloadPage(all: readonly (readonly [string, Seen])[]): string {
  const rows = new Map<string, string[]>();
  for (const [key, here] of all) {
    const at = key.lastIndexOf(".");
    const block = at < 0 ? "" : `\`${key.slice(0, at)}\``;
    const row = JSON.stringify([block, HERE[here], THERE[thereOf(key)]]);
    rows.set(row, [...(rows.get(row) ?? []), `\`${key.slice(at + 1)}\``]);
  }
  const lines = [...rows].map(([row, keys]) => {
    const [block, here, there] = JSON.parse(row) as [string, string, string];
    return `| ${block} | ${keys.join(" ")} | ${here} | ${there} |`;
  });
  return `${HEAD}${lines.join("\n")}\n`;
}

if (import.meta.main) {
  writeFileSync(RELOAD_PAGE, reloadPage((await changes()).map((change) => [change.key, hereOf(change)])));
}
