// What a tls block comes down to, as Bun takes it, and whether Bun would take it.

import { createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import type { TLSOptions } from "bun";
import type { Millis } from "../base/clock.ts";

/** Contents, not paths. */
export interface TlsOptions {
  /** null: none of our own; only for whom a listener does not verify. */
  readonly cert: string | null;
  readonly key: string | null;
  /** null: the authorities that the system trusts. */
  readonly ca: string | null;
  /** Whoever connects must show a certificate that verifies. */
  readonly verify: boolean;
  /** Do not verify whom we dial. */
  readonly insecure: boolean;
  /** SHA-256 of the public key info, hex; empty: any certificate that verifies. */
  readonly pinned: readonly string[];
  /** How long a handshake may take. */
  readonly timeoutMillis: Millis;
  /** The least version that is spoken. Absent: 1.2. */
  readonly minVersion?: "1.2" | "1.3";
  /** Names of OpenSSL for suites of TLS 1.2; those of 1.3 cannot be chosen. Absent: what nats-server has. */
  readonly ciphers?: readonly string[] | null;
  /** Names of OpenSSL, the most wanted first. Absent: Bun's. */
  readonly curves?: readonly string[] | null;
}

/** For remotes that want TLS and are configured without: no certificate of our own, verified as the system
 *  does. Source: leafnode.md §11, §10. */
export const SYSTEM_TLS: TlsOptions = {
  cert: null,
  key: null,
  ca: null,
  verify: false,
  insecure: false,
  pinned: [],
  timeoutMillis: 2_000,
};

/** What Go calls secure. Bun's own list also has key exchanges without forward secrecy. */
const CIPHERS = [
  ...["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"],
  ...["ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"],
  ...["ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305"],
  ...["ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA", "ECDHE-RSA-AES256-SHA"],
];

/** As TLS itself numbers them. */
const VERSIONS = { "1.2": 0x0303, "1.3": 0x0304 };

/** What both ends of a connection are opened with. Not all of it is in Bun's types. */
export function material(options: TlsOptions): TLSOptions {
  const { cert, key, ca, minVersion = "1.2", ciphers, curves } = options;
  const chosen = ciphers ?? CIPHERS;
  return {
    ...(cert === null || key === null ? {} : { cert, key }),
    ...(ca === null ? {} : { ca }),
    ...(chosen.length === 0 ? {} : { ciphers: chosen.join(":") }),
    ...(curves == null ? {} : { ecdhCurve: curves.join(":") }),
    ...{ minVersion: VERSIONS[minVersion] },
  };
}

/** The same in the words of node:tls. */
export function nodeMaterial(options: TlsOptions): SecureContextOptions {
  const { minVersion = "1.2" } = options;
  return { ...(material(options) as SecureContextOptions), minVersion: `TLSv${minVersion}` };
}

/** Throws an Error that says which of the contents is of no use, and why. */
export function checkMaterial(options: TlsOptions): void {
  const { cert, key, ca } = options;
  if (cert !== null && key !== null) checkPair(cert, key);
  if (ca !== null) attempt("the authorities", () => new X509Certificate(ca));
  attempt("TLS", () => createSecureContext(nodeMaterial(options)));
}

function checkPair(cert: string, key: string): void {
  const certificate = attempt("the certificate", () => new X509Certificate(cert));
  const own = attempt("the key", () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(own)) throw new Error("the key is not that of the certificate");
}

function attempt<T>(what: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new Error(`${what} cannot be used: ${(error as Error).message}`);
  }
}
