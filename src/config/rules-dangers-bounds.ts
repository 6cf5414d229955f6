// Numbers that are allowed and that nobody is happy with.

import type { Places } from "./places.ts";
import type { Settings } from "./schema.ts";

/** nats-server warns above this as well. Unit: bytes. Source: MAX_PAYLOAD_MAX_SIZE in server/const.go. */
const PAYLOAD_BYTES_WISE = 8 * 1024 * 1024;

export function warnOfBounds({ max_payload: bytes }: Settings, places: Places): void {
  if (bytes <= PAYLOAD_BYTES_WISE) return;
  const message =
    `${bytes} bytes: a message over 8MB holds up all others of a link; write 8MB or less, and send ` +
    "large things in pieces";
  places.danger("large-payload", ["max_payload"], message);
}
