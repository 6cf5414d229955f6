// The `gateway` block: who we are to other regions, where they reach us, and whom we dial.

import { GATEWAY_PORT } from "./address.ts";
import { block, key, keyOr } from "./keys.ts";
import {
  advertise,
  connectionRate,
  count,
  duration,
  flag,
  gatewayUrl,
  host,
  list,
  listen,
  name,
  port,
  secret,
  size,
  text,
} from "./kinds.ts";
import { RULES } from "./schema-rules.ts";
import { GATEWAY_TLS, HANDSHAKE_TIME, REMOTE_TLS } from "./schema-tls.ts";
import { UNSUPPORTED_GATEWAY, UNSUPPORTED_GATEWAY_AUTHORIZATION } from "./unsupported.ts";

const COUNT_MAX = 2 ** 31 - 1;

/**
 * The egress bound must hold at least one message of the largest size; the upper end is a bound on
 * memory.
 */
const EGRESS = { min: 64 * 1024, max: 16 * 1024 ** 3 };

const WRITE_TIME = { min: 1, max: 3_600_000 };

const REMOTE = block({
  name: key(name("the name of a remote gateway", "region-b"), {
    help: "Name of the remote cluster, as its own servers have it in gateway.name.",
    reload: true,
  }),
  url: key(gatewayUrl(), {
    help: "URL of one server of the remote cluster; with urls, one more of them.",
    reload: true,
  }),
  urls: key(list(gatewayUrl(), "a list of URLs", '["nats://host:7222"]'), {
    help: "URLs of servers of the remote cluster; one that answers is enough.",
    reload: true,
  }),
  tls: key(REMOTE_TLS, {
    help: "TLS for dialing this remote, instead of gateway.tls.",
    reload: true,
  }),
  ...RULES,
});

const AUTHORIZATION = block(
  {
    user: key(text("a user name", "gateway"), {
      help: "User that accepted gateways must give, and that we give where a URL has none.",
      reload: true,
      aliases: ["username"],
    }),
    password: key(secret("a password in quotes"), {
      help: "Password of that user.",
      reload: true,
      aliases: ["pass"],
    }),
    timeout: key(duration(HANDSHAKE_TIME), {
      help: "Time for a peer to send its credentials (absent: 2s, with TLS tls.timeout and 1s).",
      reload: true,
    }),
  },
  UNSUPPORTED_GATEWAY_AUTHORIZATION,
);

export const GATEWAY = block(
  {
    name: key(name("the name of this cluster", "region-a"), {
      help: "Name of this cluster in the super-cluster; needed, and different in every region.",
      reload: false,
    }),
    host: key(host(), {
      help: "Address to accept gateways on (absent: 127.0.0.1).",
      reload: true,
      aliases: ["net"],
    }),
    port: keyOr(port(), GATEWAY_PORT, {
      help: "Port to accept gateways on; -1 takes any free one.",
      reload: true,
    }),
    listen: key(listen(), {
      help: "host:port to accept gateways on, in place of host and port.",
      reload: true,
    }),
    advertise: key(advertise(), {
      help: "host or host:port that other regions are told to dial (absent: the listen address).",
      reload: true,
    }),
    connection_rate: key(connectionRate(), {
      help: "Gateways that may come in a second; more are sent away at once (absent: any number).",
      reload: true,
    }),
    authorization: key(AUTHORIZATION, {
      help: "User and password that all clusters share.",
      reload: true,
    }),
    tls: key(GATEWAY_TLS, {
      help: "TLS on gateway connections, always mutual and from the first byte.",
      reload: true,
    }),
    reject_unknown: keyOr(flag(), false, {
      help: "Refuses clusters that are not listed in gateways.",
      reload: true,
      aliases: ["reject_unknown_cluster"],
    }),
    connect_retries: keyOr(count("attempts", { min: 0, max: COUNT_MAX }), 0, {
      help: "Further rounds of dialing a cluster that is not listed in gateways, before it is forgotten.",
      reload: true,
    }),
    connect_backoff: keyOr(flag(), false, {
      help: "Waits 1, 2, 4 … 30 s between rounds of dialing, instead of 1 s each time.",
      reload: true,
    }),
    write_deadline: key(duration(WRITE_TIME), {
      help: "Time for a gateway to take what is sent, or it is cut off (absent: write_deadline of clients).",
      reload: true,
    }),
    max_pending: key(size(EGRESS), {
      help: "Bytes that may wait for one gateway; messages over it are dropped (absent: max_pending of clients).",
      reload: true,
    }),
    interest_only_threshold: keyOr(count("subjects", { min: 0, max: 1_000_000 }), 0, {
      help: "No-interest subjects of an account after which a remote before 2.9 gets all interest; 0: at once.",
      reload: true,
    }),
    gateways: key(
      list(REMOTE, "a list of remote gateways", '[{name: region-b, urls: ["nats://host:7222"]}]'),
      {
        help: "Remote clusters to dial; an entry for this cluster itself is ignored.",
        reload: true,
      },
    ),
  },
  UNSUPPORTED_GATEWAY,
);
