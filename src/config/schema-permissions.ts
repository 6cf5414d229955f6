// The `permissions` block: what a user may send and ask for.

import { z } from "zod";
import { block, key, kind } from "./keys.ts";
import { list } from "./kinds.ts";
import { subject, subjects } from "./kinds-leaf.ts";
import { UNSUPPORTED_PERMISSIONS } from "./unsupported.ts";

const WANTS = "a subject, a list of subjects, or allow and deny";

const RULE = kind(
  z.union([
    subject(),
    list(subject(), "a list of subjects", '["orders.>"]'),
    block({
      allow: key(subjects(), {
        help: "The only subjects that are allowed (absent: all of them).",
        reload: true,
      }),
      deny: key(subjects(), {
        help: "Subjects that are not allowed, whatever allow says.",
        reload: true,
      }),
    }),
  ]),
  { wants: WANTS, example: '{allow: ["orders.>"]}' },
);

export const PERMISSIONS = block(
  {
    publish: key(RULE, {
      help: "Subjects that may be sent to; of a leaf, what it may send to us.",
      reload: true,
      aliases: ["pub", "import"],
    }),
    subscribe: key(RULE, {
      help: "Subjects that may be subscribed to; of a leaf, what we may send to it.",
      reload: true,
      aliases: ["sub", "export"],
    }),
  },
  UNSUPPORTED_PERMISSIONS,
);

export type PermissionsSettings = z.output<typeof PERMISSIONS>;
export type RuleSettings = z.output<typeof RULE>;
