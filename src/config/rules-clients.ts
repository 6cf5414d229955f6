// What must be true of TLS with clients and of monitoring, which shows the same certificate.

import type { Path, Places } from "./places.ts";
import { checkListenerTls } from "./rules-listener.ts";
import type { Settings } from "./schema.ts";
import { writtenUsers } from "./users.ts";

const TLS: Path = ["tls"];

export function checkClientTls(settings: Settings, places: Places): void {
  const { tls, allow_non_tls } = settings;
  if (tls !== undefined) checkListenerTls(tls, TLS, places);
  if (allow_non_tls && places.isMissing(TLS)) {
    places.onKey(
      ["allow_non_tls"],
      "without effect: there is no tls, so all clients speak in clear",
      "warning",
    );
  }
  if (allow_non_tls && tls?.handshake_first === true) {
    const message = "without effect: with tls.handshake_first nobody is served who does not begin with TLS";
    places.onKey(["allow_non_tls"], message, "warning");
  }
  if (tls?.verify_and_map && writtenUsers(settings).every(({ user }) => user === undefined)) {
    const message = "without effect: there are no users that a certificate could name";
    places.onKey([...TLS, "verify_and_map"], message, "warning");
  }
}

export function checkMonitoring(settings: Settings, places: Places): void {
  const { http, http_port, https, https_port } = settings;
  if (http !== undefined && http_port !== undefined)
    places.onKey(["http_port"], "not together with http, which has host and port");
  if (https !== undefined && https_port !== undefined)
    places.onKey(["https_port"], "not together with https, which has host and port");
  for (const key of ["https", "https_port"] as const) {
    if (settings[key] === undefined || !places.isMissing(TLS)) continue;
    places.onKey([key], "needs tls, whose certificate is shown; write tls with cert_file and key_file");
  }
}
