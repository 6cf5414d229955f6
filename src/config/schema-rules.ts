// What may cross to other regions: lists of subjects, for every account or for single ones. nats-server has
// no such keys.

import { z } from "zod";
import { block, key, kind } from "./keys.ts";
import { subjects } from "./kinds-leaf.ts";

const LISTS = {
  allow: key(subjects(), {
    help: "The only subjects that may cross (absent: all of them).",
    reload: true,
  }),
  deny: key(subjects(), {
    help: "Subjects that may not cross, whatever allow says.",
    reload: true,
  }),
};

const WAY = block(LISTS);

const WAYS = {
  allow: key(subjects(), {
    help: "The only subjects that may cross, in either direction (absent: all of them).",
    reload: true,
  }),
  deny: key(subjects(), {
    help: "Subjects that may not cross in either direction, whatever allow says.",
    reload: true,
  }),
  export: key(WAY, {
    help: "The same for what leaves this region alone.",
    reload: true,
  }),
  import: key(WAY, {
    help: "The same for what comes into this region alone.",
    reload: true,
  }),
};

const OF_ACCOUNT = block(WAYS);

export const RULES = {
  ...WAYS,
  accounts: key(
    kind(z.record(z.string(), OF_ACCOUNT), {
      wants: "accounts by name, each with its rules",
      example: 'EU: {allow: ["orders.>"]}',
    }),
    {
      help: "The only accounts that may cross, by name, with rules of their own (absent: all accounts).",
      reload: true,
    },
  ),
};

export type WayRules = z.output<typeof OF_ACCOUNT>;
export type WayLists = z.output<typeof WAY>;
