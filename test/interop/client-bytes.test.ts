// The client listener, to the byte: one script is told to the box and to a real server, and both must answer
// the same.

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { SuperCluster } from "../support/peers.ts";
import { guardProcesses } from "../support/process.ts";
import { dialRaw } from "../support/raw-client.ts";
import { describeWith } from "../support/sides.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(20_000);
guardProcesses();

const QUIET = { verbose: false, pedantic: false, headers: true, no_responders: true, protocol: 0 };

/** A name, the CONNECT options, and what is said after CONNECT. */
const SCRIPTS: readonly (readonly [string, Record<string, unknown>, string])[] = [
  ["a message to oneself", QUIET, "SUB a.b 1\r\nPUB a.b 5\r\nhello\r\n"],
  ["a message with a reply", QUIET, "SUB a.b 1\r\nPUB a.b back.here 5\r\nhello\r\n"],
  ["an empty message", QUIET, "SUB a.b 1\r\nPUB a.b 0\r\n\r\n"],
  ["headers", QUIET, "SUB a.b s7\r\nHPUB a.b 20 22\r\nNATS/1.0\r\nX-A: 1\r\n\r\nhi\r\n"],
  [
    "headers to a client that has none",
    { ...QUIET, headers: false, no_responders: false },
    "SUB a.b 1\r\nPUB a.b 2\r\nhi\r\n",
  ],
  ["wildcards", QUIET, "SUB a.* 1\r\nSUB b.> 2\r\nSUB a.b.* 3\r\nPUB a.b.c 1\r\nx\r\nPUB b.x.y 1\r\ny\r\n"],
  ["an end by count", QUIET, "SUB a 1\r\nUNSUB 1 2\r\nPUB a 1\r\n1\r\nPUB a 1\r\n2\r\nPUB a 1\r\n3\r\n"],
  ["an end by hand", QUIET, "SUB a 1\r\nPUB a 1\r\n1\r\nUNSUB 1\r\nPUB a 1\r\n2\r\n"],
  ["no echo", { ...QUIET, echo: false }, "SUB a 1\r\nPUB a 1\r\n1\r\n"],
  ["verbose", { ...QUIET, verbose: true }, "SUB a 1\r\nPUB a 1\r\n1\r\nUNSUB 1\r\n"],
  ["pedantic, a subject that is none", { ...QUIET, pedantic: true }, "PUB a.* 1\r\n1\r\nPUB a..b 1\r\n1\r\n"],
  ["nobody answers", QUIET, "SUB in 1\r\nPUB nobody.home in 1\r\nq\r\n"],
  ["a subscription that is none", QUIET, "SUB a..b 1\r\nSUB a.b. 2\r\nSUB a.>.b 3\r\n"],
  ["lower case and many blanks", QUIET, "sub  a   1\r\npub\ta  1\r\nx\r\n"],
  ["an unknown word", QUIET, "HELLO\r\n"],
  ["a payload over the limit", QUIET, "PUB a 1048577\r\n"],
  ["a control line over the limit", QUIET, `PUB ${"a".repeat(5_000)} 1\r\n1\r\n`],
  ["no responders without headers", { ...QUIET, headers: false }, "SUB a 1\r\n"],
  ["a protocol that is none", { ...QUIET, protocol: 7 }, "SUB a 1\r\n"],
  ["a payload without its end", QUIET, "SUB a 1\r\nPUB a 1\r\nxxx\r\n"],
  ["what is for gateways only", QUIET, "PUB _GR_.abcdef.abcdef.x 1\r\nx\r\n"],
];

describeWith("box and nats-server 2.15, told the same", ["box", "2.15"], () => {
  let world: SuperCluster;
  beforeAll(async () => {
    world = await SuperCluster.start(
      { name: "BOX", kind: "box", knows: [] },
      { name: "REAL", kind: "2.15", knows: [] },
    );
  });
  afterAll(() => world?.close());

  test.each(SCRIPTS)("%s", async (_, options, script) => {
    const [box, real] = await Promise.all(
      ["BOX", "REAL"].map((name) => answerOf(world.member(name).ports.client, options, script)),
    );
    expect(box).toBe(real!);
  });
});

/** Everything that is answered to the script after INFO, and whether the connection was closed. */
async function answerOf(port: number, options: Record<string, unknown>, script: string): Promise<string> {
  const { link } = await dialRaw(port);
  link.answersPings = false;
  const greeting = link.text.length;
  link.send(`CONNECT ${JSON.stringify(options)}\r\n${script}PING\r\n`);
  const answer = () => link.text.slice(greeting).replace(/^PING\r\n/gm, "");
  await until("it has answered", () => link.closed || /PONG\r\n$/.test(answer()));
  const closed = link.closed;
  link.close();
  return `${answer()}${closed ? "(closed)" : ""}`;
}
