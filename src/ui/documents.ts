// The JSON of the endpoints, as far as the dashboard reads it: nats-server's fields and our own beside them.

export interface Varz {
  readonly server_id: string;
  readonly server_name: string;
  readonly now: string;
  readonly uptime: string;
  readonly cpu: number;
  readonly mem: number;
  readonly connections: number;
  readonly leafnodes: number;
  readonly subscriptions: number;
  readonly in_msgs: number;
  readonly out_msgs: number;
  readonly in_bytes: number;
  readonly out_bytes: number;
  readonly slow_consumers: number;
  readonly gateway?: { readonly name?: string };
  readonly cluster?: { readonly name?: string };
  readonly metadata?: { readonly product_version?: string };
}

/** One TCP connection of a gateway, or of a client. */
export interface Connection {
  readonly cid: number;
  readonly ip: string;
  readonly port: number;
  readonly start: string;
  readonly last_activity: string;
  readonly rtt: string;
  readonly uptime: string;
  readonly idle: string;
  readonly pending_bytes: number;
  readonly in_msgs: number;
  readonly out_msgs: number;
  readonly in_bytes: number;
  readonly out_bytes: number;
  readonly subscriptions: number;
  readonly dropped?: number;
  readonly suppressed?: number;
  readonly unwanted?: number;
  readonly tls_version?: string;
}

/** Something that happened to a remote. */
export interface RemoteEvent {
  readonly at: string;
  readonly event: string;
  readonly reason?: string;
}

/** The interest mode of an account changed. */
export interface ModeEvent {
  readonly at: string;
  readonly account: string;
  readonly from: string;
  readonly mode: string;
  /** How long the mode before it had lasted; absent for the first. */
  readonly after_ms?: number;
}

/** What both kinds of remotes that we dial have in common. */
export interface RemoteFields {
  readonly state: "waiting" | "dialing" | "connected" | "disabled";
  readonly reconnects: number;
  readonly urls: readonly string[];
  /** One of those of docs/reasons.md; absent while it is connected. */
  readonly reason?: string;
  readonly last_error?: string;
  readonly last_close?: { readonly reason: string; readonly at: string };
  readonly next_attempt?: string;
  readonly history?: readonly RemoteEvent[];
}

export interface Account {
  readonly name: string;
  readonly mode: string;
  readonly mode_history?: readonly { readonly at: string; readonly mode: string }[];
  readonly messages: number;
  readonly bytes: number;
  readonly suppressed?: number;
  readonly unwanted?: number;
  readonly refused?: number;
  readonly refused_by?: string;
  readonly refused_interest?: number;
  readonly no_interest_count?: number;
  readonly num_subs?: number;
  readonly num_queue_subs?: number;
  readonly transitions: number;
  readonly last_transition?: string;
  readonly last_transition_ms?: number;
  readonly subscriptions_list_detail?: readonly Subject[];
  readonly subscriptions_total?: number;
  readonly subscriptions_truncated?: boolean;
}

export interface Subject {
  readonly subject: string;
  readonly qgroup?: string;
}

interface GatewaySide {
  readonly configured: boolean;
  readonly connection: Connection;
  readonly server_name?: string;
  readonly version?: string;
  readonly accounts?: readonly Account[];
  readonly accounts_total?: number;
  readonly modes?: readonly ModeEvent[];
}

export type Outbound = GatewaySide & RemoteFields;
export type Inbound = GatewaySide;

/** Connections of one kind that ended for one reason in the last minutes. */
export interface EndedLately {
  readonly kind: string;
  readonly reason: string;
  readonly count: number;
  /** When the newest ended, and who that was. */
  readonly last: string;
  readonly peer?: string;
}

export interface Gatewayz {
  readonly now: string;
  readonly name?: string;
  readonly outbound_gateways: Readonly<Record<string, Outbound>> | null;
  readonly inbound_gateways: Readonly<Record<string, readonly Inbound[]>>;
  /** With history only. */
  readonly ended_lately?: readonly EndedLately[];
}

export interface Leaf {
  readonly id: number;
  readonly name: string;
  readonly is_spoke: boolean;
  readonly is_isolated?: boolean;
  readonly account: string;
  readonly ip: string;
  readonly port: number;
  readonly rtt: string;
  readonly in_msgs: number;
  readonly out_msgs: number;
  readonly in_bytes: number;
  readonly out_bytes: number;
  readonly subscriptions: number;
  readonly subscriptions_list?: readonly string[];
  readonly subscriptions_total?: number;
  readonly subscriptions_truncated?: boolean;
  readonly compression?: string;
  readonly websocket?: boolean;
  readonly solicited: boolean;
  readonly remote?: number;
  readonly version?: string;
  readonly remote_cluster?: string;
  readonly start: string;
  readonly pending_bytes: number;
  readonly dropped: number;
  readonly refused: number;
  readonly loops: number;
  readonly out_wire_bytes: number;
  readonly out_compression_ratio?: number;
  readonly in_compression_ratio?: number;
  readonly saved_bytes?: number;
  readonly tls_version?: string;
  readonly last_error?: string;
}

/** A hub, or a spoke, that we dial. */
export interface LeafRemote extends RemoteFields {
  readonly remote: number;
  readonly name: string;
  readonly is_spoke: boolean;
  readonly account: string;
  readonly attempts: number;
  readonly loops: number;
  readonly last_url?: string;
}

export interface Leafz {
  readonly now: string;
  readonly leafnodes: number;
  readonly total?: number;
  readonly leafs: readonly Leaf[];
  readonly remotes: readonly LeafRemote[];
  readonly remotes_total?: number;
  /** With history only. */
  readonly ended_lately?: readonly EndedLately[];
}

export interface Client extends Connection {
  readonly kind: string;
  readonly name?: string;
  readonly lang?: string;
  readonly version?: string;
  readonly account?: string;
  readonly authorized_user?: string;
  readonly stop?: string;
  readonly reason?: string;
}

export interface Connz {
  readonly now: string;
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
  readonly num_connections: number;
  readonly connections: readonly Client[];
}
