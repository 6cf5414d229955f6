// The JWT of an account from the URL of a resolver. Source: client-and-auth.md §4.1.

/** How long one may take, in milliseconds; a login does not wait longer. Source: client-and-auth.md §4.1. */
const FETCH_MILLIS = 1_900;
/** The longest answer that is read, in bytes; a JWT has at most as many. */
const ANSWER_BYTES_MAX = 1024 * 1024;

export interface FetchedAccount {
  readonly jwt: string | null;
  /** For people, when there is none. */
  readonly why: string;
}

/** With what the resolver is called over HTTPS: contents, not paths. */
export interface CallerTls {
  readonly cert: string | null;
  readonly key: string | null;
  /** null: the authorities that the system trusts. */
  readonly ca: string | null;
  readonly insecure: boolean;
}

/** Asks at `url`, which ends with a slash, for the account of this public key. Never throws. */
export async function fetchAccount(
  url: string,
  key: string,
  readTls: () => CallerTls | null,
): Promise<FetchedAccount> {
  try {
    const tls = readTls();
    const answer = await fetch(`${url}${key}`, {
      signal: AbortSignal.timeout(FETCH_MILLIS),
      ...(tls === null ? {} : { tls: material(tls) }),
    });
    if (!answer.ok) {
      await answer.body?.cancel();
      return { jwt: null, why: `the resolver answered ${answer.status}` };
    }
    const text = await textOf(answer);
    return text === null ? { jwt: null, why: "the answer is too large" } : { jwt: text.trim(), why: "" };
  } catch (error) {
    return { jwt: null, why: `the resolver cannot be asked: ${(error as Error).message}` };
  }
}

function material({ cert, key, ca, insecure }: CallerTls): BunFetchRequestInitTLS {
  return {
    ...(cert === null || key === null ? {} : { cert, key }),
    ...(ca === null ? {} : { ca }),
    rejectUnauthorized: !insecure,
  };
}

/** null when there is more than is read. */
async function textOf(answer: Response): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("latin1");
}
