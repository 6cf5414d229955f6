// The subject of a certificate as text, in whichever order and with whichever escapes it is written. Source:
// RFC 4514; nats-server compares subjects so for verify_and_map (internal/ldap/dn.go, server/auth.go).

/** One attribute or several, such as `OU=Ops+CN=bob`. */
type RelativeName = readonly Attribute[];

interface Attribute {
  readonly type: string;
  readonly value: string;
}

/** Attributes that Go's crypto/x509 knows, in the order in which it writes them, and no others. */
const GO_ORDER = ["SERIALNUMBER", "CN", "POSTALCODE", "STREET", "ST", "L", "OU", "O", "C"];

/** OpenSSL has names of its own for some of them. */
const SHORT: Readonly<Record<string, string>> = { STREETADDRESS: "STREET", "2.5.4.17": "POSTALCODE" };

/**
 * The same text for all spellings of one name: types in any case, relative names in any order. Null for what
 * is no distinguished name. It is for comparing only.
 */
export function nameKey(text: string): string | null {
  const names = read(text);
  return names === null ? null : keyOf(names);
}

/** As nameKey, of what is left of a name when everything is dropped that Go does not know. */
export function knownNameKey(text: string): string | null {
  const known = (read(text) ?? [])
    .map((name) => name.filter(({ type }) => GO_ORDER.includes(type)))
    .filter((name) => name.length > 0);
  return known.length === 0 ? null : keyOf(known);
}

function keyOf(names: readonly RelativeName[]): string {
  const relative = names.map((name) => JSON.stringify(name.map((one) => [one.type, one.value]).sort()));
  return JSON.stringify(relative.sort());
}

/** Null when it cannot be read. */
function read(text: string): RelativeName[] | null {
  const names: RelativeName[] = [];
  let name: Attribute[] = [];
  let part = new Part();
  let type: string | null = null;
  const finish = (): boolean => {
    if (type === null || type === "") return false;
    const upper = type.toUpperCase();
    name.push({ type: SHORT[upper] ?? upper, value: part.text });
    part = new Part();
    type = null;
    return true;
  };
  const chars = [...text];
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at]!;
    if (char === "\\") {
      const taken = part.escaped(chars, at + 1);
      if (taken === 0) return null;
      at += taken;
    } else if (char === "=" && type === null) {
      type = part.text;
      part = new Part();
      if (chars[at + 1] === "#") return null; // BER in hexadecimal, which nobody writes.
    } else if (char === "," || char === "+") {
      if (!finish()) return null;
      if (char === "+") continue;
      names.push(name);
      name = [];
    } else part.plain(char);
  }
  if (!finish()) return null;
  names.push(name);
  return names;
}

/** A type or a value while it is read; blanks around it do not count unless they are escaped. */
class Part {
  readonly #bytes: number[] = [];
  /** Bytes up to here stay, whatever follows. */
  #kept = 0;

  plain(char: string): void {
    if (char === " " && this.#bytes.length === 0) return;
    this.#bytes.push(...Buffer.from(char));
    if (char !== " ") this.#kept = this.#bytes.length;
  }

  /** Answers how many characters behind the backslash belong to it; 0 when they mean nothing. */
  escaped(chars: readonly string[], at: number): number {
    const char = chars[at];
    if (char !== undefined && ' "#+,;<=>\\'.includes(char)) {
      this.#bytes.push(char.charCodeAt(0));
      this.#kept = this.#bytes.length;
      return 1;
    }
    const pair = chars.slice(at, at + 2).join("");
    if (!/^[0-9a-fA-F]{2}$/.test(pair)) return 0;
    this.#bytes.push(Number.parseInt(pair, 16));
    this.#kept = this.#bytes.length;
    return 2;
  }

  get text(): string {
    return Buffer.from(this.#bytes.slice(0, this.#kept)).toString();
  }
}
