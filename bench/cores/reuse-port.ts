// Loaded before a box that is one of several processes: they listen for clients on one port, and the system
// spreads who connects. Not a part of the box, where two that share a port by mistake are to fail at start.

const SHARED_PORT = Number(process.env["BENCH_SHARED_PORT"]);

const { listen } = Bun;

/** The option is Bun's, but its types do not know it. */
Object.assign(Bun, {
  listen(options: Bun.TCPSocketListenOptions) {
    return listen(options.port === SHARED_PORT ? Object.assign({}, options, { reusePort: true }) : options);
  },
});
