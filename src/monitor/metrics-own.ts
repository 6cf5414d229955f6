// Our own metrics, each with its type, its labels and what it tells: what the scrape declares, and what
// docs/metrics.md is written from.

import type { Family } from "./metrics-text.ts";

/** `labels` stand in the order in which they are written. */
export interface OwnMetric extends Family {
  readonly labels: readonly string[];
}

const metric = (type: OwnMetric["type"], labels: string, help: string): OwnMetric => ({
  type,
  labels: labels === "" ? [] : labels.split(" "),
  help,
});
const counter = (labels: string, help: string): OwnMetric => metric("counter", labels, help);
const gauge = (labels: string, help: string): OwnMetric => metric("gauge", labels, help);

const LINK = "gateway direction";
const CROSSING = "gateway account direction";
const LEAF = "leaf account role";
const HUB = "remote leaf account";

const PROCESS = {
  isthmus_info: gauge("server_id server_name version nats_version gateway", "Always 1: who this box is."),
  isthmus_ready: gauge("", "1 while all listeners accept, else 0; /readyz tells the reason."),
  isthmus_start_time_seconds: gauge("", "When this box started, in seconds since 1970."),
  isthmus_config_load_time_seconds: gauge("", "When the configuration was read, in seconds since 1970."),
  isthmus_resident_memory_bytes: gauge("", "Memory that the process holds."),
  isthmus_cpu_ratio: gauge("", "Processor time taken, as a share of one core, over the last second or more."),
  isthmus_cores: gauge("", "Cores of the machine."),
  isthmus_certificate_not_after_seconds: gauge(
    "listener",
    "When the certificate of a listener ends, in seconds since 1970.",
  ),
  isthmus_http_requests_total: counter("path", "Monitoring requests, refused ones included."),
  isthmus_http_refused_requests_total: counter("", "Monitoring requests refused because too many were open."),
  isthmus_connections: gauge("kind", "Connections that are open."),
  isthmus_connections_opened_total: counter("", "Connections ever opened, of every kind."),
  isthmus_connections_refused_total: counter(
    "listener",
    "Connections sent away because more came in a second than connection_rate allows.",
  ),
  isthmus_connections_closed_total: counter(
    "kind reason",
    "Connections that ended, by the reasons of docs/reasons.md.",
  ),
  isthmus_slow_consumers_total: counter("kind", "Connections cut because they did not take what was sent."),
  isthmus_stale_connections_total: counter("kind", "Connections cut because PINGs went unanswered."),
  isthmus_subscriptions: gauge("", "Subscriptions of clients and leafs."),
  isthmus_messages_total: counter("direction", "Messages of all connections, in or out."),
  isthmus_payload_bytes_total: counter("direction", "Payload bytes of those messages, headers included."),
  isthmus_dropped_messages_total: counter(
    "kind cause",
    "Messages not sent to this kind (egress_full, payload_too_large), or not taken from it (permission).",
  ),
  isthmus_metrics_left_out: gauge(
    "what",
    "Accounts of gateway links, gateways, or leafs that this scrape has no series for, as they are too many.",
  ),
} as const;

const GATEWAYS = {
  isthmus_gateway_up: gauge(
    "gateway configured",
    "1 while our messages can go to the remote cluster, else 0: also for one never reached.",
  ),
  isthmus_gateway_state: gauge(
    "gateway state",
    "1 for the state that the dialled connection is in, 0 for the others.",
  ),
  isthmus_gateway_down_info: gauge(
    "gateway reason",
    "1 while the remote cluster is not connected, with why the last connection or dial ended.",
  ),
  isthmus_gateway_reconnects_total: counter("gateway", "How often the remote cluster was reached anew."),
  isthmus_gateway_failed_dials: gauge("gateway", "Rounds of dials that failed since it was reached last."),
  isthmus_gateway_last_close_time_seconds: gauge(
    "gateway",
    "When the dialled connection ended last, in seconds since 1970; 0 for never.",
  ),
  isthmus_gateway_connections: gauge(LINK, "Connections whose handshake is done."),
  isthmus_gateway_closed_total: counter(
    "gateway direction reason",
    "Connections that ended after their handshake, by the reasons of docs/reasons.md.",
  ),
  isthmus_gateway_rtt_seconds: gauge(LINK, "The last round trip; 0 before the first."),
  isthmus_gateway_pending_bytes: gauge(LINK, "Bytes that wait to leave."),
  isthmus_gateway_pending_age_seconds: gauge(
    LINK,
    "For about how long the oldest byte has waited to leave; 0 when none waits.",
  ),
  isthmus_gateway_blocked_seconds: gauge(
    LINK,
    "For how long the transport has taken nothing although bytes wait; 0 while it takes them.",
  ),
  isthmus_gateway_sent_wire_bytes_total: counter(LINK, "Bytes that the transport took, before TLS."),
  isthmus_gateway_messages_total: counter(LINK, "Messages of all accounts that crossed."),
  isthmus_gateway_payload_bytes_total: counter(LINK, "Payload bytes of those messages, headers included."),
  isthmus_gateway_dropped_messages_total: counter(
    "gateway direction cause",
    "Messages that did not cross although they were wanted.",
  ),
} as const;

const ACCOUNTS = {
  isthmus_gateway_account_messages_total: counter(CROSSING, "Messages of the account that crossed."),
  isthmus_gateway_account_payload_bytes_total: counter(
    CROSSING,
    "Payload bytes of those messages, headers included.",
  ),
  isthmus_gateway_account_suppressed_messages_total: counter(
    CROSSING,
    "Outbound: messages kept here since the remote does not want them. Inbound: came, and nobody wanted them.",
  ),
  isthmus_gateway_account_wire_bytes_total: counter(
    CROSSING,
    "Bytes of those messages with their protocol lines, before TLS.",
  ),
  isthmus_gateway_account_refused_messages_total: counter(
    `${CROSSING} rule`,
    "Messages that a rule of ours refused, by the rule's place in the configuration.",
  ),
  isthmus_gateway_account_refused_interest_total: counter(
    "gateway account",
    "Subjects that the remote wanted and a rule of ours does not let cross.",
  ),
  isthmus_gateway_account_mode: gauge(
    "gateway account direction mode",
    "1 for the mode that interest is in, 0 for the others.",
  ),
  isthmus_gateway_account_transitions_total: counter(
    `${CROSSING} cause`,
    "Lists of all interest that were begun, and why: of theirs (outbound) only what was there before.",
  ),
  isthmus_gateway_account_transition_seconds_total: counter(
    CROSSING,
    "How long all lists took that ended, each from its start to its end.",
  ),
  isthmus_gateway_account_last_transition_seconds: gauge(
    CROSSING,
    "How long the last list took from its start to its end; 0 before the first.",
  ),
  isthmus_gateway_account_interest: gauge(
    "gateway account kind",
    "Subjects that the remote wants: plain ones, and those of queue groups.",
  ),
  isthmus_gateway_account_muted_subjects: gauge(CROSSING, "Subjects refused one by one, while optimistic."),
} as const;

const LEAFS = {
  isthmus_leaf_links: gauge(LEAF, "Links that take part. role: what our end is, hub or spoke."),
  isthmus_leaf_rtt_seconds: gauge(LEAF, "The last round trip, the longest of several links."),
  isthmus_leaf_pending_bytes: gauge(LEAF, "Bytes that wait to leave."),
  isthmus_leaf_pending_age_seconds: gauge(
    LEAF,
    "For about how long the oldest byte has waited to leave; 0 when none waits.",
  ),
  isthmus_leaf_blocked_seconds: gauge(
    LEAF,
    "For how long the transport has taken nothing although bytes wait; 0 while it takes them.",
  ),
  isthmus_leaf_interest: gauge(LEAF, "Subjects that the peer wants."),
  isthmus_leaf_messages_total: counter(`${LEAF} direction`, "Messages in or out."),
  isthmus_leaf_payload_bytes_total: counter(
    `${LEAF} direction`,
    "Payload bytes of those messages, headers included.",
  ),
  isthmus_leaf_sent_wire_bytes_total: counter(LEAF, "Bytes that the transport took, before TLS."),
  isthmus_leaf_compression_bytes_total: counter(
    `${LEAF} direction side`,
    "Bytes of links with compression: plain as they were meant, wire as they travelled.",
  ),
  isthmus_leaf_dropped_messages_total: counter(
    `${LEAF} cause`,
    "Messages that were not sent although they were wanted.",
  ),
  isthmus_leaf_refused_messages_total: counter(LEAF, "Messages of the peer that it was not allowed to send."),
  isthmus_leaf_closed_total: counter(
    `${LEAF} reason`,
    "Links that ended after their handshake, by the reasons of docs/reasons.md; loops are among them.",
  ),
  isthmus_leaf_remote_up: gauge(HUB, "1 while the link of this entry of remotes takes part, else 0."),
  isthmus_leaf_remote_state: gauge(
    `${HUB} state`,
    "1 for the state that the entry of remotes is in, 0 for the others.",
  ),
  isthmus_leaf_remote_down_info: gauge(
    `${HUB} reason`,
    "1 while the entry of remotes is not connected, with why its last link or dial ended.",
  ),
  isthmus_leaf_remote_reconnects_total: counter(HUB, "How often the peer was reached anew."),
  isthmus_leaf_remote_failed_attempts: gauge(HUB, "Attempts that failed since it was reached last."),
  isthmus_leaf_remote_loops_total: counter(HUB, "How often the link ended because it closed a loop."),
} as const;

export const OWN_METRICS = { ...PROCESS, ...GATEWAYS, ...ACCOUNTS, ...LEAFS };

export type OwnName = keyof typeof OWN_METRICS;
