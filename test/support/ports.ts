// Peers must know each other's gateway ports before any of them runs, so ports are chosen ahead of the
// processes.

// Below the range from which the system takes ports for outgoing connections: nothing can grab a chosen port
// between the choice and the start of its server but another test process. Those run beside each other
// have a part of the range each.
const [LANE, LANES] = (process.env["ISTHMUS_TEST_LANE"] ?? "0/1").split("/").map(Number) as [number, number];
const PORTS = Math.floor(20_000 / LANES);
const FIRST = 12_000 + LANE * PORTS;
const LAST = FIRST + PORTS - 1;

// Others start at different places and then go up, so they rarely meet.
let cursor = FIRST + Math.floor(Math.random() * (LAST - FIRST));

/** A port of 127.0.0.1 on which nothing listens now; never the same twice in one process. */
export function freePort(): number {
  for (let tries = FIRST; tries <= LAST; tries++) {
    cursor = cursor >= LAST ? FIRST : cursor + 1;
    if (isFree(cursor)) return cursor;
  }
  throw new Error(`no free port between ${FIRST} and ${LAST}`);
}

function isFree(port: number): boolean {
  try {
    Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } }).stop(true);
    return true;
  } catch {
    return false;
  }
}
