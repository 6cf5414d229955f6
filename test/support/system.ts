// The system account of a world of servers: what is asked in it by a client, and by the nats tool.

import type { NatsConnection } from "@nats-io/transport-node";
import type { JsonObject } from "./member.ts";
import { findNatsCli, nats } from "./nats-cli.ts";
import type { ServerWorld } from "./world.ts";

/** Of every cluster of such a world: an account for everybody, and one for operators. */
export const SYSTEM_ACCOUNTS = { accounts: ["APP", "SYS"], top: { system_account: "SYS" } } as const;

export type Reply = { readonly [key: string]: unknown };

/** A server's answer as Go's ServerAPIResponse, as far as tests look into it. */
export interface ServerReply {
  readonly server: {
    readonly name: string;
    readonly id: string;
    readonly seq: number;
    readonly [key: string]: unknown;
  };
  readonly data?: Reply | null;
  readonly error?: { readonly code: number; readonly description: string };
  readonly [key: string]: unknown;
}

/** One answer to one question. */
export async function asked(
  client: NatsConnection,
  subject: string,
  body: unknown = "",
): Promise<ServerReply> {
  const payload = typeof body === "string" ? body : JSON.stringify(body);
  return (await client.request(subject, payload, { timeout: 5_000 })).json<ServerReply>();
}

/** All answers that come to a question, until there are so many, by server. */
export async function askedAll(
  client: NatsConnection,
  subject: string,
  count: number,
  body: unknown = "",
): Promise<Map<string, ServerReply>> {
  const payload = typeof body === "string" ? body : JSON.stringify(body);
  const answers = await client.requestMany(subject, payload, {
    strategy: "count",
    maxMessages: count,
    maxWait: 5_000,
  });
  const byServer = new Map<string, ServerReply>();
  for await (const message of answers) {
    const answer = message.json<ServerReply>();
    byServer.set(answer.server.name, answer);
  }
  return byServer;
}

/** The id of a member, by its monitoring. */
export async function idOf(world: ServerWorld, cluster: string): Promise<string> {
  return (await shown(world, cluster, "varz"))["server_id"] as string;
}

/** What an endpoint of a member shows. */
export async function shown(world: ServerWorld, cluster: string, path: string): Promise<Reply> {
  const response = await fetch(`${world.member(cluster).monitorUrl}/${path}`);
  return (await response.json()) as Reply;
}

/** Runs the nats tool as the user of an account; an error with all that it said when it fails. */
export async function tool(
  world: ServerWorld,
  cluster: string,
  account: string,
  ...args: string[]
): Promise<string> {
  const login = ["--user", `${account}-user`, "--password", `${account}-pass`];
  const { code, out, err } = await nats(
    findNatsCli()!,
    world.member(cluster).clientUrl,
    [...login, ...args],
    20_000,
  );
  if (code !== 0) throw new Error(`nats ${args.join(" ")} ended with ${code}:\n${out}\n${err}`);
  return out;
}

/** The rows of a table of the tool, each as its cells. */
export function rows(table: string): string[][] {
  return table
    .split("\n")
    .filter((line) => line.startsWith("│"))
    .map((line) =>
      line
        .slice(1, -1)
        .split("│")
        .map((cell) => cell.trim()),
    );
}

/** The documents that stand one after the other in what the tool printed. */
export function documents(text: string): ServerReply[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as ServerReply);
}

/** The names of all members of a document, with those inside of them; what is listed counts once. */
export function shape(value: unknown, at = ""): string[] {
  if (Array.isArray(value)) return value.length === 0 ? [] : shape(value[0], `${at}[]`);
  if (typeof value !== "object" || value === null) return [`${at}:${typeof value}`];
  return Object.entries(value as JsonObject).flatMap(([name, inner]) => shape(inner, `${at}.${name}`));
}
