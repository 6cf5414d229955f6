// The `permissions` block: what a user may send and ask for.

import { z } from "zod";
import { block, key, keyOr, kind } from "./keys.ts";
import { count, duration, flag, list } from "./kinds.ts";
import { subject, subjectOrGroup, subjects } from "./kinds-leaf.ts";
import { UNSUPPORTED_PERMISSIONS } from "./unsupported.ts";

const WANTS = "a subject, a list of subjects, or allow and deny";

function rule(one: ReturnType<typeof subject>) {
  return kind(
    z.union([
      one,
      list(one, "a list of subjects", '["orders.>"]'),
      block({
        allow: key(subjects(one), {
          help: "The only subjects that are allowed (absent: all of them).",
          reload: true,
        }),
        deny: key(subjects(one), {
          help: "Subjects that are not allowed, whatever allow says.",
          reload: true,
        }),
      }),
    ]),
    { wants: WANTS, example: '{allow: ["orders.>"]}' },
  );
}

const RESPONSES = kind(
  z.union([
    flag(),
    block({
      max: keyOr(count("answers", { min: -1, max: 2 ** 31 - 1 }), 1, {
        help: "How many answers a request may have; -1: any number.",
        reload: true,
        aliases: ["max_msgs", "max_messages", "max_responses"],
      }),
      expires: keyOr(duration({ min: 1, max: 86_400_000 }), "2m", {
        help: "How long a request may be answered.",
        reload: true,
        aliases: ["expiration", "ttl"],
      }),
    }),
  ]),
  { wants: "true, or max and expires", example: "true" },
);

export const PERMISSIONS = block(
  {
    publish: key(rule(subject()), {
      help: "Subjects that may be sent to; of a leaf, what it may send to us.",
      reload: true,
      aliases: ["pub", "import"],
    }),
    subscribe: key(rule(subjectOrGroup()), {
      help: 'Subjects that may be subscribed to, "orders.> workers" in one queue group; of a leaf, what we send it.',
      reload: true,
      aliases: ["sub", "export"],
    }),
    allow_responses: key(RESPONSES, {
      help: "Lets the user answer what it was asked, and without publish nothing else.",
      reload: true,
      aliases: ["allow_response"],
    }),
  },
  UNSUPPORTED_PERMISSIONS,
);

export type PermissionsSettings = z.output<typeof PERMISSIONS>;
export type RuleSettings = z.output<ReturnType<typeof rule>>;
