// The kinds of scalar values that leaf nodes, WebSocket, permissions and nkeys brought along.

import { z } from "zod";
import { isPublicUserKey, isSeed } from "../auth/nkey.ts";
import { bytesOf } from "../base/bytes.ts";
import type { CompressionMode, LeafUrl } from "../leaf/options.ts";
import { isValidSubject } from "../subject/subject.ts";
import type { Parsed } from "./address.ts";
import { kind } from "./keys.ts";
import { list, OTHER_KIND, parsed } from "./kinds.ts";
import { parseLeafUrl, parseOrigin, parseProxyUrl } from "./leaf-url.ts";
import { nearest } from "./nearest.ts";
import { parseDurationMillis } from "./units.ts";

export function leafUrl() {
  const note = { wants: "a URL", example: "nats://host:7422", secret: true };
  return parsed(z.string(), note, (value): Parsed<LeafUrl> => parseLeafUrl(value));
}

export function proxyUrl() {
  const note = { wants: "the URL of a proxy", example: "http://host:3128", secret: true };
  return parsed(z.string(), note, (value): Parsed<string> => parseProxyUrl(value));
}

export function origin() {
  const note = { wants: "an origin", example: "https://app.example.org" };
  return parsed(z.string(), note, (value): Parsed<string> => parseOrigin(value));
}

/** Whether a text is a subject that one can subscribe to. */
function isSubject(text: string): boolean {
  const bytes = bytesOf(text);
  return isValidSubject(bytes, 0, bytes.length) && !/\p{Cc}/u.test(text);
}

/** A subject, with wildcards or without. */
export function subject() {
  return parsed(z.string(), { wants: "a subject", example: '"orders.>"' }, (value): Parsed<string> => {
    if (isSubject(value)) return { value };
    const words = wordsOf(value);
    return { problem: words.length === 2 && words.every(isSubject) ? GROUP_PROBLEM : SUBJECT_PROBLEM };
  });
}

/** A subject, or a subject and the queue group whose members it is for. */
export function subjectOrGroup() {
  const note = { wants: "a subject, with a queue group or without", example: '"orders.> workers"' };
  return parsed(z.string(), note, (value): Parsed<string> => {
    const words = wordsOf(value);
    if (words.length <= 2 && words.every(isSubject)) return { value: words.join(" ") };
    return { problem: SUBJECT_PROBLEM };
  });
}

const SUBJECT_PROBLEM = 'not a subject: tokens stand between dots, without blanks; write "orders.>"';
const GROUP_PROBLEM = "queue groups are for what is subscribed to; write the subject alone";

const wordsOf = (value: string): string[] => value.trim().split(/\s+/);

export function subjects(one: ReturnType<typeof subject> = subject()) {
  const wants = "a subject or a list of subjects";
  const example = '["orders.>"]';
  return kind(z.union([one, list(one, wants, example)]), { wants, example });
}

export function publicUserKey() {
  const note = { wants: "the public key of a user", example: `U${"A".repeat(7)}...` };
  return parsed(z.string(), note, (value): Parsed<string> => {
    if (isPublicUserKey(value)) return { value };
    if (value.startsWith("S"))
      return { problem: "a seed is secret; write the public key, which begins with U" };
    return { problem: "not the public key of a user: 56 letters and digits that begin with U" };
  });
}

export function userSeed() {
  const note = { wants: "the seed of a user", example: '"SUA..."', secret: true };
  return parsed(z.string(), note, (value): Parsed<string> => {
    if (value.startsWith("SU") && isSeed(value)) return { value };
    return { problem: "not the seed of a user: 58 letters and digits that begin with SU" };
  });
}

/** What may be written for each mode, in any case; `on` is s2_auto for leafs. Source: leafnode.md §9.1. */
const MODES: Readonly<Record<string, CompressionMode>> = {
  off: "off",
  disabled: "off",
  false: "off",
  accept: "accept",
  on: "s2_auto",
  enabled: "s2_auto",
  true: "s2_auto",
  auto: "s2_auto",
  s2_auto: "s2_auto",
  s2_uncompressed: "s2_uncompressed",
  fast: "s2_fast",
  s2_fast: "s2_fast",
  better: "s2_better",
  s2_better: "s2_better",
  best: "s2_best",
  s2_best: "s2_best",
  not_supported: "not supported",
  "not supported": "not supported",
};

export function compressionMode() {
  const values = [...new Set(Object.values(MODES))].filter((mode) => mode !== "not supported");
  const note = { wants: "a mode of compression", example: "s2_auto", values };
  return parsed(z.union([z.boolean(), z.string()]), note, (value): Parsed<CompressionMode> => {
    const written = String(value).toLowerCase();
    if (Object.hasOwn(MODES, written)) return { value: MODES[written]! };
    const near = nearest(written, Object.keys(MODES));
    const known = "write off, accept, s2_auto, s2_fast, s2_better or s2_best";
    return { problem: `an unknown mode of compression; ${near === null ? known : `did you mean ${near}?`}` };
  });
}

/** How long "auto" waits for a first byte, in milliseconds. Source: leafnode.md §11. */
const FALLBACK_MILLIS = 50;

/** True: at once; a number: when a first byte comes within so many milliseconds. */
export function handshakeFirst() {
  const note = { wants: "true, false, auto or a duration such as 300ms", example: "auto" };
  return parsed(z.union([z.boolean(), z.string()]), note, (value): Parsed<boolean | number> => {
    if (typeof value === "boolean") return { value };
    const lower = value.toLowerCase();
    if (lower === "true" || lower === "on") return { value: true };
    if (lower === "false" || lower === "off") return { value: false };
    if (lower === "auto" || lower === "auto_fallback") return { value: FALLBACK_MILLIS };
    const millis = parseDurationMillis(value);
    if (millis === null) return { problem: OTHER_KIND };
    return { value: millis === 0 ? true : millis };
  });
}

/** The least version that is legal. Source: leafnode.md §2.2. */
const LEAST: readonly [number, number, number] = [2, 8, 0];

/** A version of nats-server; the value is x.y.z. */
export function serverVersion() {
  const note = { wants: "a version in quotes", example: '"2.10.0"' };
  return parsed(z.string(), note, (value): Parsed<string> => {
    const match = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?:[-+].*)?$/.exec(value.trim());
    if (match === null) return { problem: 'not a version; write "2.10.0"' };
    const [major, minor, patch] = [Number(match[1]), Number(match[2]), Number(match[3])];
    const order = major - LEAST[0] || minor - LEAST[1] || patch - LEAST[2];
    if (order < 0) return { problem: `too low: the least version is ${LEAST.join(".")}` };
    return { value: `${major}.${minor}.${patch}` };
  });
}
