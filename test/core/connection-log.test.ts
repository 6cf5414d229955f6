// Each connection that comes and goes is told with its peer, kind, id, account and reason: in the text, and
// as fields for logs of JSON.

import { expect, test } from "bun:test";
import type { LogFields } from "../../src/base/log.ts";
import { Box } from "../support/core-world.ts";

/** A box whose log lines are kept with their fields. */
function logged(): { box: Box; lines: { message: string; fields: LogFields | undefined }[] } {
  const box = new Box({ gateway: {} });
  const lines: { message: string; fields: LogFields | undefined }[] = [];
  const { log } = box.core.world;
  log.moveTo({ write: (_level, _at, message, fields) => void lines.push({ message, fields }) });
  return { box, lines };
}

test("a client, with its account once it has one", () => {
  const { box, lines } = logged();
  const client = box.client({ user: "a", pass: "a" });
  client.goes();
  const bad = box.rawClient();
  bad.says('CONNECT {"user":"a","pass":"wrong"}');
  const common: object = {
    kind: "client",
    id: client.session.id,
    peer: expect.stringMatching(/^[\d.]+:\d+$/),
  };
  const [created, closed] = lines as unknown[];
  expect(created).toEqual({
    message: expect.stringMatching(/cid:\d+ - Client connection created$/),
    fields: common,
  });
  expect(closed).toEqual({
    message: expect.stringMatching(/cid:\d+ - Client connection closed: Client Closed - Account: "ACC"$/),
    fields: { ...common, account: "ACC", reason: "Client Closed" },
  });
  const refused = { ...common, id: bad.session.id, reason: "Authentication Failure" };
  expect(lines.slice(3) as unknown[]).toEqual([
    { message: expect.stringMatching(/authentication error - User "a"$/), fields: refused },
    {
      message: expect.stringMatching(/closed: Authentication Failure$/),
      fields: { ...refused, account: "" },
    },
  ]);
});

test("a leaf, by its name and account", () => {
  const { box, lines } = logged();
  const spoke = box.spoke("EDGE");
  spoke.goes();
  const fields = { kind: "leaf", id: spoke.session.id, peer: "EDGE", account: "$G" } as const;
  expect(lines).toEqual(
    expect.arrayContaining([
      {
        message: expect.stringMatching(/Leafnode connection accepted for account "\$G" with "EDGE"/),
        fields,
      },
      {
        message: expect.stringMatching(/Leafnode connection closed: Client Closed - Account: "\$G"$/),
        fields: { ...fields, reason: "Client Closed" },
      },
    ]),
  );
});

test("a gateway, by its name in both directions, and one without a name by its address", () => {
  const { box, lines } = logged();
  for (const [peer, way] of [
    [box.inbound("B"), "Inbound gateway connection from"],
    [box.outbound("B"), "Outbound gateway connection to"],
  ] as const) {
    peer.goes();
    const fields = { kind: "gateway", id: peer.session.id, peer: "B" } as const;
    expect(lines).toEqual(
      expect.arrayContaining([
        { message: expect.stringContaining(`${way} "B"`), fields },
        {
          message: expect.stringMatching(/Gateway connection closed: Client Closed - Remote: "B"$/),
          fields: { ...fields, reason: "Client Closed" },
        },
      ]),
    );
  }
  const nobody = box.rawInbound();
  nobody.goes();
  expect(lines.at(-1)!.fields).toMatchObject({
    peer: expect.stringMatching(/^[\d.]+:\d+$/),
    reason: "Client Closed",
  });
});
