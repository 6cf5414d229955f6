// Every endpoint and every parameter of it, asked of the box and of a nats-server with the same configuration
// and the same peers: the same fields of the same types, the same refusals.

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, headers, type NatsConnection } from "@nats-io/transport-node";
import { HAS_STAND_IN, type JsonObject, type Kind, Member, whyAbsent } from "../support/member.ts";
import { freePort } from "../support/ports.ts";
import { guardProcesses } from "../support/process.ts";
import { until, within } from "../support/wait.ts";
import { differences } from "./monitoring-differences.ts";

setDefaultTimeout(60_000);
guardProcesses();

const why = whyAbsent("2.15");
if (why !== undefined) console.error(`SKIPPED shapes of monitoring: ${why}`);

const ACCOUNTS = {
  A: { users: [{ user: "a", password: "a" }] },
  SYS: { users: [{ user: "s", password: "s" }] },
};

const portsOf = () => ({ client: freePort(), monitor: freePort(), gateway: freePort(), leaf: freePort() });
type Ports = ReturnType<typeof portsOf>;

function configOf(name: string, at: Ports, other: Ports & { name: string }, hubAt: Ports): JsonObject {
  return {
    server_name: name,
    listen: `127.0.0.1:${at.client}`,
    client_advertise: `127.0.0.1:${at.client}`,
    http: `127.0.0.1:${at.monitor}`,
    accounts: ACCOUNTS,
    system_account: "SYS",
    gateway: {
      name,
      listen: `127.0.0.1:${at.gateway}`,
      gateways: [{ name: other.name, urls: [`nats://127.0.0.1:${other.gateway}`] }],
    },
    leafnodes: {
      listen: `127.0.0.1:${at.leaf}`,
      remotes: [{ url: `nats://a:a@127.0.0.1:${hubAt.leaf}`, account: "A" }],
    },
    websocket: { listen: "127.0.0.1:-1", no_tls: true },
  };
}

describe.skipIf(HAS_STAND_IN || why !== undefined)(
  `the box shows what nats-server shows ${why ?? ""}`.trim(),
  () => {
    let dir: string;
    let box: Member;
    let real: Member;
    const members: Member[] = [];
    const clients: NatsConnection[] = [];

    beforeAll(async () => {
      dir = mkdtempSync(join(tmpdir(), "isthmus-shape-"));
      const [ours, theirs] = [portsOf(), portsOf()];
      box = peopled("BOX", "box", ours, { name: "REAL", ...theirs });
      real = peopled("REAL", "2.15", theirs, { name: "BOX", ...ours });
      await Promise.all(members.map((member) => member.start()));
      await Promise.all([box, real].map(people));
    });
    afterAll(async () => {
      for (const client of clients) await within("it closes", client.close(), 2_000).catch(() => {});
      await Promise.all(members.map((member) => member.stop()));
      rmSync(dir, { recursive: true, force: true });
    });

    /** A server with a gateway to the other one, a hub and a spoke. */
    function peopled(name: string, kind: Kind, at: Ports, other: Ports & { name: string }): Member {
      const [hubAt, spokeAt] = [portsOf(), portsOf()];
      const server = new Member(name, kind, at, configOf(name, at, other, hubAt), dir);
      const hub = {
        server_name: `${name}-HUB`,
        listen: `127.0.0.1:${hubAt.client}`,
        accounts: ACCOUNTS,
        leafnodes: { listen: `127.0.0.1:${hubAt.leaf}` },
      };
      const spoke = {
        server_name: `${name}-SPOKE`,
        listen: `127.0.0.1:${spokeAt.client}`,
        leafnodes: { remotes: [{ url: `nats://a:a@127.0.0.1:${at.leaf}` }] },
      };
      members.push(server, new Member(`${name}-HUB`, "2.15", hubAt, hub, dir));
      members.push(new Member(`${name}-SPOKE`, "2.15", spokeAt, spoke, dir));
      return server;
    }

    /** One of everything: links, a client that is there and one that has left, subscriptions, traffic. */
    async function people(member: Member): Promise<void> {
      const login = { user: "a", pass: "a", reconnect: false, name: "somebody" };
      const servers = `127.0.0.1:${member.ports.client}`;
      const [stays, leaves] = await Promise.all([1, 2].map(() => connect({ servers, ...login })));
      clients.push(stays!);
      stays!.subscribe("x.>");
      stays!.subscribe("x.y", { queue: "q" });
      const marked = headers();
      marked.set("K", "v");
      for (const client of [stays!, leaves!]) client.publish("x.y", "hello", { headers: marked });
      await stays!.flush();
      await leaves!.drain();
      await until("all links are there", async () => {
        const gatewayz = (await (await ask(member, "/gatewayz?accs=1")).json()) as JsonObject;
        const leafz = (await (await ask(member, "/leafz")).json()) as JsonObject;
        const connz = (await (await ask(member, "/connz?state=closed")).json()) as JsonObject;
        const inbound = Object.keys(gatewayz["inbound_gateways"] as JsonObject).length;
        const outbound = JSON.stringify(gatewayz["outbound_gateways"]).includes('"name":"A"');
        return inbound === 1 && outbound && leafz["leafnodes"] === 2 && connz["num_connections"] !== 0;
      });
    }

    const ask = (member: Member, path: string): Promise<Response> => fetch(`${member.monitorUrl}${path}`);

    /** Endpoints with what may be asked of them. */
    const ASKED = [
      ...["/varz", "/routez", "/routez?subs=1", "/routez?subs=detail"],
      ...["/connz", "/connz?auth=1&subs=1", "/connz?subs=detail", "/connz?state=closed", "/connz?state=any"],
      ...[
        "/connz?sort=bytes_to",
        "/connz?acc=A&filter_subject=x.y",
        "/connz?offset=9",
        "/connz?user=a&auth=true",
      ],
      ...["/gatewayz", "/gatewayz?accs=1", "/gatewayz?accs=1&subs=1", "/gatewayz?accs=1&subs=detail"],
      ...["/gatewayz?acc_name=A", "/gatewayz?gw_name=nope", "/gatewayz?acc_name=nope"],
      ...["/leafz", "/leafz?subs=1", "/leafz?acc=A", "/leafz?acc=nope"],
      ...["/subsz", "/subsz?subs=1", "/subsz?subs=1&acc=A", "/subsz?subs=1&test=x.y", "/subscriptionsz"],
      ...["/accountz", "/accountz?acc=A", "/accstatz", "/accstatz?unused=1"],
      ...[
        "/healthz",
        "/healthz?details=true",
        "/healthz?js-enabled-only=true",
        "/healthz?js-server-only=true",
      ],
      ...[
        "/jsz",
        "/jsz?accounts=1&streams=1&consumers=1&config=1",
        "/jsz?acc=A",
        "/ipqueuesz",
        "/debug/vars",
      ],
    ];

    test.each(ASKED)("%s", async (path) => {
      const [ours, theirs] = await Promise.all([box, real].map((member) => ask(member, path)));
      expect(ours!.status).toBe(theirs!.status);
      expect(ours!.headers.get("content-type")?.split(";")[0]).toBe(
        theirs!.headers.get("content-type")!.split(";")[0]!,
      );
      const found = differences(path.split("?")[0]!, await ours!.json(), await theirs!.json());
      expect(found).toEqual([]);
    });

    /** What cannot be read, and what is not there. */
    const REFUSED = [
      ...[
        "/connz?sort=x",
        "/connz?offset=x",
        "/connz?limit=x",
        "/connz?cid=-1",
        "/connz?state=x",
        "/connz?auth=x",
      ],
      ...["/connz?subs=x", "/connz?sort=stop", "/gatewayz?accs=x", "/gatewayz?subs=x"],
      ...[
        "/leafz?subs=x",
        "/subsz?subs=x",
        "/subsz?offset=x",
        "/subsz?limit=x",
        "/subsz?test=a.*",
        "/accstatz?unused=x",
      ],
      ...[
        "/routez?subs=x",
        "/jsz?accounts=x",
        "/jsz?streams=x",
        "/jsz?consumers=x",
        "/jsz?config=x",
        "/jsz?limit=x",
      ],
      ...[
        "/jsz?offset=x",
        "/jsz?leader-only=x",
        "/jsz?raft=x",
        "/jsz?stream-leader-only=x",
        "/jsz?direct-consumers=x",
      ],
      ...[
        "/ipqueuesz?all=x",
        "/healthz?details=x",
        "/healthz?js-enabled-only=x",
        "/healthz?js-server-only=x",
      ],
      ...["/raftz", "/raftz?acc=A", "/nope", "/accountz?acc=nope"],
    ];

    test.each(REFUSED)("%s is answered alike", async (path) => {
      const [ours, theirs] = await Promise.all([box, real].map((member) => ask(member, path)));
      const [said, wanted] = await Promise.all([ours!.text(), theirs!.text()]);
      expect([ours!.status, said.trim()]).toEqual([theirs!.status, wanted.trim()]);
    });

    test("a callback is not looked at", async () => {
      for (const member of [box, real]) {
        const answer = await ask(member, "/varz?callback=show");
        expect(answer.headers.get("content-type")).toBe("application/json");
        expect(await answer.json()).toHaveProperty("server_id");
      }
    });

    test("connections of the same kinds are listed, open and over", async () => {
      const kinds = async (member: Member, path: string): Promise<unknown> => {
        const { connections, total } = (await (await ask(member, path)).json()) as {
          connections: { kind: string; type?: string }[] | null;
          total: number;
        };
        return [total, (connections ?? []).map(({ kind, type }) => `${kind} ${type}`).sort()];
      };
      for (const path of [
        "/connz",
        "/connz?state=closed",
        "/connz?acc=A",
        "/connz?user=a",
        "/connz?acc=nope",
      ]) {
        expect([path, await kinds(box, path)]).toEqual([path, await kinds(real, path)]);
      }
    });

    test("stacks are text under the type that nats-server gives them", async () => {
      for (const member of [box, real]) {
        const answer = await ask(member, "/stacksz");
        expect(answer.headers.get("content-type")).toBe("application/json");
        expect(await answer.text()).toContain("[running]");
      }
    });
  },
);
