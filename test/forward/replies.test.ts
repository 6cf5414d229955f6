// The way home of an answer: when replies are mapped, where answers go, what a mapped subject means that
// comes in. Source: gateway.md §4.

import { describe, expect, test } from "bun:test";
import { hash4, hash6 } from "../../src/base/hash6.ts";
import { Box, complete, MAPPED, OLD_MAPPED, SERVER_ID, start } from "../support/core-world.ts";

const OWN = `${MAPPED}${hash6(SERVER_ID)}.`;
const OF_B = `_GR_.${hash6("B")}.tmG6pR.`;
const OF_C = `_GR_.${hash6("C")}.tmG6pR.`;

test("the hashes are those of the specification", () => {
  expect(["A", "B", "C", "east"].map(hash6)).toEqual(["NUmM6c", "b2oh2L", "jZ6RvV", "jXch21"]);
  expect(hash6("NDWNVYW6YTG367R7WEQYORVDIRYDJQXAE6ZVATO3EI5X7UFUXNHJMG2D")).toBe("zzo0Oc");
  expect(["A", "B"].map(hash4)).toEqual(["559a", "df7e"]);
  expect(OWN).toHaveLength(19);
});

describe("a request that leaves", () => {
  /** A box whose remote B serves svc. */
  function asking(info: object = {}) {
    const box = new Box();
    const remote = box.outbound("B", info);
    remote.says(start("B", "$G"), "RS+ $G svc", complete("B", "$G"));
    return { box, remote, client: box.client() };
  }

  test("carries the mapped reply when the inbox was subscribed just before", () => {
    const { remote, client } = asking();
    client.says("SUB _INBOX.abc.1 1", "PUB svc _INBOX.abc.1 3\r\nreq");
    expect(remote.hearsRaw()).toBe(`RMSG $G svc ${OWN}_INBOX.abc.1 3\r\nreq\r\n`);
  });

  test("carries it with headers, with queues, and to a remote without headers", () => {
    const { remote, client } = asking();
    remote.says("RS+ $G svc q 1");
    client.says("SUB _INBOX.> 1", "HPUB svc _INBOX.abc.1 12 15\r\nNATS/1.0\r\n\r\nreq");
    expect(remote.hearsRaw()).toBe(`HMSG $G svc + ${OWN}_INBOX.abc.1 q 12 15\r\nNATS/1.0\r\n\r\nreq\r\n`);
    const old = asking({ headers: false });
    old.client.says("SUB _INBOX.> 1", "HPUB svc _INBOX.abc.1 12 15\r\nNATS/1.0\r\n\r\nreq");
    expect(old.remote.hearsRaw()).toBe(`RMSG $G svc ${OWN}_INBOX.abc.1 3\r\nreq\r\n`);
  });

  test("is unmapped again two seconds after the inbox was subscribed", () => {
    const { box, remote, client } = asking();
    client.says("SUB _INBOX.> 1");
    box.wait(1_999);
    client.says("PUB svc _INBOX.abc.1 3\r\nreq");
    expect(remote.hears()[0]).toBe(`RMSG $G svc ${OWN}_INBOX.abc.1 3`);
    box.wait(1);
    client.says("PUB svc _INBOX.abc.1 3\r\nreq");
    expect(remote.hears()[0]).toBe("RMSG $G svc _INBOX.abc.1 3");
  });

  test("is unmapped when no recent subscription covers the reply, and when it has none", () => {
    const { remote, client } = asking();
    client.says("SUB _INBOX.other 1", "PUB svc _INBOX.abc.1 3\r\nreq", "PUB svc 3\r\nreq");
    expect(remote.hears().filter((line) => line.startsWith("RMSG"))).toEqual([
      "RMSG $G svc _INBOX.abc.1 3",
      "RMSG $G svc 3",
    ]);
  });

  test("is mapped by any recent subscription of the account, a queue one or another client's too", () => {
    const { box, remote, client } = asking();
    box.client().says("SUB _INBOX.abc.* q 1");
    client.says("PUB svc _INBOX.abc.1 3\r\nreq");
    expect(remote.hears()[0]).toBe(`RMSG $G svc ${OWN}_INBOX.abc.1 3`);
  });

  test("is not mapped by a subscription of another account", () => {
    const { box, remote, client } = asking();
    box.client({ user: "a", pass: "a" }).says("SUB _INBOX.> 1");
    client.says("PUB svc _INBOX.abc.1 3\r\nreq");
    expect(remote.hears()[0]).toBe("RMSG $G svc _INBOX.abc.1 3");
  });

  test("is mapped also when more inboxes are new than are compared: always is legal, never is not", () => {
    const { remote, client } = asking();
    for (let i = 0; i < 100; i++) client.says(`SUB _INBOX.${i} ${i}`);
    client.says("PUB svc _INBOX.99 3\r\nreq");
    expect(remote.hears()[0]).toBe(`RMSG $G svc ${OWN}_INBOX.99 3`);
  });

  test("carries one and the same reply to every remote", () => {
    const { box, remote, client } = asking();
    const other = box.outbound("C");
    other.says(start("C", "$G"), "RS+ $G svc", complete("C", "$G"));
    client.says("SUB _INBOX.> 1", "PUB svc _INBOX.1 3\r\nreq");
    expect(other.hears()).toEqual(remote.hears());
  });

  test("carries the old form to a remote that does not announce gateway_nrp", () => {
    const { remote, client } = asking({ gateway_nrp: false });
    client.says("SUB _INBOX.> 1", "PUB svc _INBOX.1 3\r\nreq");
    expect(remote.hearsRaw()).toBe(`RMSG $G svc ${OLD_MAPPED}_INBOX.1 3\r\nreq\r\n`);
  });

  test("shows local subscribers the reply as it is", () => {
    const { box, client } = asking();
    const local = box.client();
    local.says("SUB svc 9");
    client.says("SUB _INBOX.> 1", "PUB svc _INBOX.1 3\r\nreq");
    expect(local.hears()[0]).toBe("MSG svc 9 _INBOX.1 3");
  });
});

describe("a request that comes in", () => {
  /** A box with both ways to B and C, and a service. */
  function serving(sub = "SUB svc 1") {
    const box = new Box();
    const [toB, toC] = [box.outbound("B"), box.outbound("C")];
    const service = box.client();
    service.says(sub);
    const fromB = box.inbound("B");
    fromB.hears();
    return { box, toB, toC, fromB, service };
  }

  test("is answered to the cluster of the hash alone, over the dialled connection", () => {
    const { toB, toC, fromB, service } = serving();
    fromB.says(`RMSG $G svc ${OF_B}_INBOX.1 3\r\nreq`);
    expect(service.hearsRaw()).toBe("MSG svc 1 _INBOX.1 3\r\nreq\r\n");
    service.says("PUB _INBOX.1 4\r\nresp");
    expect([toB.hearsRaw(), toC.hearsRaw()]).toEqual([`RMSG $G ${OF_B}_INBOX.1 4\r\nresp\r\n`, ""]);
  });

  test("is answered with headers and with a reply of its own, which is mapped by the same rule", () => {
    const { toB, fromB, service, box } = serving();
    fromB.says(`RMSG $G svc ${OF_B}_INBOX.1 3\r\nreq`);
    box.wait(2_000);
    service.says("HPUB _INBOX.1 more 12 16\r\nNATS/1.0\r\n\r\nresp");
    expect(toB.hearsRaw()).toBe(`HMSG $G ${OF_B}_INBOX.1 more 12 16\r\nNATS/1.0\r\n\r\nresp\r\n`);
    service.says("SUB more 2", "PUB _INBOX.1 more 4\r\nresp");
    expect(toB.hearsRaw()).toBe(`RMSG $G ${OF_B}_INBOX.1 ${OWN}more 4\r\nresp\r\n`);
  });

  test("may be answered several times, for at least two seconds and at most a little more than four", () => {
    const { box, toB, fromB, service } = serving();
    fromB.says(`RMSG $G svc ${OF_B}_INBOX.1 3\r\nreq`);
    for (let i = 0; i < 2; i++) {
      service.says("PUB _INBOX.1 4\r\nresp");
      expect(toB.hears()[0]).toBe(`RMSG $G ${OF_B}_INBOX.1 4`);
      box.wait(1_000);
    }
    box.wait(2_500);
    service.says("PUB _INBOX.1 4\r\nresp");
    expect(toB.hears()).toEqual([]);
  });

  test("is answered as an ordinary message by a client that was not asked", () => {
    const { box, toB, fromB } = serving();
    const [other, watcher] = [box.client(), box.client()];
    watcher.says("SUB _INBOX.> 1");
    fromB.says(`RMSG $G svc ${OF_B}_INBOX.1 3\r\nreq`);
    other.says("PUB _INBOX.1 4\r\nresp");
    expect([toB.hears(), watcher.hears()]).toEqual([[], ["MSG _INBOX.1 1 4", "resp"]]);
  });

  test("is lost and counted when the cluster of the hash is not connected", () => {
    const { box, toB, toC, fromB, service } = serving();
    fromB.says(`RMSG $G svc _GR_.${hash6("D")}.tmG6pR._INBOX.1 3\r\nreq`);
    service.says("PUB _INBOX.1 4\r\nresp");
    expect([toB.hears(), toC.hears()]).toEqual([[], []]);
    expect(box.core.forwarder.counts.mappedLost).toBe(1);
  });

  test("is answered by the queue member that got it", () => {
    const { toB, fromB, service } = serving("SUB svc q 1");
    fromB.says(`RMSG $G svc + ${OF_B}_INBOX.1 q 3\r\nreq`);
    expect(service.hears()[0]).toBe("MSG svc 1 _INBOX.1 3");
    service.says("PUB _INBOX.1 4\r\nresp");
    expect(toB.hears()[0]).toBe(`RMSG $G ${OF_B}_INBOX.1 4`);
  });

  test("of two clusters with one inbox name goes back to the one that asked last", () => {
    const { toB, toC, fromB, service } = serving();
    fromB.says(`RMSG $G svc ${OF_B}_INBOX.1 1\r\nb`, `RMSG $G svc ${OF_C}_INBOX.1 1\r\nc`);
    service.says("PUB _INBOX.1 4\r\nresp");
    expect([toB.hears(), toC.hears()[0]]).toEqual([[], `RMSG $G ${OF_C}_INBOX.1 4`]);
  });

  test("with a reply that is not mapped shows it as it is, and is answered by interest", () => {
    const { toB, fromB, service } = serving();
    toB.says(start("B", "$G"), "RS+ $G _INBOX.1", complete("B", "$G"));
    fromB.says("RMSG $G svc _INBOX.1 3\r\nreq");
    expect(service.hears()[0]).toBe("MSG svc 1 _INBOX.1 3");
    service.says("PUB _INBOX.1 4\r\nresp");
    expect(toB.hears()[0]).toBe("RMSG $G _INBOX.1 4");
  });

  test("in the old form is answered in the old form", () => {
    const { toB, toC, fromB, service } = serving();
    fromB.says("RMSG $G svc $GR.df7e._INBOX.1 3\r\nreq");
    expect(service.hears()[0]).toBe("MSG svc 1 _INBOX.1 3");
    service.says("PUB _INBOX.1 4\r\nresp");
    expect([toB.hears()[0], toC.hears()]).toEqual(["RMSG $G $GR.df7e._INBOX.1 4", []]);
  });

  test("whose reply JetStream packed is answered the way it came, on the reply that the client saw", () => {
    const { toB, fromB, service } = serving();
    const ack = "$JS.ACK.TS.cons.1.1.1.1700000000.0";
    fromB.says(`RMSG $G svc ${OF_B}${ack}@ts.1 3\r\nmsg`);
    expect(service.hears()[0]).toBe(`MSG ts.1 1 ${ack} 3`);
    service.says(`PUB ${ack} 4\r\n+ACK`);
    expect(toB.hears()[0]).toBe(`RMSG $G ${OF_B}${ack} 4`);
  });
});

describe("an answer that comes home", () => {
  test("is handed out without its prefix, to plain subscribers and to queue groups without a list", () => {
    const box = new Box();
    const [plain, queue] = [box.client(), box.client()];
    plain.says("SUB _INBOX.abc.* 1");
    queue.says("SUB _INBOX.> q 2");
    const fromB = box.inbound("B");
    fromB.says(`RMSG $G ${OWN}_INBOX.abc.1 4\r\nresp`);
    expect([plain.hearsRaw(), queue.hearsRaw()]).toEqual([
      "MSG _INBOX.abc.1 1 4\r\nresp\r\n",
      "MSG _INBOX.abc.1 2 4\r\nresp\r\n",
    ]);
  });

  test("keeps headers and its own reply, mapped or not", () => {
    const box = new Box();
    const client = box.client();
    client.says("SUB _INBOX.> 1");
    const toB = box.outbound("B");
    const fromB = box.inbound("B");
    fromB.says(`HMSG $G ${OWN}_INBOX.1 ${OF_B}more 12 16\r\nNATS/1.0\r\n\r\nresp`);
    expect(client.hearsRaw()).toBe("HMSG _INBOX.1 1 more 12 16\r\nNATS/1.0\r\n\r\nresp\r\n");
    client.says("PUB more 2\r\nhi");
    expect(toB.hears()[0]).toBe(`RMSG $G ${OF_B}more 2`);
  });

  test("is dropped when the hash is that of another cluster", () => {
    const box = new Box();
    const client = box.client();
    client.says("SUB > 1");
    const fromB = box.inbound("B");
    fromB.hears();
    fromB.says(`RMSG $G ${OF_C}_INBOX.1 4\r\nresp`, "RMSG $G $GR.df7e._INBOX.1 4\r\nresp");
    expect([client.hears(), fromB.hears()]).toEqual([[], []]);
    expect(box.core.forwarder.counts.mappedLost).toBe(2);
  });

  test("is taken for ours when the hash of the server is nobody's", () => {
    const box = new Box();
    const client = box.client();
    client.says("SUB _INBOX.> 1");
    box.inbound("B").says(`RMSG $G ${MAPPED}zzzzzz._INBOX.1 4\r\nresp`);
    expect(client.hears()).toEqual(["MSG _INBOX.1 1 4", "resp"]);
  });

  test("in the old form is handed out too", () => {
    const box = new Box();
    const client = box.client();
    client.says("SUB _INBOX.> 1");
    box.inbound("B").says(`RMSG $G ${OLD_MAPPED}_INBOX.1 4\r\nresp`);
    expect(client.hears()).toEqual(["MSG _INBOX.1 1 4", "resp"]);
  });

  test("goes on to remotes with interest in it, the one that it came from included, but not to others", () => {
    const box = new Box();
    const [toB, toC] = [box.outbound("B"), box.outbound("C")];
    toB.says(start("B", "$G"), "RS+ $G >", complete("B", "$G"));
    toC.says(start("C", "$G"), complete("C", "$G"));
    const fromB = box.inbound("B");
    fromB.says(`RMSG $G ${OWN}_INBOX.1 4\r\nresp`);
    expect([toB.hearsRaw(), toC.hearsRaw()]).toEqual(["RMSG $G _INBOX.1 4\r\nresp\r\n", ""]);
    fromB.says(`RMSG $G ${OWN}_R_.abcdef.ghijkl 4\r\nresp`);
    expect(toB.hears()).toEqual([]);
  });

  test("of an account that we do not have is refused like any message", () => {
    const box = new Box();
    const fromB = box.inbound("B");
    fromB.hears();
    fromB.says(`RMSG NOPE ${OWN}_INBOX.1 4\r\nresp`);
    expect(fromB.hears()).toEqual(["A- NOPE"]);
  });

  test("in another account reaches nobody", () => {
    const box = new Box();
    const client = box.client();
    client.says("SUB _INBOX.> 1");
    box.inbound("B").says(`RMSG ACC ${OWN}_INBOX.1 4\r\nresp`);
    expect(client.hears()).toEqual([]);
  });

  test("a subject that only looks like a mapped reply is an ordinary one", () => {
    const box = new Box();
    const client = box.client();
    client.says("SUB _GR_.> 1", "SUB _GR_X.> 2", "SUB $GR.> 3");
    box
      .inbound("B")
      .says("RMSG $G _GR_.short 1\r\nx", "RMSG $G _GR_X.NUmM6c.zzzzzz.foo 1\r\nx", "RMSG $G $GR.a 0\r\n");
    expect(client.hears().filter((line) => line.startsWith("MSG"))).toEqual([
      "MSG _GR_.short 1 1",
      "MSG _GR_X.NUmM6c.zzzzzz.foo 2 1",
      "MSG $GR.a 3 0",
    ]);
  });
});

test("a request across two boxes comes back: what one maps the other takes off, and back again", () => {
  const [a, b] = [new Box(), new Box({ gateway: identityOfB() })];
  const [aToB, bToA] = [a.outbound("B"), b.outbound("A")];
  const [aFromB, bFromA] = [a.inbound("B"), b.inbound("A")];
  const service = b.client();
  service.says("SUB svc 1");
  const pump = (): void => {
    bFromA.saysRaw(aToB.hearsRaw());
    aFromB.saysRaw(bToA.hearsRaw());
    aToB.saysRaw(bFromA.hearsRaw());
    bToA.saysRaw(aFromB.hearsRaw());
  };
  pump();
  const client = a.client();
  client.says("SUB _INBOX.1 1", "PUB svc _INBOX.1 3\r\nreq");
  pump();
  expect(service.hears()).toEqual(["MSG svc 1 _INBOX.1 3", "req"]);
  service.says("PUB _INBOX.1 4\r\nresp");
  pump();
  expect(client.hears()).toEqual(["MSG _INBOX.1 1 4", "resp"]);
});

function identityOfB() {
  return {
    identity: {
      serverId: "NB",
      serverName: "server-of-B",
      version: "2.15.2",
      gateway: "B",
      host: "b",
      port: 7222,
      url: "b:7222",
      maxPayload: 1_048_576,
      authRequired: false,
      tlsRequired: false,
    },
  };
}
