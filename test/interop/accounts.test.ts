// Accounts across regions: the same subjects in two accounts never meet, and one that only one side has
// harms nobody.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Frame } from "../support/gateway-frames.ts";
import { inbound } from "../support/gatewayz.ts";
import { collect, heard, publishNumbers, unique } from "../support/messages.ts";
import { SuperCluster } from "../support/peers.ts";
import { guardProcesses } from "../support/process.ts";
import { againstPeers, DIRECTIONS, type PeerSpec } from "../support/sides.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(30_000);
guardProcesses();

/** Both sides have RED and BLUE; each has one more that the other does not know. */
const ONLY: Readonly<Record<string, string>> = { BOX: "BOXONLY", PEER: "PEERONLY" };

againstPeers((peer) => {
  let world: SuperCluster;
  beforeAll(async () => {
    world = await SuperCluster.start(
      { name: "BOX", kind: "box", tapped: true, accounts: ["RED", "BLUE", ONLY["BOX"]!] },
      {
        name: "PEER",
        kind: peer.kind,
        servers: peer.servers,
        tapped: true,
        accounts: ["RED", "BLUE", ONLY["PEER"]!],
      },
    );
    await world.meshed();
  });
  afterEach(() => world?.closeClients());
  afterAll(() => world?.close());
  describe.each([...DIRECTIONS])("from %s to %s", (from, to) => separation(() => world, from, to, peer));
});

function separation(world: () => SuperCluster, from: string, to: string, peer: PeerSpec): void {
  const messagesOf = (account: string) =>
    world()
      .members(to)
      .flatMap((_, i) => world().tap(to, i).frames("forth", from))
      .filter((frame: Frame) => /^[RH]MSG$/.test(frame.verb) && frame.args[0] === account);

  test("the same subject in two accounts stays two subjects", async () => {
    const [red, blue] = [
      await world().client(from, { account: "RED" }),
      await world().client(from, { account: "BLUE" }),
    ];
    const farRed = await world().client(to, { account: "RED", index: peer.servers - 1 });
    const farBlue = await world().client(to, { account: "BLUE" });
    const subject = unique("same");
    const [inRed, inBlue] = [
      await collect(farRed, subject),
      await collect(farBlue, `${subject.split(".")[0]}.>`),
    ];
    await heard(red, farRed);
    await heard(blue, farBlue);
    for (let i = 0; i < 100; i++) {
      red.publish(subject, `red ${i}`);
      blue.publish(subject, `blue ${i}`);
    }
    await inRed.has(100);
    await inBlue.has(100);
    await heard(red, farRed);
    await heard(blue, farBlue);
    expect(inRed.texts).toEqual(Array.from({ length: 100 }, (_, i) => `red ${i}`));
    expect(inBlue.texts).toEqual(Array.from({ length: 100 }, (_, i) => `blue ${i}`));
  });

  test("interest in one account draws nothing out of the other", async () => {
    const [red, blue] = [
      await world().client(from, { account: "RED" }),
      await world().client(from, { account: "BLUE" }),
    ];
    const [farRed, farBlue] = [
      await world().client(to, { account: "RED" }),
      await world().client(to, { account: "BLUE" }),
    ];
    const subject = unique("draw");
    const inRed = await collect(farRed, ">");
    await heard(red, farRed);
    await heard(blue, farBlue);
    const crossed = () => messagesOf("BLUE").filter((frame) => frame.args[1] === subject).length;
    // A peer below 2.9 says that it wants nothing only when asked.
    await until("nothing of the subject crosses any more", async () => {
      const before = crossed();
      blue.publish(subject);
      await heard(blue, farBlue);
      return crossed() === before;
    });
    const before = crossed();
    await publishNumbers(blue, subject, 100);
    await heard(blue, farBlue);
    expect(crossed()).toBe(before);
    expect(inRed.messages.filter((message) => message.subject === subject)).toEqual([]);
  });

  test("a request is answered inside its account only", async () => {
    const red = await world().client(from, { account: "RED" });
    const blue = await world().client(from, { account: "BLUE" });
    const [farRed, farBlue] = [
      await world().client(to, { account: "RED" }),
      await world().client(to, { account: "BLUE" }),
    ];
    const subject = unique("svc");
    farRed.subscribe(subject, { callback: (_, message) => void message.respond("from red") });
    await heard(red, farRed);
    await heard(blue, farBlue);
    expect((await red.request(subject, "", { timeout: 3_000 })).string()).toBe("from red");
    const stray = await blue.request(subject, "", { timeout: 300 }).then(
      () => "an answer",
      () => "none",
    );
    expect(stray).toBe("none");
  });

  test("an account that only the publisher's side has works at home and leaves the link alone", async () => {
    const account = ONLY[from]!;
    const [publisher, home] = [
      await world().client(from, { account }),
      await world().client(from, { account }),
    ];
    const [red, farRed] = [
      await world().client(from, { account: "RED" }),
      await world().client(to, { account: "RED" }),
    ];
    await heard(red, farRed);
    const links = await cids(world(), from, to);
    const atHome = await collect(home, ">");
    publisher.publish("the.question.to.an.old.peer");
    await atHome.has(1);
    await until("nothing of the account crosses any more", async () => {
      const before = messagesOf(account).length;
      publisher.publish("again");
      await publisher.flush();
      await heard(red, farRed);
      return messagesOf(account).length === before;
    });
    const before = messagesOf(account).length;
    const seen = atHome.count;
    await publishNumbers(publisher, unique("only"), 200);
    await atHome.has(seen + 200);
    await heard(red, farRed);
    expect(messagesOf(account).length).toBe(before);
    expect(await cids(world(), from, to)).toEqual(links);
  });
}

/** The connections of a pair; the same numbers later mean that none was lost in between. */
async function cids(world: SuperCluster, from: string, to: string): Promise<number[]> {
  const all = await Promise.all(world.members(to).map((member) => inbound(member, from)));
  return all
    .flat()
    .map(({ cid }) => cid)
    .sort((a, b) => a - b);
}
