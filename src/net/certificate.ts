// What is read from certificates: whom one names, when it ends, which key it has.

import { createHash, X509Certificate } from "node:crypto";
import type { Millis } from "../base/clock.ts";
import type { CertificateNames } from "../peer/transport.ts";

/** Whom a peer's certificate names. Source: gateway.md §6, leafnode.md §11. */
export function namesOf(certificate: X509Certificate): CertificateNames {
  const alternatives = (certificate.subjectAltName ?? "").split(", ");
  const named = (kind: string): string[] =>
    alternatives.filter((name) => name.startsWith(kind)).map((name) => unquoted(name.slice(kind.length)));
  const dns = named("DNS:");
  const subject = subjectOf(certificate);
  return { dns, all: [...named("email:"), ...dns, ...named("URI:"), subject], subject };
}

/** As nats-server writes it: the last part first. */
export function subjectOf({ subject }: X509Certificate): string {
  return subject.split("\n").reverse().join(",");
}

/** SHA-256 of the public key info, hex. */
export function keyDigestOf(certificate: X509Certificate): string {
  const spki = certificate.publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(spki).digest("hex");
}

/** SHA-256 of the whole certificate, hex. */
export function digestOf({ raw }: X509Certificate): string {
  return createHash("sha256").update(raw).digest("hex");
}

/** From when to when the first certificate of a chain in PEM is valid. Throws when it is none. */
export function lifeOf(pem: string): { readonly from: Millis; readonly to: Millis } {
  const { validFrom, validTo } = new X509Certificate(pem);
  return { from: Date.parse(validFrom), to: Date.parse(validTo) };
}

/** A name that holds what separates names stands in quotes, so that it cannot pass for two. */
function unquoted(name: string): string {
  if (!name.startsWith('"')) return name;
  try {
    return String(JSON.parse(name));
  } catch {
    return name;
  }
}
