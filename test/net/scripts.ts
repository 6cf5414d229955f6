// The shortest conversations by which a nats-server takes one of our fake sessions for a hub, or for a spoke.
// Source: leafnode.md §2.

import type { LeafProxy, LeafRemoteOptions, LeafUrl } from "../../src/leaf/options.ts";
import type { LeafDialRequest } from "../../src/net/driven-core.ts";
import type { TlsOptions } from "../../src/net/tls.ts";
import type { FakeSession } from "./fake-core.ts";

const HUB = {
  server_id: "HUBHUBHUB",
  server_name: "HUB",
  version: "2.10.0",
  proto: 1,
  headers: true,
  max_payload: 1_048_576,
  client_id: 7,
  info_on_connect: true,
  leafnode_urls: ["127.0.0.1:7422"],
};

/** A hub that is told to want TLS if the transport has none yet. `interest` is what it subscribes to. */
export function actAsHub(session: FakeSession, more: { tls?: boolean; interest?: string } = {}): void {
  const wantsTls = more.tls === true && session.transport?.secure === false;
  session.says(`INFO ${JSON.stringify({ ...HUB, tls_required: more.tls === true, compression: "off" })}`);
  session.wantsTls = wantsTls;
  session.onLine = (line) => {
    if (line === "PING") session.says("PONG");
    if (!line.startsWith("CONNECT ")) return;
    session.says(`INFO ${JSON.stringify({ ...HUB, connect_info: true, remote_account: "$G" })}`);
    session.says("LS+ $LDS.hubhubhubhubhubhubhubh");
    if (more.interest !== undefined) session.says(`LS+ ${more.interest}`);
    session.says("PING");
  };
}

/** A spoke. It starts TLS where INFO asks for it. */
export function actAsSpoke(session: FakeSession, interest?: string): void {
  const connect = (): void =>
    session.says(
      'CONNECT {"version":"2.15.2","server_id":"SPOKE","name":"SPOKE","cluster":"SPOKE","headers":true}',
    );
  session.onSecured = connect;
  session.onLine = (line) => {
    if (line === "PING") session.says("PONG");
    if (!line.startsWith("INFO ")) return;
    const info = JSON.parse(line.slice(5)) as { tls_required?: boolean; connect_info?: boolean };
    const { transport } = session;
    if (info.connect_info === true) {
      session.says("LS+ $LDS.spokespokespokespokespo");
      if (interest !== undefined) session.says(`LS+ ${interest}`);
      session.says("PING");
    } else if (info.tls_required === true && !transport?.secure && !transport?.webSocket)
      session.wantsTls = true;
    else connect();
  };
}

const REMOTE: LeafRemoteOptions = {
  index: 0,
  urls: [],
  account: "$G",
  credentials: null,
  nkeySeed: null,
  denyImports: [],
  denyExports: [],
  hub: false,
  isolate: false,
  requestIsolation: false,
  disabled: false,
  noRandomize: true,
  ignoreDiscovered: false,
  firstInfoTimeoutMillis: 1_000,
  dialTimeoutMillis: 1_000,
  reconnectMillis: 1_000,
  compression: { mode: "off", rttThresholdsMillis: [10, 50, 100] },
  tlsRequired: false,
  handshakeFirst: false,
  webSocketCompression: false,
  proxy: null,
};

export const proxyAt = (port: number, more: Partial<LeafProxy> = {}): LeafProxy => ({
  url: `http://127.0.0.1:${port}`,
  user: null,
  password: null,
  timeoutMillis: 1_000,
  ...more,
});

/** A dial of `scheme://127.0.0.1:port`. */
export function dialOf(
  scheme: LeafUrl["scheme"],
  port: number,
  options: Partial<LeafRemoteOptions> = {},
  path = "",
): LeafDialRequest {
  const url: LeafUrl = { scheme, host: "127.0.0.1", port, path, user: null, password: null };
  return { remote: { options: { ...REMOTE, ...options } }, url, tlsName: "localhost" };
}

/** Contents of the files of a tls block, as net takes them. */
export async function tlsOf(block: Readonly<Record<string, unknown>>): Promise<TlsOptions> {
  const text = (key: string): Promise<string> => Bun.file(String(block[key])).text();
  return {
    cert: await text("cert_file"),
    key: await text("key_file"),
    ca: await text("ca_file"),
    verify: false,
    insecure: false,
    pinned: [],
    timeoutMillis: 2_000,
  };
}
