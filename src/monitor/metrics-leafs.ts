// Our own metrics of leaf links. Links of one peer to one account are one series, whatever they are called
// after they came back; entries of `remotes` have series whether they are up or not.

import type { Core } from "../core/core.ts";
import type { LeafRemote } from "../leaf/remotes.ts";
import type { LeafSession } from "../leaf/session.ts";
import { blockedSeconds, pendingAgeSeconds, pendingBytes, rttSeconds } from "./metrics-gateways.ts";
import { addLeaf, addLink, type LinkTotals, leafKey, noLinks, type PastTraffic } from "./metrics-past.ts";
import type { OwnScrape } from "./metrics-scrape.ts";
import { type Labels, labelsOf, withLabels } from "./metrics-text.ts";
import { remoteState } from "./remote.ts";

/** How many leafs, and how many entries of `remotes`, get series. */
export const LEAFS_SHOWN_MAX = 1_000;

const STATES = ["disabled", "waiting", "dialing", "connected"] as const;

export function scrapeLeafs(scrape: OwnScrape, core: Core, past: PastTraffic): void {
  const links = new Map<string, LeafSession[]>();
  for (const session of core.leafs?.all ?? []) {
    if (!session.ready) continue;
    const known = links.get(leafKey(session));
    if (known === undefined) links.set(leafKey(session), [session]);
    else known.push(session);
  }
  for (const key of past.leafs.keys()) if (!links.has(key)) links.set(key, []);
  const shown = [...links].slice(0, LEAFS_SHOWN_MAX);
  for (const [key, sessions] of shown) scrapeLink(scrape, core, past, key, sessions);
  scrape.add("isthmus_metrics_left_out", labelsOf({ what: "leafs" }), links.size - shown.length);
  for (const remote of (core.leafs?.remotes.all ?? []).slice(0, LEAFS_SHOWN_MAX))
    scrapeRemote(scrape, remote);
}

function scrapeLink(
  scrape: OwnScrape,
  core: Core,
  past: PastTraffic,
  key: string,
  sessions: readonly LeafSession[],
): void {
  const [role = "", account = "", ...name] = key.split("\n");
  const of = labelsOf({ leaf: name.join("\n"), account: core.accountName(Number(account)), role });
  const before = past.leafs.get(key);
  const totals = before === undefined ? noLinks() : { ...before.totals };
  for (const session of sessions) {
    addLink(totals, session);
    addLeaf(totals, session);
  }
  const open = sessions.filter(({ closing }) => closing === null);
  scrape.add("isthmus_leaf_links", of, open.length);
  scrape.add("isthmus_leaf_rtt_seconds", of, rttSeconds(open));
  scrape.add("isthmus_leaf_pending_bytes", of, pendingBytes(open));
  scrape.add("isthmus_leaf_pending_age_seconds", of, pendingAgeSeconds(open, core.world.clock.now()));
  scrape.add("isthmus_leaf_blocked_seconds", of, blockedSeconds(open, core.world.clock.now()));
  let interest = 0;
  for (const { rows } of open) interest += rows.count;
  scrape.add("isthmus_leaf_interest", of, interest);
  for (const [reason, count] of before?.closed ?? []) {
    scrape.add("isthmus_leaf_closed_total", withLabels(of, { reason }), count);
  }
  scrapeTraffic(scrape, of, totals);
}

function scrapeTraffic(scrape: OwnScrape, of: Labels, totals: LinkTotals): void {
  const [incoming, outgoing] = [withLabels(of, { direction: "in" }), withLabels(of, { direction: "out" })];
  scrape.add("isthmus_leaf_messages_total", incoming, totals.inMessages);
  scrape.add("isthmus_leaf_messages_total", outgoing, totals.outMessages);
  scrape.add("isthmus_leaf_payload_bytes_total", incoming, totals.inBytes);
  scrape.add("isthmus_leaf_payload_bytes_total", outgoing, totals.outBytes);
  scrape.add("isthmus_leaf_sent_wire_bytes_total", of, totals.wireBytes);
  const sides = [
    [incoming, "plain", totals.plainIn],
    [incoming, "wire", totals.wireIn],
    [outgoing, "plain", totals.plainOut],
    [outgoing, "wire", totals.wireOut],
  ] as const;
  for (const [labels, side, bytes] of sides) {
    scrape.add("isthmus_leaf_compression_bytes_total", withLabels(labels, { side }), bytes);
  }
  const drops = { egress_full: totals.dropped - totals.tooLarge, payload_too_large: totals.tooLarge };
  for (const [cause, messages] of Object.entries(drops)) {
    scrape.add("isthmus_leaf_dropped_messages_total", withLabels(of, { cause }), messages);
  }
  scrape.add("isthmus_leaf_refused_messages_total", of, totals.refused);
}

function scrapeRemote(scrape: OwnScrape, remote: LeafRemote): void {
  const { index, account } = remote.options;
  const of = labelsOf({ remote: String(index), leaf: remote.name, account });
  const state = remoteState(remote);
  scrape.add("isthmus_leaf_remote_up", of, state === "connected" ? 1 : 0);
  for (const each of STATES) {
    scrape.add("isthmus_leaf_remote_state", withLabels(of, { state: each }), each === state ? 1 : 0);
  }
  if (state !== "connected") {
    scrape.add("isthmus_leaf_remote_down_info", withLabels(of, { reason: remote.reason }), 1);
  }
  scrape.add("isthmus_leaf_remote_reconnects_total", of, remote.reconnects);
  scrape.add("isthmus_leaf_remote_failed_attempts", of, remote.attempts);
  scrape.add("isthmus_leaf_remote_loops_total", of, remote.loops);
}
