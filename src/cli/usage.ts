// What --help and -v print, in the shape that users of nats-server know.

export const USAGE = `
Usage: isthmus [options]
       isthmus check [-c <appliance.yaml>] [--json]
       isthmus import <nats.conf> [-o <appliance.yaml>]
       isthmus plan -c <new.yaml> [--from <running.yaml>]
       isthmus explain <account> <subject> [--reply <subject>] [--from <client|leaf|gateway>]
                       [--size <bytes>] [--json] [--admin <socket-file>] [--url <url>]
       isthmus healthcheck [--ready] [--live] [--timeout <seconds>] [--json]
                       [--admin <socket-file>] [--url <url>]
       isthmus top     [--once] [--interval <seconds>] [--rows <count>] [--json]
                       [--admin <socket-file>] [--url <url>]
       isthmus tap <link> --admin <socket-file> [--account <name>] [--subject <pattern>]
                       [--limit <count>] [--rate <per second>] [--seconds <time>] [--payload] [--json]
       isthmus diag    [-o <file.tar.gz>] [--json] [--admin <socket-file>] [--url <url>]

Server Options:
    -a, --addr, --net <host>         Bind to host address (default: 127.0.0.1)
    -p, --port <port>                Use port for clients (default: 4222)
    -n, --name
        --server_name <server_name>  Server name (default: auto)
    -P, --pid <file>                 File to store PID
    -m, --http_port <port>           Use port for http monitoring
    -ms, --https_port <port>         Use port for https monitoring
    -c, --config <file>              Configuration file (YAML or JSON; nats-server's own
                                     syntax if it ends in .conf)
    -t                               Test configuration and exit
    -sl, --signal <signal>           Send signal to a running isthmus (ldm, stop, quit, term, reopen,
                                     reload), or <signal>=<pid or pid file>, and exit
        --ports_file_dir <dir>       Create isthmus_<pid>.ports in this folder: where it listens

Logging Options:
    -l, --log <file>                 File to redirect log output
    -T, --logtime                    Timestamp log entries (default: true)
        --log_size_limit <limit>     Bytes of a log file before it is set aside (default: no limit)
    -D, --debug                      Enable debugging output
    -V, --trace                      Trace the raw protocol
    -VV                              Verbose trace (traces system account as well)
    -DV                              Debug and trace
    -DVV                             Debug and verbose trace (traces system account as well)

Common Options:
    -h, --help                       Show this message
    -v, --version                    Show version

Flags win over the configuration file. A flag may be written with one dash or two, and with
a blank or = before its value; -T=false switches a flag off.

explain tells who would get a message, by which rule, over which link, and what it costs.
healthcheck ends with 0 for a box that is well, by /healthz, /readyz or /livez, and else with 1.
top shows what a box does, again and again, or --once for scripts. tap copies what crosses a
link: a gateway, leaf or client by its name, or cid:N, gid:N, lid:N. diag writes one archive
for a bug report, without secrets; with the admin socket there is more in it. These ask a box that runs,
by its admin socket or by its monitoring (http://127.0.0.1:8222 unless --url says otherwise);
they end with 0, with 1 when the box refuses, and with 2 when it cannot be asked.

check tells everything that is wrong or unwise in a configuration, with file, line and
column, and ends with 1 if the box would not start with it; --json tells it to tools.

import writes the YAML that does what a nats-server configuration does, to standard output
or to a new file, and tells on standard error what could not be carried over.
`;

/** One line, as `nats-server -v` prints it. */
export function versionLine(version: string): string {
  return `isthmus: v${version}\n`;
}
