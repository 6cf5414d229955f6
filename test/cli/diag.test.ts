// The archive of a bug report has what a box shows of itself, and no secret of its configuration or of those
// who came.

import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createUser } from "@nats-io/nkeys";
import { connect } from "@nats-io/transport-node";
import { AdminBox, isthmus } from "../support/admin.ts";
import { guardProcesses } from "../support/process.ts";

setDefaultTimeout(30_000);
guardProcesses();

let dir: string;
let box: AdminBox | undefined;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "isthmus-diag-"));
});
afterEach(async () => {
  await box?.process.stop();
  rmSync(dir, { recursive: true, force: true });
});

const SEED = new TextDecoder().decode(createUser().getSeed());
const HASH = "$2a$04$W2zko751KUvVy59mUTWmpOcKIvGBuQtTdOJIkp7ZWWTLbxzLtYnu6";
const JWT = `eyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5LW5rZXkifQ.${"c".repeat(80)}.${"d".repeat(60)}`;

/** Each is in the configuration, or was said by a client. */
const SECRETS = ["sesame", SEED, HASH, JWT];

const SETTINGS = {
  debug: true,
  trace: true,
  authorization: {
    users: [
      { user: "u1", password: "sesame-1" },
      { user: "u2", password: HASH },
    ],
  },
  accounts: { A: { users: [{ user: "u3", password: "sesame-2" }] } },
  gateway: {
    name: "HERE",
    listen: "127.0.0.1:-1",
    authorization: { user: "g", password: "sesame-3" },
    gateways: [{ name: "THERE", urls: ["nats://gu:sesame-4@127.0.0.1:1"] }],
  },
  leafnodes: {
    listen: "127.0.0.1:-1",
    authorization: { users: [{ user: "l", password: "sesame-5", account: "A" }] },
    remotes: [
      { url: "nats-leaf://hu:sesame-6@127.0.0.1:1", account: "A" },
      { url: "nats-leaf://sesame-7@127.0.0.1:1", account: "$G" },
      { url: "nats-leaf://127.0.0.1:2", nkey: SEED, account: "A" },
      {
        url: "nats-leaf://127.0.0.1:3",
        account: "A",
        proxy: { url: "http://127.0.0.1:1", username: "p", password: "sesame-8" },
      },
    ],
  },
};

/** The files of an archive by their names without the folder. */
async function filesOf(file: string): Promise<Map<string, string>> {
  const files = await new Bun.Archive(readFileSync(file)).files();
  const texts = await Promise.all(
    [...files].map(async ([name, data]) => [name.split("/")[1]!, await data.text()] as const),
  );
  return new Map(texts);
}

test("everything is in it by the admin socket, and no secret", async () => {
  box = await AdminBox.start(dir, SETTINGS);
  const servers = box.ports.nats[0]!;
  const client = await connect({ servers, user: "u1", pass: "sesame-1", name: "mine" });
  await client.flush();
  for (const wrong of [{ user: "u1", pass: "sesame-9" }, { token: "sesame-10" }]) {
    await connect({ servers, reconnect: false, ...wrong }).then(
      () => expect.unreachable(),
      () => {},
    );
  }
  const raw = await Bun.connect({
    hostname: "127.0.0.1",
    port: Number(servers.split(":").at(-1)),
    socket: { data() {} },
  });
  raw.write(`CONNECT ${JSON.stringify({ jwt: JWT, sig: "sesame-11", verbose: false })}\r\nPING\r\n`);
  await box.process.logged(/authentication error[\s\S]*authentication error[\s\S]*authentication error/);
  const file = join(dir, "report.tar.gz");
  const { code, out } = await isthmus("diag", "-o", file, "--admin", box.socket);
  expect([code, out]).toEqual([0, `${file}: 17 files, without secrets; look into it before you send it\n`]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const files = await filesOf(file);
  expect([...files.keys()].sort()).toEqual([
    ...["about.json", "accountz.json", "accstatz.json", "config.json", "connz-closed.json", "connz.json"],
    ...["gatewayz.json", "healthz.json", "leafz.json", "livez.json", "log.txt", "metrics.txt", "readyz.json"],
    ...["routez.json", "state.json", "subsz.json", "varz.json"],
  ]);
  const whole = [...files.values()].join("\n");
  for (const secret of SECRETS) expect(whole).not.toContain(secret);
  expect(JSON.parse(files.get("config.json")!)).toMatchObject({ gateway: { name: "HERE" }, ping_max: 2 });
  expect(JSON.parse(files.get("connz.json")!)).toMatchObject({ connections: [{ name: "mine" }] });
  expect(files.get("log.txt")).toContain("Server is ready");
  expect(files.get("metrics.txt")).toContain("# TYPE isthmus_");
  expect(JSON.parse(files.get("state.json")!)).toMatchObject({
    clients: 1,
    interest: {
      cache_slots: 65_536,
      topology_generation: expect.any(Number),
      account_generations: { A: expect.any(Number) },
    },
  });
  expect(JSON.parse(files.get("about.json")!)).toMatchObject({
    missing: [],
    system: { platform: process.platform },
  });
  // The secrets were there to be found: in the file, and on the wire.
  for (const secret of ["sesame-1", SEED, HASH]) expect(readFileSync(box.file, "utf8")).toContain(secret);
  raw.end();
  await client.close();
});

test("by the monitoring port alone it says what is missing, and it never takes the place of a file", async () => {
  box = await AdminBox.start(dir);
  const file = join(dir, "report.tar.gz");
  const url = box.ports.monitoring[0]!;
  const { code, out } = await isthmus("diag", "-o", file, "--json", "--url", url);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ file, missing: ["config.json", "state.json", "log.txt"] });
  expect([...(await filesOf(file)).keys()]).not.toContain("config.json");
  const again = await isthmus("diag", "-o", file, "--url", url);
  expect(again).toEqual({ code: 1, out: "", err: `isthmus diag: ${file}: is there already\n` });
});
