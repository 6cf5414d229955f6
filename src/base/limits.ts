// Every fixed bound in one place, each with its unit, its reason and its source.

const KIB = 1024;
const MIB = 1024 * KIB;

/** The receive window that all sessions of an appliance share, in bytes; larger frames get a buffer of their
 *  own. */
export const INPUT_BYTES = 1 * MIB;

/** What a peer's egress takes first, in bytes: enough for a few messages, so that many peers stay cheap. */
export const SMALL_BLOCK_BYTES = 4 * KIB;

/** What it takes next, in bytes: one system call sends it. */
export const LARGE_BLOCK_BYTES = 256 * KIB;

/** How much of the arena is kept for blocks, in bytes; what does not fit is allocated and collected. */
export const BLOCK_POOL_BYTES = 32 * MIB;

/** The longest control line of a server peer, in bytes: 16 × nats-server's max_control_line. Source:
 *  gateway.md §2.6. */
export const SERVER_LINE_BYTES = 16 * 4096;

/** The longest control line of a peer that has not said who it is, in bytes: room for one CONNECT or INFO. */
export const UNKNOWN_LINE_BYTES = 16 * KIB;

/** The largest message taken from a gateway, in bytes. nats-server has no bound there; its own messages stay
 *  below this. */
export const SERVER_PAYLOAD_BYTES = 64 * MIB;

/** How many account names may be known at once, from configuration and from remotes together. */
export const ACCOUNT_COUNT_MAX = 1_000_000;

/** How many queue group names may be known at once. */
export const QUEUE_COUNT_MAX = 1_000_000;

/**
 * How many muted subjects of one account we remember for a remote that has not sent us its interest.
 * Over it we go on sending what it mutes and it drops that. Source: gateway.md §3.4, where the peer switches
 * at 1,000.
 */
export const MUTED_COUNT_MAX = 2_000;

/** How many rows of interest one remote cluster may make us hold. Over it the connection is closed. */
export const REMOTE_INTEREST_MAX = 16_000_000;

/** How many gateways may be learned by gossip; configured ones are not counted. */
export const IMPLICIT_REMOTE_MAX = 1_000;

/** How many URLs of one remote cluster are kept. */
export const REMOTE_URL_MAX = 1_000;

/** How long a subscription is recent, in milliseconds: replies that it covers are mapped. Source: gateway.md
 *  §4.3. */
export const RECENT_SUBSCRIPTION_MILLIS = 2_000;

/** How many recent subscriptions of an account are compared; with more of them every reply is mapped, which
 *  is legal. */
export const RECENT_COMPARED_MAX = 16;

/** How long a mapped reply is remembered for the client that must answer it, in milliseconds. Source:
 *  gateway.md §4.4. */
export const REPLY_MAPPING_MILLIS = 4_000;

/** How many mapped replies one client may have open. The oldest gives way. */
export const REPLY_MAPPING_MAX = 65_536;

/** How long the interval between PINGs on a gateway may be, in milliseconds. Source: gateway.md §5.7. */
export const GATEWAY_PING_MILLIS_MAX = 15_000;

/** After how long an accepted server peer is pinged first, in milliseconds; up to a fifth is added by
 *  chance. */
export const FIRST_PING_MILLIS = 1_000;

/** How long a dial may take, in milliseconds. Source: gateway.md §5.4. */
export const DIAL_MILLIS = 1_000;

/** How long we wait between rounds of dials, in milliseconds, and at most with connect_backoff. */
export const REDIAL_MILLIS = 1_000;
export const REDIAL_MILLIS_MAX = 30_000;

/** Bytes of control lines that may wait beyond the bound for messages; a peer that asks on and reads nothing
 *  is cut. */
export const CONTROL_SLACK_BYTES = 256 * KIB;

/** How many bytes of interest lines are put into an egress before the socket must take some: two thousand
 *  lines, for which messages wait some 0.2 ms. */
export const LISTING_SLICE_BYTES = 64 * KIB;

/** How many events of one remote (transitions, closes) are kept to be shown. */
export const HISTORY_MAX = 64;

/** How many closed connections are kept to be shown. nats-server keeps 10,000. */
export const CLOSED_MAX = 10_000;

/** The most input bytes of one S2 block that we send. Source: leafnode.md §9.3, nats-server's own blocks. */
export const S2_BLOCK_BYTES = 1 * MIB;

/** The largest decoded S2 block taken from an authenticated peer, in bytes. Source: leafnode.md §9.3, what
 *  nats-server takes. */
export const S2_BLOCK_BYTES_MAX = 4 * MIB;

/** The largest decoded S2 block taken from a peer that has not said who it is, in bytes: one control line
 *  and its end. */
export const S2_UNKNOWN_BLOCK_BYTES_MAX = 2 * UNKNOWN_LINE_BYTES;

/** The largest block after the identifier of plain Snappy, in bytes. Source: leafnode.md §9.3. */
export const SNAPPY_BLOCK_BYTES_MAX = 64 * KIB;

/** How many bytes one piece of an S2 stream, as a socket hands it over, may become: a bomb would hold
 *  everything up for a minute. */
export const S2_FEED_BYTES_MAX = 256 * MIB;

/** How many bytes of buffers wait for S2 streams to borrow them: two of the largest chunk. */
export const S2_STOCK_BYTES = 16 * MIB;

/** How many rows of interest one leaf may make us hold; over it a subscription is refused. */
export const LEAF_INTEREST_MAX = 8_000_000;

/** How many bytes are held of a peer whose login waits for its account; over it the peer is cut. */
export const HELD_BYTES_MAX = 64 * KIB;

/** How many replies one client may be allowed to answer beside its permissions; the oldest is forgotten. */
export const GRANTED_ANSWERS_MAX = 4_096;

/** How many accounts are fetched at a time, and how many logins wait for them; over either, a login is
 *  refused. */
export const FETCHES_MAX = 256;
export const WAITING_LOGINS_MAX = 4_096;

/** After so long an account that was asked for is not waited for any more, in milliseconds. */
export const FETCH_MILLIS_MAX = 5_000;

/** How long a hub may take to answer CONNECT, in milliseconds. Source: leafnode.md §2. */
export const CONNECT_INFO_MILLIS = 2_000;

/** How many imported requests of one account may wait for answers; over it its oldest one is given up, and no
 *  other account's. Some 400 bytes each. nats-server sets no bound. */
export const ANSWERS_MAX = 65_536;

/** How many accounts one message may pass through by service imports. nats-server stops at cycles alone. */
export const IMPORT_DEPTH_MAX = 16;
