// What is legal in a configuration and dangerous all the same; each idea has a file of its own.

import type { Places } from "./places.ts";
import { warnOfUnreachable } from "./rules-dangers-advertise.ts";
import { warnOfAnybody } from "./rules-dangers-anybody.ts";
import { warnOfBounds } from "./rules-dangers-bounds.ts";
import { warnOfUnknownGateways } from "./rules-dangers-gateway.ts";
import { warnOfUnverified } from "./rules-dangers-insecure.ts";
import { warnOfPlainSecrets } from "./rules-dangers-passwords.ts";
import { listenersOf } from "./rules-dangers-reach.ts";
import { warnOfOneself } from "./rules-dangers-self.ts";
import { warnOfSingleUrls } from "./rules-dangers-single-url.ts";
import { warnOfSharedSystemAccount } from "./rules-dangers-system.ts";
import { warnOfClearText } from "./rules-dangers-tls.ts";
import type { Settings } from "./schema.ts";

/** Adds a warning to `places` for everything of which one can know from the file alone that it is unwise. */
export function checkDangers(settings: Settings, places: Places): void {
  const listeners = listenersOf(settings);
  warnOfClearText(settings, listeners, places);
  warnOfAnybody(settings, listeners, places);
  warnOfUnverified(settings, places);
  warnOfUnknownGateways(settings, listeners, places);
  warnOfOneself(settings, listeners, places);
  warnOfUnreachable(listeners, places);
  warnOfPlainSecrets(settings, listeners, places);
  warnOfSingleUrls(settings, places);
  warnOfSharedSystemAccount(settings, places);
  warnOfBounds(settings, places);
}
