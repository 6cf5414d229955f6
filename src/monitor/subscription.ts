// One client's subscription as lists show it. Source: monitoring.md.

import { textOf } from "../base/bytes.ts";
import type { Subscription } from "../client/subscriptions.ts";
import type { Core } from "../core/core.ts";
import type { Budget, Document } from "./document.ts";
import type { Subs } from "./query.ts";

export function subscriptionDetail(core: Core, subscription: Subscription): Document {
  const { queue, max } = subscription;
  return {
    subject: textOf(subscription.subject),
    ...(queue === 0 ? {} : { qgroup: core.queues.text(queue) }),
    sid: subscription.sid,
    msgs: subscription.delivered,
    ...(max === 0 ? {} : { max }),
    cid: subscription.session.id,
  };
}

/** `subscriptions_list` or `subscriptions_list_detail`, with a mark where the budget cut it; else nothing. */
export function subscriptionLists(
  core: Core,
  subscriptions: Iterable<Subscription>,
  subs: Subs,
  budget: Budget,
): Document {
  if (subs === "none") return {};
  const lines: unknown[] = [];
  let cut = false;
  for (const subscription of subscriptions) {
    cut = !budget.line();
    if (cut) break;
    lines.push(subs === "list" ? textOf(subscription.subject) : subscriptionDetail(core, subscription));
  }
  if (lines.length === 0 && !cut) return {};
  return listFields(lines, subs, cut);
}

export function listFields(lines: readonly unknown[], subs: Subs, cut: boolean): Document {
  const name = subs === "list" ? "subscriptions_list" : "subscriptions_list_detail";
  return { [name]: lines, ...(cut ? { subscriptions_truncated: true } : {}) };
}
