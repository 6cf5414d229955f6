// Where nats-server and this product mean different things by what is not written: nats-server accepts on all
// addresses, so that is written out.

import type { z } from "zod";
import { keyNamed, shapeOf } from "./keys.ts";
import type { ConfEntry, ConfMap, ConfValue } from "./nats-conf-tree.ts";
import { SETTINGS } from "./schema.ts";

/** nats-server's DEFAULT_HOST. */
const EVERYWHERE = "0.0.0.0";

const REMARK = [" nats-server accepts on all addresses where none is written; here it must be written."];

/** Blocks that listen; those that do so only with a port accept nothing without. */
const LISTENERS: Readonly<Record<string, { readonly onlyWithPort: boolean }>> = {
  gateway: { onlyWithPort: false },
  leafnodes: { onlyWithPort: true },
  websocket: { onlyWithPort: true },
};

/** The configuration with the addresses that nats-server would accept on. */
export function withAddresses(root: ConfMap): ConfMap {
  const entries = root.entries.map((entry): ConfEntry => {
    const name = keyNamed(SETTINGS.shape, entry.key);
    const listener = name !== null && Object.hasOwn(LISTENERS, name) ? LISTENERS[name]! : null;
    if (name === null || listener === null || entry.value.is !== "map") return entry;
    const value = withHost(entry.value, SETTINGS.shape[name as "gateway"], listener.onlyWithPort);
    return { ...entry, value };
  });
  return withHost({ ...root, entries }, SETTINGS, false);
}

function withHost(map: ConfMap, schema: z.ZodType, onlyWithPort: boolean): ConfMap {
  const shape = shapeOf(schema);
  if (shape.is !== "block") return map;
  const indexOf = (name: string): number =>
    map.entries.findLastIndex((entry) => keyNamed(shape.keys, entry.key) === name);
  if (indexOf("host") >= 0) return map;
  const listen = indexOf("listen");
  if (listen >= 0) {
    const entry = map.entries[listen]!;
    const value = withHostIn(entry.value);
    if (value === null) return map;
    const comments = [...entry.comments, ...REMARK];
    return { ...map, entries: map.entries.with(listen, { ...entry, value, comments }) };
  }
  const port = indexOf("port");
  if (port < 0 && onlyWithPort) return map;
  const place = map.entries[port]?.place ?? map.place;
  const host: ConfEntry = {
    key: "host",
    place,
    value: { is: "text", value: EVERYWHERE, place, variable: null },
    comments: REMARK,
    trailing: null,
    isVariable: false,
  };
  return { ...map, entries: map.entries.toSpliced(Math.max(0, port), 0, host) };
}

/** `4222` and `:4222` with an address before the colon; null if there is one. */
function withHostIn(value: ConfValue): ConfValue | null {
  const { place } = value;
  const written = value.is === "integer" ? `:${value.value}` : value.is === "text" ? value.value : "";
  if (!written.startsWith(":")) return null;
  return { is: "text", value: `${EVERYWHERE}${written}`, place, variable: null };
}
