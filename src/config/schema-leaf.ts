// The `leafnodes` block: where leafs reach us, who may be one, and whose leaf we are.

import { z } from "zod";
import { block, key, keyOr, kind } from "./keys.ts";
import {
  advertise,
  connectionRate,
  duration,
  flag,
  host,
  list,
  listen,
  name,
  port,
  secret,
  size,
  text,
} from "./kinds.ts";
import {
  compressionMode,
  leafUrl,
  proxyUrl,
  publicUserKey,
  serverVersion,
  subjects,
  userSeed,
} from "./kinds-leaf.ts";
import { LEAF_REMOTE_TLS, LEAF_TLS, PROXY_TLS } from "./schema-leaf-tls.ts";
import { HANDSHAKE_TIME } from "./schema-tls.ts";
import { UNSUPPORTED_LEAF, UNSUPPORTED_LEAF_AUTHORIZATION, UNSUPPORTED_LEAF_REMOTE } from "./unsupported.ts";

/** As for gateways: room for one message of the largest size, and a bound on memory. */
const EGRESS = { min: 64 * 1024, max: 16 * 1024 ** 3 };

const WAIT = { min: 1, max: 3_600_000 };

const ROUND_TRIP = { min: 0, max: 3_600_000 };

const COMPRESSION = kind(
  z.union([
    compressionMode(),
    block({
      mode: keyOr(compressionMode(), "s2_auto", {
        help: "off, accept, s2_auto, s2_uncompressed, s2_fast, s2_better or s2_best.",
        reload: true,
      }),
      rtt_thresholds: keyOr(
        list(duration(ROUND_TRIP), "a list of durations", "[10ms, 50ms, 100ms]"),
        ["10ms", "50ms", "100ms"],
        {
          help: "Round trips up to which s2_auto takes uncompressed, fast and better; above, best.",
          reload: true,
          aliases: ["thresholds", "rtts", "rtt"],
        },
      ),
    }),
  ]),
  { wants: "a mode of compression, or mode and rtt_thresholds", example: "s2_auto" },
);

const PROXY = block({
  url: key(proxyUrl(), { help: "http://host:port or https://host:port of the proxy; needed.", reload: true }),
  username: key(text("a user name", "proxy"), { help: "User at the proxy.", reload: true }),
  password: key(secret("a password in quotes"), { help: "Password at the proxy.", reload: true }),
  timeout: key(duration(WAIT), {
    help: "Time for the proxy to reach the hub (absent: dial_timeout).",
    reload: true,
  }),
  tls: key(PROXY_TLS, { help: "TLS to a proxy whose URL is https://.", reload: true }),
});

const HUB = {
  url: key(leafUrl(), {
    help: "URL of a hub: nats://, nats-leaf://, tls://, ws:// or wss://; a user alone is a token.",
    reload: true,
  }),
  urls: key(list(leafUrl(), "a list of URLs", '["nats://host:7422"]'), {
    help: "URLs of the servers of one hub cluster; they are tried in turn.",
    reload: true,
  }),
  account: key(name("an account name", "ORDERS"), {
    help: "Our account that the link belongs to (absent: $G).",
    reload: true,
    aliases: ["local"],
  }),
  credentials: key(text("a file name", "leaf.creds"), {
    help: "File with the JWT and seed (.creds) that we log in to the hub with.",
    reload: true,
    aliases: ["creds"],
  }),
  nkey: key(userSeed(), {
    help: "Seed (SU...) that we log in to the hub with; not together with credentials.",
    reload: true,
    aliases: ["seed"],
  }),
  tls: key(LEAF_REMOTE_TLS, { help: "TLS to this hub, whether its INFO asks for it or not.", reload: true }),
  proxy: key(PROXY, { help: "HTTP proxy that the hub is reached through (CONNECT).", reload: true }),
};

const INTEREST = {
  deny_imports: key(subjects(), {
    help: "Subjects that the hub may not send to us.",
    reload: true,
    aliases: ["deny_import"],
  }),
  deny_exports: key(subjects(), {
    help: "Subjects that we do not send to the hub.",
    reload: true,
    aliases: ["deny_export"],
  }),
  hub: keyOr(flag(), false, {
    help: "We are the hub on this link although we dial.",
    reload: true,
  }),
  isolate_leafnode_interest: keyOr(flag(), false, {
    help: "The other end hears nothing of the interest of our other leafs.",
    reload: true,
    aliases: ["isolate"],
  }),
  request_isolation: keyOr(flag(), false, {
    help: "Asks the hub not to tell us of the interest of its other leafs.",
    reload: true,
  }),
};

const DIALING = {
  disabled: keyOr(flag(), false, { help: "Keeps the entry and does not dial.", reload: true }),
  no_randomize: keyOr(flag(), false, {
    help: "Tries the URLs in the order of the list and not in a shuffled one.",
    reload: true,
    aliases: ["dont_randomize"],
  }),
  ignore_discovered_servers: keyOr(flag(), false, {
    help: "Dials the URLs above only, and none that the hub tells of.",
    reload: true,
  }),
  first_info_timeout: keyOr(duration(HANDSHAKE_TIME), "1s", {
    help: "Time for the hub to send its INFO, after the upgrade to WebSocket if there is one.",
    reload: true,
  }),
  dial_timeout: key(duration(HANDSHAKE_TIME), {
    help: "Time to reach this hub (absent: dial_timeout of leafnodes).",
    reload: true,
  }),
  compression: key(COMPRESSION, {
    help: "Compression (S2) towards this hub (absent: s2_auto); none over WebSocket.",
    reload: true,
  }),
  ws_compression: keyOr(flag(), false, {
    help: "Asks for compressed messages (permessage-deflate) on ws:// and wss://.",
    reload: true,
    aliases: ["ws_compress", "websocket_compress", "websocket_compression"],
  }),
  ws_no_masking: keyOr(flag(), false, {
    help: "Accepted for nats-server's sake: what we send over WebSocket is always masked.",
    reload: true,
    aliases: ["websocket_no_masking"],
  }),
};

const REMOTE = block({ ...HUB, ...INTEREST, ...DIALING }, UNSUPPORTED_LEAF_REMOTE);

const USER = block(
  {
    user: key(text("a user name", "edge"), {
      help: "Name that the leaf must give.",
      reload: true,
      aliases: ["username"],
    }),
    password: key(secret("a password in quotes"), {
      help: "Password of the leaf, plain or as a bcrypt hash ($2a$...).",
      reload: true,
      aliases: ["pass"],
    }),
    account: key(name("an account name", "ORDERS"), {
      help: "Account of that leaf (absent: $G).",
      reload: true,
    }),
  },
  UNSUPPORTED_LEAF_AUTHORIZATION,
);

const AUTHORIZATION = block(
  {
    user: key(text("a user name", "edge"), {
      help: "The only user that leafs may be; not together with nkey or users.",
      reload: true,
      aliases: ["username"],
    }),
    password: key(secret("a password in quotes"), {
      help: "Password of that only user of leafs.",
      reload: true,
      aliases: ["pass"],
    }),
    nkey: key(publicUserKey(), {
      help: "Public key (U...) of the only leaf that may come; not together with user or users.",
      reload: true,
    }),
    account: key(name("an account name", "ORDERS"), {
      help: "Account of the user or nkey beside it, or of all leafs where nobody logs in (absent: $G).",
      reload: true,
    }),
    users: key(list(USER, "a list of users", '[{user: edge, password: "..."}]'), {
      help: "Users that leafs may be, each with its account.",
      reload: true,
    }),
    timeout: key(duration(HANDSHAKE_TIME), {
      help: "Time for a leaf to send its credentials (absent: 2s, with TLS tls.timeout and 1s).",
      reload: true,
    }),
  },
  UNSUPPORTED_LEAF_AUTHORIZATION,
);

const LISTENER = {
  host: key(host(), {
    help: "Address to accept leafs on (absent: 127.0.0.1).",
    reload: true,
    aliases: ["net"],
  }),
  port: key(port(), {
    help: "Port to accept leafs on, by custom 7422; -1 takes any free one (absent: none is).",
    reload: true,
  }),
  listen: key(listen(), {
    help: "host:port to accept leafs on, in place of host and port.",
    reload: true,
  }),
  advertise: key(advertise(), {
    help: "host or host:port that leafs are told to dial (absent: the listen address).",
    reload: true,
    aliases: ["leafnode_advertise"],
  }),
  connection_rate: key(connectionRate(), {
    help: "Leafs that may come in a second; more are sent away at once (absent: any number).",
    reload: true,
  }),
  no_advertise: keyOr(flag(), false, { help: "Tells leafs no address to dial.", reload: true }),
  authorization: key(AUTHORIZATION, {
    help: "Who may be a leaf (absent: whoever may be a client).",
    reload: true,
  }),
  tls: key(LEAF_TLS, { help: "TLS of accepted leafs.", reload: true }),
  compression: key(COMPRESSION, {
    help: "Compression (S2) of accepted leafs (absent: s2_auto); none over WebSocket.",
    reload: true,
  }),
  min_version: key(serverVersion(), {
    help: "Least version of nats-server that a leaf may have, from 2.8.0 on (absent: any).",
    reload: true,
    aliases: ["minimum_version"],
  }),
  isolate_leafnode_interest: keyOr(flag(), false, {
    help: "Accepted leafs hear nothing of each other's interest.",
    reload: true,
    aliases: ["isolate"],
  }),
};

export const LEAFNODES = block(
  {
    ...LISTENER,
    reconnect: keyOr(duration(WAIT), "1s", {
      help: "Time between two attempts to reach a hub.",
      reload: true,
      aliases: ["reconnect_delay", "reconnect_interval"],
    }),
    dial_timeout: keyOr(duration(HANDSHAKE_TIME), "1s", {
      help: "Time to reach a hub, unless its remote has another.",
      reload: true,
    }),
    write_deadline: key(duration(WAIT), {
      help: "Time for a leaf or hub to take what is sent, or it is cut off (absent: write_deadline of clients).",
      reload: true,
    }),
    max_pending: key(size(EGRESS), {
      help: "Bytes that may wait for one leaf or hub; messages over it are dropped (absent: max_pending).",
      reload: true,
    }),
    remotes: key(list(REMOTE, "a list of hubs", '[{urls: ["nats://host:7422"]}]'), {
      help: "Hubs that we are a leaf of; several may be one cluster's for several accounts.",
      reload: true,
    }),
  },
  UNSUPPORTED_LEAF,
);

export type CompressionSettings = z.output<typeof COMPRESSION>;
