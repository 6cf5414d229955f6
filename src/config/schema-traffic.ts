// What passes between accounts: `exports`, `imports` and `mappings`. Source: nats-server 2.15 server/opts.go,
// parseAccountExports, parseAccountImports, parseAccountMappings.

import { z } from "zod";
import type { ResponseType } from "../forward/traffic-options.ts";
import type { Parsed } from "./address.ts";
import { block, key, kind } from "./keys.ts";
import { duration, flag, list, name, OTHER_KIND, parsed, text } from "./kinds.ts";
import { subject } from "./kinds-leaf.ts";
import { UNSUPPORTED_EXPORT, UNSUPPORTED_IMPORT } from "./unsupported.ts";

const HOUR_MILLIS = 3_600_000;
const PERCENT = 100;
const DESTINATION = text("a subject with {{wildcard(1)}} and the like", "new.{{wildcard(1)}}");

const RESPONSES: Readonly<Record<string, ResponseType>> = {
  single: "single",
  singleton: "single",
  stream: "stream",
  chunk: "chunked",
  chunked: "chunked",
};

function responseType() {
  const values = ["single", "stream", "chunked"];
  const note = { wants: "single, stream or chunked", example: "stream", values };
  return parsed(z.string(), note, (value): Parsed<ResponseType> => {
    const found = RESPONSES[value.toLowerCase()];
    return found === undefined ? { problem: OTHER_KIND } : { value: found };
  });
}

function weight() {
  const note = { wants: "a weight such as 60%", example: "60%" };
  return parsed(z.union([z.string(), z.number()]), note, (value): Parsed<number> => {
    const digits = String(value).replace(/%$/, "");
    if (!/^\d+$/.test(digits)) return { problem: OTHER_KIND };
    if (Number(digits) > PERCENT) return { problem: `too large: the most is ${PERCENT}%` };
    return { value: Number(digits) };
  });
}

const EXPORT = block(
  {
    stream: key(subject(), {
      help: "Messages that other accounts may import; either this or service.",
      reload: true,
    }),
    service: key(subject(), { help: "Requests of other accounts that this one answers.", reload: true }),
    accounts: key(list(name("an account name", "SALES"), "a list of account names", "[SALES]"), {
      help: "The only accounts that may import it (absent: all of them).",
      reload: true,
    }),
    response_type: key(responseType(), {
      help: "How many answers a request has: single, stream or chunked (absent: single).",
      reload: true,
      aliases: ["response"],
    }),
    threshold: key(duration({ min: 1, max: 24 * HOUR_MILLIS }), {
      help: "Time for an answer, or between those of a stream (absent: 2m).",
      reload: true,
      aliases: ["response_threshold", "response_max_time", "response_time"],
    }),
  },
  UNSUPPORTED_EXPORT,
);

export const EXPORTS = list(EXPORT, "a list of exports", '[{stream: "prices.>"}]');

const SOURCE = block({
  account: key(name("an account name", "ORDERS"), { help: "The account that exports it.", reload: true }),
  subject: key(subject(), { help: "The subject there, all or a part of what is exported.", reload: true }),
});

const IMPORT = block(
  {
    stream: key(SOURCE, { help: "Messages of another account; either this or service.", reload: true }),
    service: key(SOURCE, { help: "Requests that another account answers.", reload: true }),
    prefix: key(text("a subject without wildcards", "orders"), {
      help: "Tokens before the subjects of a stream here; not together with to.",
      reload: true,
    }),
    to: key(DESTINATION, { help: "The subject here (absent: the same as there).", reload: true }),
    share: key(flag(), {
      help: "Tells the account that answers who asks, beyond his account (absent: false).",
      reload: true,
    }),
  },
  UNSUPPORTED_IMPORT,
);

export const IMPORTS = list(IMPORT, "a list of imports", '[{stream: {account: A, subject: "prices.>"}}]');

const CHOICE = block({
  destination: key(DESTINATION, { help: "Where such messages go instead.", reload: true, aliases: ["dest"] }),
  weight: key(weight(), { help: "How many of them, in per cent.", reload: true }),
  cluster: key(name("the name of a cluster", "region-a"), {
    help: "The only cluster where this counts, in place of those for all (absent: any).",
    reload: true,
  }),
});

export const MAPPINGS = kind(
  z.record(
    z.string(),
    kind(
      z.union([
        DESTINATION,
        list(CHOICE, "a list of destinations", "[{destination: b, weight: 50%}]"),
        CHOICE,
      ]),
      { wants: "a destination, or a list of them with weights", example: '"new.{{wildcard(1)}}"' },
    ),
  ),
  { wants: "a block with a destination for each subject", example: '{"old.*": "new.{{wildcard(1)}}"}' },
);

export type ExportSettings = z.output<typeof EXPORT>;
export type ImportSettings = z.output<typeof IMPORT>;
export type MappingsSettings = z.output<typeof MAPPINGS>;
