// Each remote cluster, and whether the message would cross to it: why, or why not.

import { textOf } from "../base/bytes.ts";
import type { Core } from "../core/core.ts";
import type { TargetSet } from "../forward/targets.ts";
import type { GatewayOutbound } from "../gateway/outbound.ts";
import { type OutboundMode, shownMode } from "../gateway/outbound-mode.ts";
import type { Remote } from "../gateway/remotes.ts";
import { Source } from "../peer/kind.ts";
import { type Document, omitEmpty } from "./document.ts";
import type { Asked, Cost } from "./explainz-lines.ts";
import type { Patterns } from "./explainz-patterns.ts";
import { remoteState } from "./remote.ts";

/** Words that stay, for tools; `says` is for people. */
const REASONS = {
  interest: "it wants the subject by these patterns",
  queue: "its members of these groups are the nearest",
  optimistic: "it has not told what it wants, and did not refuse this subject",
  "one-hop": "what came by a gateway does not leave by one",
  refused: "a rule of ours does not let it cross",
  muted: "it said that it does not want this subject",
  "no-account": "it said that it has nobody in this account",
  "no-interest": "nothing that it wants has this subject",
  "served-nearer": "the groups that it has members of are served here or nearer",
  down: "it is not connected",
} as const;

type Reason = keyof typeof REASONS;

export function explainGateways(
  core: Core,
  account: number,
  subject: Uint8Array,
  set: TargetSet,
  source: Source,
  patterns: Patterns,
  asked: Asked,
  cost: Cost,
): Document[] {
  const remotes = [...(core.remotes?.all.values() ?? [])];
  return remotes.map((remote) => {
    const session = connected(core, remote);
    if (session === null) return shown(remote.name, "down", { state: remoteState(remote) });
    const state = session.accounts.get(account);
    const mode = state?.mode ?? "Unheard";
    const by = patterns.of(session.id);
    const fields = { gid: session.id, mode: shownMode(mode), by };
    const target = set.gateways.find((each) => each.session === session);
    if (target === undefined) {
      const refusedBy = state?.out.names[state.out.refusing(subject, 0, subject.length)] ?? "";
      const reason = whyNot(source, refusedBy, mode, by.length > 0);
      return shown(remote.name, reason, { ...fields, rule: reason === "refused" ? refusedBy : "" });
    }
    const queues = target.queues === null ? "" : textOf(target.queues);
    const bytes = cost.gateway(core.accountName(account), textOf(subject), queues, asked);
    const reason = !target.plain ? "queue" : by.length > 0 ? "interest" : "optimistic";
    return shown(remote.name, reason, {
      ...fields,
      sends: true,
      queues: queues === "" ? [] : queues.split(" "),
      bytes,
      slow: session.egress.full,
    });
  });
}

function connected(core: Core, { session }: Remote): GatewayOutbound | null {
  return session !== null && core.outbounds.includes(session) ? session : null;
}

function whyNot(source: Source, refusedBy: string, mode: OutboundMode, hasRows: boolean): Reason {
  if (source === Source.Gateway) return "one-hop";
  if (refusedBy !== "") return "refused";
  if (mode === "NoInterest") return "no-account";
  if (hasRows) return "served-nearer";
  return mode === "Optimistic" ? "muted" : "no-interest";
}

function shown(name: string, reason: Reason, fields: Document): Document {
  return { name, sends: false, reason, says: REASONS[reason], ...omitEmpty(fields) };
}
