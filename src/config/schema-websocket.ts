// The `websocket` block: where clients and leafs are accepted over WebSocket.

import { z } from "zod";
import { block, key, keyOr, kind } from "./keys.ts";
import { advertise, connectionRate, duration, flag, host, list, listen, port, text } from "./kinds.ts";
import { origin } from "./kinds-leaf.ts";
import { WEBSOCKET_TLS } from "./schema-leaf-tls.ts";
import { HANDSHAKE_TIME } from "./schema-tls.ts";
import { UNSUPPORTED_WEBSOCKET } from "./unsupported.ts";

const ORIGINS = { wants: "an origin or a list of origins", example: '["https://app.example.org"]' };

export const WEBSOCKET = block(
  {
    host: key(host(), {
      help: "Address to accept WebSocket on (absent: 127.0.0.1).",
      reload: true,
      aliases: ["net"],
    }),
    port: key(port(), {
      help: "Port to accept WebSocket on; -1 takes any free one (absent: none is).",
      reload: true,
    }),
    listen: key(listen(), {
      help: "host:port to accept WebSocket on, in place of host and port.",
      reload: true,
    }),
    advertise: key(advertise(), {
      help: "host or host:port that peers are told to dial over WebSocket (absent: the listen address).",
      reload: true,
    }),
    connection_rate: key(connectionRate(), {
      help: "WebSocket connections that may come in a second; more are sent away at once (absent: any number).",
      reload: true,
    }),
    no_tls: keyOr(flag(), false, {
      help: "Takes ws:// without TLS; one of no_tls and tls is needed.",
      reload: true,
    }),
    tls: key(WEBSOCKET_TLS, { help: "TLS of WebSocket connections, wss://.", reload: true }),
    compression: keyOr(flag(), false, {
      help: "Compresses messages (permessage-deflate) for peers that ask for it.",
      reload: true,
      aliases: ["compress"],
    }),
    same_origin: keyOr(flag(), false, {
      help: "An Origin header must name the host that the request went to.",
      reload: true,
    }),
    allowed_origins: key(kind(z.union([origin(), list(origin(), ORIGINS.wants, ORIGINS.example)]), ORIGINS), {
      help: "Scheme, host and port of the only Origin headers that are taken (absent: any).",
      reload: true,
      aliases: ["allowed_origin", "allow_origins", "allow_origin", "origins", "origin"],
    }),
    handshake_timeout: keyOr(duration(HANDSHAKE_TIME), "2s", {
      help: "Time for a peer to ask for the upgrade to WebSocket.",
      reload: true,
    }),
    no_auth_user: key(text("a user name", "alice"), {
      help: "User that clients and leafs without credentials become over WebSocket (absent: no_auth_user).",
      reload: true,
    }),
  },
  UNSUPPORTED_WEBSOCKET,
);
