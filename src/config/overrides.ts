// What the command line says over the file: flags win, key by key, as in nats-server.

import type { Places } from "./places.ts";
import type { Settings } from "./schema.ts";

/**
 * Values of flags, already checked for their own sake; a key that is absent was not given. Port 0: any
 * free one.
 */
export interface Overrides {
  readonly serverName?: string;
  readonly host?: string;
  readonly port?: number;
  readonly httpPort?: number;
  readonly httpsPort?: number;
  readonly pidFile?: string;
  readonly portsFileDir?: string;
  readonly logFile?: string;
  readonly logSizeLimit?: number;
  readonly logtime?: boolean;
  readonly debug?: boolean;
  readonly trace?: boolean;
  readonly traceVerbose?: boolean;
}

/** The file's settings with the flags put over them; findings on these keys name the command line. */
export function override(settings: Settings, overrides: Overrides, places: Places): Settings {
  const replaced: Partial<Settings> = {
    ...clientListener(settings, overrides),
    ...present("server_name", overrides.serverName),
    ...present("pid_file", overrides.pidFile),
    ...present("ports_file_dir", overrides.portsFileDir),
    ...present("log_file", overrides.logFile),
    ...present("log_size_limit", overrides.logSizeLimit),
    ...present("logtime", overrides.logtime),
    ...present("debug", overrides.debug),
    ...present("trace", overrides.trace),
    ...present("trace_verbose", overrides.traceVerbose),
  };
  if (overrides.httpPort !== undefined) {
    replaced.http = { host: settings.http?.host ?? null, port: overrides.httpPort };
    replaced.http_port = undefined;
  }
  if (overrides.httpsPort !== undefined) {
    replaced.https = { host: settings.https?.host ?? null, port: overrides.httpsPort };
    replaced.https_port = undefined;
  }
  const place = { file: "command line", line: 0, column: 0 };
  for (const key of Object.keys(replaced)) {
    places.set([key], { key: place, value: place, variable: null, source: null });
  }
  return { ...settings, ...replaced };
}

/** `-a` and `-p` each replace their half of a `listen`, and leave the other half as it is. */
function clientListener(settings: Settings, overrides: Overrides): Partial<Settings> {
  const { host, port } = overrides;
  if (host === undefined && port === undefined) return {};
  const replaced: Partial<Settings> = { ...present("host", host), ...present("port", port) };
  const { listen } = settings;
  if (listen === undefined) return replaced;
  const before: Partial<Settings> = { ...present("host", listen.host ?? undefined), port: listen.port };
  return { ...before, ...replaced, listen: undefined };
}

function present<K extends keyof Settings>(key: K, value: Settings[K] | undefined): Partial<Settings> {
  return value === undefined ? {} : ({ [key]: value } as Partial<Settings>);
}
