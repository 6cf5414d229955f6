// What ships beside the box agrees with the box: ports, paths, probes, flags and configurations.

import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { parseFlags } from "../../src/cli/flags.ts";
import { loadConfiguration } from "../../src/config/load.ts";
import { ENDPOINTS } from "../../src/monitor/endpoints.ts";
import { filesOf, ROOT } from "../tidy/sources.ts";

setDefaultTimeout(20_000);

const FILES = filesOf("packaging");
const YAML_FILES = FILES.filter((path) => path.endsWith(".yaml"));
const ENVIRONMENT = { GATEWAY_PASSWORD: "for-the-test", LEAF_PASSWORD: "for-the-test" };

/** As the product has them by custom: clients, leafs, gateways, monitoring. */
const PORTS = [4222, 7422, 7222, 8222];

const OTHER_PORTS: Readonly<Record<string, readonly number[]>> = { prometheus: [9090], grafana: [3000] };

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly ports?: readonly { port: number; targetPort: string }[];
    readonly template?: Pod;
  };
}
interface Pod {
  readonly spec: { readonly containers: readonly [Container] };
}
interface Container {
  readonly args: readonly string[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
}
interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

function documents<T>(path: string): T[] {
  return parseAllDocuments(read(path), { merge: true }).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as T;
  });
}

/** The configuration of a box in these words, checked as the box checks it. */
function check(yaml: string): ReturnType<typeof loadConfiguration>["configuration"] {
  const dir = mkdtempSync(join(tmpdir(), "isthmus-packaging-"));
  try {
    const file = join(dir, "appliance.yaml");
    writeFileSync(file, yaml);
    return loadConfiguration(file, { environment: ENVIRONMENT }).configuration;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

test("every YAML file is YAML", () => {
  expect(YAML_FILES.length).toBeGreaterThan(6);
  for (const path of YAML_FILES) expect(documents(path).length).toBeGreaterThan(0);
});

const BOXES = YAML_FILES.filter((path) => /-box\.yaml$|container\.yaml$/.test(path));
test.each(BOXES)("the box starts with %s, on the ports that are published", (path) => {
  const { client, leaf, gateway, monitor } = check(read(path));
  expect([client.listen.port, leaf?.listener?.listen.port]).toEqual([4222, 7422]);
  expect(monitor?.listen?.port).toBe(8222);
  if (gateway !== null) expect(gateway.listen.port).toBe(7222);
});

test("the image opens the ports of the product, and its files exist", () => {
  const dockerfile = read("packaging/Dockerfile");
  expect(/^EXPOSE (.*)$/m.exec(dockerfile)![1]!.split(" ").map(Number)).toEqual(PORTS);
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, files]) =>
    files!.split(" "),
  );
  expect(copied.length).toBeGreaterThan(4);
  const sent = read("packaging/Dockerfile.dockerignore").split("\n");
  for (const file of copied) {
    expect([file, existsSync(join(ROOT, file))]).toEqual([file, true]);
    expect(sent).toContain(`!${file}`);
  }
  expect(/^USER (\d+):\d+$/m.exec(dockerfile)![1]).not.toBe("0");
  const probe = JSON.parse(/^HEALTHCHECK [^\n]*\n +CMD (\[.*\])$/m.exec(dockerfile)![1]!) as string[];
  expect(parseFlags(probe.slice(1))).toMatchObject({ is: "tool", tool: "healthcheck" });
  const { scripts, devDependencies } = JSON.parse(read("package.json")) as Record<
    string,
    Record<string, string>
  >;
  const script = /^RUN bun run (\w+)$/m.exec(dockerfile)![1]!;
  expect(existsSync(join(ROOT, scripts![script]!.split(" ")[1]!))).toBe(true);
  expect(dockerfile).toContain(`oven/bun:${devDependencies!["bun"]}-`);
  expect(parseFlags(JSON.parse(/^CMD (\[.*\])$/m.exec(dockerfile)![1]!) as string[]).is).toBe("run");
});

test("compose mounts files that exist, and maps ports of the product", () => {
  type Service = { volumes?: string[]; ports?: string[]; networks?: string[]; image?: string };
  const [compose] = documents<{ services: Record<string, Service>; networks: object }>(
    "packaging/compose.yaml",
  );
  const services = Object.entries(compose!.services);
  expect(services.map(([name]) => name)).toEqual([
    ...["east-box", "west-box", "east-nats", "west-nats", "prometheus", "grafana"],
  ]);
  for (const [name, { volumes = [], ports = [], networks = [] }] of services) {
    for (const volume of volumes) {
      expect([volume, existsSync(join(ROOT, "packaging", volume.split(":")[0]!))]).toEqual([volume, true]);
    }
    for (const network of networks) expect(Object.keys(compose!.networks)).toContain(network);
    const inside = ports.map((port) => Number(port.split(":").at(-1)));
    for (const port of inside) expect(OTHER_PORTS[name] ?? PORTS).toContain(port);
    for (const port of ports) expect(port).toStartWith("127.0.0.1:");
  }
  const outside = services.flatMap(([, { ports = [] }]) => ports.map((port) => port.split(":")[1]));
  expect(new Set(outside).size).toBe(outside.length);
  const [scrape] = documents<{ scrape_configs: [{ static_configs: [{ targets: string[] }] }] }>(
    "packaging/compose/prometheus.yaml",
  );
  expect(scrape!.scrape_configs[0].static_configs[0].targets).toEqual(["east-box:8222", "west-box:8222"]);
});

test("Grafana of compose asks its Prometheus, and shows the dashboard that is mounted where it looks", () => {
  type Compose = { services: Record<string, { volumes: string[] }> };
  const [compose] = documents<Compose>("packaging/compose.yaml");
  const mounted = new Map(
    compose!.services["grafana"]!.volumes.map((volume) => volume.split(":").slice(0, 2) as [string, string]),
  );
  const [source] = documents<{ datasources: { type: string; url: string }[] }>(
    "packaging/compose/grafana-source.yaml",
  );
  expect(source!.datasources).toMatchObject([{ type: "prometheus", url: "http://prometheus:9090" }]);
  expect(mounted.get("./compose/grafana-source.yaml")).toStartWith("/etc/grafana/provisioning/datasources/");
  const [boards] = documents<{ providers: { type: string; options: { path: string } }[] }>(
    "packaging/compose/grafana-boards.yaml",
  );
  expect(mounted.get("./compose/grafana-boards.yaml")).toStartWith("/etc/grafana/provisioning/dashboards/");
  expect(mounted.get("./grafana")).toBe(boards!.providers[0]!.options.path);
});

/** A metric with its labels, as expressions of Prometheus name them. */
const ASKED = /\b(isthmus_\w+)(?:\{([^}]*)\})?/g;

test("alerts and the dashboard of Grafana ask for metrics and labels that there are", () => {
  const known = new Map(
    [...read("docs/metrics.md").matchAll(/^\| `(isthmus_\w+)` \| \w+ \| (.*?) \|/gm)].map(
      ([, name, labels]) => [name!, labels!] as const,
    ),
  );
  const dashboard = JSON.parse(read("packaging/grafana/isthmus.json")) as {
    panels: { targets: { expr: string; legendFormat: string }[] }[];
  };
  const targets = dashboard.panels.flatMap((panel) => panel.targets);
  const alerts = read("packaging/compose/alerts.yaml");
  const capacity = /^```yaml alerts\n([\s\S]*?)^```$/m.exec(read("docs/capacity.md"))![1]!;
  for (const text of [alerts, capacity, ...targets.map(({ expr }) => expr)]) {
    const asked = [...text.matchAll(ASKED)];
    expect(asked.length).toBeGreaterThan(0);
    for (const [, name, labels = ""] of asked) {
      expect([name, known.has(name!)]).toEqual([name, true]);
      for (const [, label] of labels.matchAll(/(\w+)[=!]/g)) {
        if (label !== "instance")
          expect([name, known.get(name!)]).toEqual([name, expect.stringContaining(label!)]);
      }
    }
  }
  for (const { expr, legendFormat } of targets) {
    const labels = known.get(/isthmus_\w+/.exec(expr)![0])!;
    for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
      if (label !== "instance")
        expect([expr, labels]).toEqual([expr, expect.stringContaining(`\`${label}\``)]);
    }
  }
});

test("Kubernetes' manifests name each other's ports, and probes that there are", () => {
  const folder = "packaging/kubernetes";
  const all = readdirSync(join(ROOT, folder)).flatMap((name) =>
    documents<KubernetesObject>(join(folder, name)),
  );
  const container = all.find(({ kind }) => kind === "StatefulSet")!.spec!.template!.spec.containers[0];
  expect(container.ports.map(({ containerPort }) => containerPort)).toEqual(PORTS);
  const named = new Map(container.ports.map(({ name, containerPort }) => [name, containerPort]));
  const services = all.filter(({ kind }) => kind === "Service").flatMap(({ spec }) => spec!.ports!);
  for (const { port, targetPort } of services)
    expect([targetPort, port]).toEqual([targetPort, named.get(targetPort)!]);
  expect(services.length).toBe(PORTS.length);
  const { startupProbe, livenessProbe, readinessProbe } = container;
  const paths = [startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet.path);
  expect(paths).toEqual(["/healthz", "/livez", "/readyz"]);
  for (const path of paths) expect(ENDPOINTS.has(path)).toBe(true);
  for (const { httpGet } of [startupProbe, livenessProbe, readinessProbe])
    expect(named.get(httpGet.port)).toBe(8222);
  const [file] = Object.entries(all.find(({ kind }) => kind === "ConfigMap")!.data!);
  const command = parseFlags(container.args);
  expect(command).toMatchObject({ is: "run", configFile: `/etc/isthmus/${file![0]}` });
  check(file![1]);
});

test("the unit of systemd leaves the JIT alive, reloads by HUP and restarts after a failure", () => {
  const unit = read("packaging/isthmus.service");
  const lines = unit.split("\n").filter((line) => !line.startsWith("#"));
  expect(lines.filter((line) => line.includes("MemoryDenyWriteExecute"))).toEqual([]);
  for (const line of ["ExecReload=/bin/kill -HUP $MAINPID", "Restart=on-failure", "User=isthmus"]) {
    expect(lines).toContain(line);
  }
  for (const [, , rest] of unit.matchAll(/^(ExecStart|ExecStartPre)=\/usr\/local\/bin\/isthmus (.*)$/gm)) {
    expect(parseFlags(rest!.split(" "))).toMatchObject({
      is: "run",
      configFile: "/etc/isthmus/appliance.yaml",
    });
  }
});

const analyze = Bun.which("systemd-analyze");
if (analyze === null) console.error("SKIPPED systemd-analyze verify: there is no systemd-analyze");
test.skipIf(analyze === null)("systemd has nothing to say against the unit", () => {
  const dir = mkdtempSync(join(tmpdir(), "isthmus-unit-"));
  try {
    // The binary is not installed on this machine; any that is will do for the check.
    const text = read("packaging/isthmus.service").replaceAll("/usr/local/bin/isthmus", process.execPath);
    const file = join(dir, "isthmus.service");
    writeFileSync(file, text);
    const run = Bun.spawnSync([analyze!, "verify", file], { stdout: "pipe", stderr: "pipe" });
    const ours = `${run.stdout}${run.stderr}`.split("\n").filter((line) => line.includes("isthmus"));
    expect(ours).toEqual([]);
    writeFileSync(file, text.replace("Restart=on-failure", "Restart=on-whim"));
    const wrong = Bun.spawnSync([analyze!, "verify", file], { stdout: "pipe", stderr: "pipe" });
    expect(`${wrong.stdout}${wrong.stderr}`).toContain("on-whim");
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
