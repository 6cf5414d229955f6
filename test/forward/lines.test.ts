// Messages as they leave, byte for byte: gateway.md §2.3 to remotes, client-and-auth.md §1.1 to clients.

import { describe, expect, test } from "bun:test";
import { Box, complete, start } from "../support/core-world.ts";

const HEADER = "NATS/1.0\r\nX-A: 1\r\n\r\n"; // 20 bytes

/** What a remote reads when a client without recent subscriptions says `line`; `rows` is the remote's
 *  interest. */
function leaves(line: string, rows: string[], info: object = {}): string {
  const box = new Box();
  const remote = box.outbound("B", info);
  remote.says(start("B", "$G"), ...rows.map((row) => `RS+ $G ${row}`), complete("B", "$G"));
  box.client().saysRaw(line);
  return remote.hearsRaw();
}

const PLAIN = ["bar"];
const QUEUE = ["bar q1 1"];
const QUEUES = ["bar", "bar q1 1", "bar q2 1"];

describe("towards a remote", () => {
  test.each([
    ["plain", "PUB bar 2\r\nhi\r\n", PLAIN, "RMSG $G bar 2\r\nhi\r\n"],
    ["empty", "PUB bar 0\r\n\r\n", PLAIN, "RMSG $G bar 0\r\n\r\n"],
    ["plain with reply", "PUB bar my.reply 2\r\nhi\r\n", PLAIN, "RMSG $G bar my.reply 2\r\nhi\r\n"],
    ["one queue", "PUB bar 2\r\nhi\r\n", QUEUE, "RMSG $G bar | q1 2\r\nhi\r\n"],
    ["one queue with reply", "PUB bar my.reply 2\r\nhi\r\n", QUEUE, "RMSG $G bar + my.reply q1 2\r\nhi\r\n"],
    [
      "headers",
      `HPUB bar 20 28\r\n${HEADER}with-hdr\r\n`,
      PLAIN,
      `HMSG $G bar 20 28\r\n${HEADER}with-hdr\r\n`,
    ],
    ["headers and no body", `HPUB bar 20 20\r\n${HEADER}\r\n`, PLAIN, `HMSG $G bar 20 20\r\n${HEADER}\r\n`],
    [
      "headers with reply",
      `HPUB bar my.reply 20 28\r\n${HEADER}with-hdr\r\n`,
      PLAIN,
      `HMSG $G bar my.reply 20 28\r\n${HEADER}with-hdr\r\n`,
    ],
    [
      "headers, one queue",
      `HPUB bar 20 28\r\n${HEADER}with-hdr\r\n`,
      QUEUE,
      `HMSG $G bar | q1 20 28\r\n${HEADER}with-hdr\r\n`,
    ],
    [
      "headers, one queue, reply",
      `HPUB bar my.reply 20 28\r\n${HEADER}with-hdr\r\n`,
      QUEUE,
      `HMSG $G bar + my.reply q1 20 28\r\n${HEADER}with-hdr\r\n`,
    ],
    [
      "blanks as they please",
      "pub \t bar   my.reply  2 \r\nhi\r\n",
      PLAIN,
      "RMSG $G bar my.reply 2\r\nhi\r\n",
    ],
    ["a bare line feed", "PUB bar 2\nhi\r\n", PLAIN, "RMSG $G bar 2\r\nhi\r\n"],
    [
      "a payload that looks like protocol",
      "PUB bar 6\r\nPONG\r\n\r\n",
      PLAIN,
      "RMSG $G bar 6\r\nPONG\r\n\r\n",
    ],
  ])("%s", (_what, line, rows, wanted) => {
    expect(leaves(line, rows)).toBe(wanted);
  });

  test("plain interest and two queue groups share one line, which names both groups", () => {
    const lines = ["| q1 q2", "| q2 q1"].map((list) => `RMSG $G bar ${list} 10\r\ntwo-queues\r\n`);
    expect(lines).toContain(leaves("PUB bar 10\r\ntwo-queues\r\n", QUEUES));
    const replies = ["+ my.reply q1 q2", "+ my.reply q2 q1"].map(
      (list) => `HMSG $G bar ${list} 20 28\r\n${HEADER}with-hdr\r\n`,
    );
    expect(replies).toContain(leaves(`HPUB bar my.reply 20 28\r\n${HEADER}with-hdr\r\n`, QUEUES));
  });

  test("a remote without headers gets the body alone", () => {
    const old = { headers: false };
    const message = `HPUB bar 20 28\r\n${HEADER}with-hdr\r\n`;
    expect(leaves(message, PLAIN, old)).toBe("RMSG $G bar 8\r\nwith-hdr\r\n");
    expect(leaves(message, QUEUE, old)).toBe("RMSG $G bar | q1 8\r\nwith-hdr\r\n");
    expect(leaves(`HPUB bar r 20 20\r\n${HEADER}\r\n`, PLAIN, old)).toBe("RMSG $G bar r 0\r\n\r\n");
    expect(leaves("PUB bar 2\r\nhi\r\n", PLAIN, old)).toBe("RMSG $G bar 2\r\nhi\r\n");
  });

  test("an empty header block is no header", () => {
    expect(leaves("HPUB bar 0 2\r\nhi\r\n", PLAIN)).toBe("RMSG $G bar 2\r\nhi\r\n");
    expect(leaves("HPUB bar 0 2\r\nhi\r\n", PLAIN, { headers: false })).toBe("RMSG $G bar 2\r\nhi\r\n");
  });

  test("payloads of every size up to a megabyte arrive whole, with any bytes in them", () => {
    for (const size of [1, 9, 10, 99, 4_095, 4_096, 65_536, 262_144, 1_048_576]) {
      const body = Uint8Array.from({ length: size }, (_, at) => (at * 7) % 128);
      const text = Buffer.from(body).toString("latin1");
      expect(leaves(`PUB bar ${size}\r\n${text}\r\n`, PLAIN) === `RMSG $G bar ${size}\r\n${text}\r\n`).toBe(
        true,
      );
    }
  });

  test("one line goes to each remote that wants it, in its own form", () => {
    const box = new Box();
    const [old, next] = [box.outbound("OLD", { gateway_iom: false, headers: false }), box.outbound("NEXT")];
    next.says(start("NEXT", "$G"), "RS+ $G bar", complete("NEXT", "$G"));
    box.client().saysRaw(`HPUB bar 20 21\r\n${HEADER}x\r\n`);
    expect([old.hearsRaw(), next.hearsRaw()]).toEqual([
      "RMSG $G bar 1\r\nx\r\n",
      `HMSG $G bar 20 21\r\n${HEADER}x\r\n`,
    ]);
  });
});

/** What a client with `SUB bar 7` reads of a line of a remote. */
function arrives(line: string, connect: object = {}, sub = "SUB bar 7"): string {
  const box = new Box();
  const client = box.client(connect);
  client.says(sub);
  box.inbound("B").saysRaw(line);
  return client.hearsRaw();
}

describe("from a remote to a client", () => {
  test.each([
    ["plain", "RMSG $G bar 2\r\nhi\r\n", "MSG bar 7 2\r\nhi\r\n"],
    ["empty", "RMSG $G bar 0\r\n\r\n", "MSG bar 7 0\r\n\r\n"],
    ["reply", "RMSG $G bar my.reply 2\r\nhi\r\n", "MSG bar 7 my.reply 2\r\nhi\r\n"],
    ["queues", "RMSG $G bar | q1 q2 10\r\ntwo-queues\r\n", "MSG bar 7 10\r\ntwo-queues\r\n"],
    ["queues and reply", "RMSG $G bar + my.reply q1 2\r\nhi\r\n", "MSG bar 7 my.reply 2\r\nhi\r\n"],
    ["headers", `HMSG $G bar 20 22\r\n${HEADER}hi\r\n`, `HMSG bar 7 20 22\r\n${HEADER}hi\r\n`],
    ["headers, no body", `HMSG $G bar 20 20\r\n${HEADER}\r\n`, `HMSG bar 7 20 20\r\n${HEADER}\r\n`],
    [
      "headers, queues, reply",
      `HMSG $G bar + my.reply q1 q2 20 28\r\n${HEADER}with-hdr\r\n`,
      `HMSG bar 7 my.reply 20 28\r\n${HEADER}with-hdr\r\n`,
    ],
    ["any blanks and case", "rmsg  $G\tbar  my.reply   2\r\nhi\r\n", "MSG bar 7 my.reply 2\r\nhi\r\n"],
    ["a reply that is a lone plus", "RMSG $G bar + 2\r\nhi\r\n", "MSG bar 7 + 2\r\nhi\r\n"],
  ])("%s", (_what, line, wanted) => {
    expect(arrives(line)).toBe(wanted);
  });

  test("a client without headers gets MSG with the body alone", () => {
    const plain = { headers: false, no_responders: false };
    expect(arrives(`HMSG $G bar r 20 22\r\n${HEADER}hi\r\n`, plain)).toBe("MSG bar 7 r 2\r\nhi\r\n");
    expect(arrives(`HMSG $G bar 20 20\r\n${HEADER}\r\n`, plain)).toBe("MSG bar 7 0\r\n\r\n");
    expect(arrives("HMSG $G bar 0 2\r\nhi\r\n", plain)).toBe("MSG bar 7 2\r\nhi\r\n");
  });

  test("a message is delivered with the literal subject, whatever the subscription's wildcards", () => {
    expect(arrives("RMSG $G a.b.c 1\r\nx\r\n", {}, "SUB a.*.> some-sid")).toBe(
      "MSG a.b.c some-sid 1\r\nx\r\n",
    );
  });

  test("a JetStream delivery is handed out under the subject that is packed into its reply", () => {
    const ack = "$JS.ACK.TS.cons.1.1.1.1700000000.0";
    expect(arrives(`RMSG $G bar ${ack}@ts.1 2\r\nhi\r\n`)).toBe(`MSG ts.1 7 ${ack} 2\r\nhi\r\n`);
    expect(arrives(`HMSG $G bar ${ack}@ts.1 20 22\r\n${HEADER}hi\r\n`)).toBe(
      `HMSG ts.1 7 ${ack} 20 22\r\n${HEADER}hi\r\n`,
    );
    expect(arrives(`RMSG $G bar _GR_.b2oh2L.tmG6pR.${ack}@ts.1 2\r\nhi\r\n`)).toBe(
      `MSG ts.1 7 ${ack} 2\r\nhi\r\n`,
    );
    expect(arrives(`RMSG $G bar ${ack} 2\r\nhi\r\n`)).toBe(`MSG bar 7 ${ack} 2\r\nhi\r\n`);
    expect(arrives("RMSG $G bar $JS.ACK.a.b@ts.1 2\r\nhi\r\n")).toBe(
      "MSG bar 7 $JS.ACK.a.b@ts.1 2\r\nhi\r\n",
    );
    expect(arrives("RMSG $G bar other.1.2.3.4.5.6.7.8@x 0\r\n\r\n")).toBe(
      "MSG bar 7 other.1.2.3.4.5.6.7.8@x 0\r\n\r\n",
    );
  });

  test("order is kept: what comes in one order leaves in it", () => {
    const box = new Box();
    const client = box.client();
    client.says("SUB bar 7");
    const lines = Array.from(
      { length: 500 },
      (_, at) => `RMSG $G bar 3\r\n${String(at).padStart(3, "0")}\r\n`,
    );
    box.inbound("B").saysRaw(lines.join(""));
    expect(client.hears().filter((_, at) => at % 2 === 1)).toEqual(
      Array.from({ length: 500 }, (_, at) => String(at).padStart(3, "0")),
    );
  });
});
