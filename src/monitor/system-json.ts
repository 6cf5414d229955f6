// JSON that somebody sent into the system account, read without trust.

type Parsed = Readonly<Record<string, unknown>>;

/** The longest document that is read, in bytes: the STATSZ of a server with hundreds of gateways. */
const DOCUMENT_BYTES_MAX = 1_048_576;

/** The value as an object; an empty one when it is none. */
export function fieldsOf(value: unknown): Parsed {
  return typeof value === "object" && value !== null ? (value as Parsed) : {};
}

/** The object in the payload; an empty one when there is none. */
export function parsedObject(payload: Uint8Array): Parsed {
  if (payload.length === 0 || payload.length > DOCUMENT_BYTES_MAX) return {};
  try {
    return fieldsOf(JSON.parse(Buffer.from(payload).toString("utf8")));
  } catch {
    return {};
  }
}
