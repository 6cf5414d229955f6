// Gateways with TLS want certificates of one authority on both ends. They are made afresh for each run, so
// that none can expire in the repository.

import { join } from "node:path";
import type { JsonObject } from "./member.ts";

/** Why no certificates can be made here; undefined if they can. */
export function whyNoCertificates(): string | undefined {
  return Bun.which("openssl") === null ? "there is no openssl on this machine" : undefined;
}

/** An authority and what it signs, as files in a directory that the caller removes. */
export class Authority {
  readonly #dir: string;
  readonly #name: string;

  constructor(dir: string, name: string) {
    this.#dir = dir;
    this.#name = name;
    const subject = ["-subj", `/CN=${name}`];
    openssl([
      "req",
      "-x509",
      ...FRESH_KEY,
      ...subject,
      "-days",
      "2",
      "-keyout",
      this.#key,
      "-out",
      this.certificate,
    ]);
  }

  get certificate(): string {
    return join(this.#dir, `${this.#name}-ca.pem`);
  }

  get #key(): string {
    return join(this.#dir, `${this.#name}-ca.key`);
  }

  /** A tls block for a server at 127.0.0.1, with a certificate that may act as server and as client. */
  tls(holder: string, { subject = `/CN=${holder}`, names = HERE, days = 2 }: Certified = {}): JsonObject {
    const file = (suffix: string) => join(this.#dir, `${this.#name}-${holder}.${suffix}`);
    openssl(["req", ...FRESH_KEY, "-subj", subject, "-keyout", file("key"), "-out", file("csr")]);
    const extensions = `subjectAltName=${names}\nextendedKeyUsage=serverAuth,clientAuth\n`;
    const signer = ["-CA", this.certificate, "-CAkey", this.#key, "-CAcreateserial"];
    openssl(
      [
        "x509",
        "-req",
        "-in",
        file("csr"),
        ...signer,
        "-days",
        `${days}`,
        "-extfile",
        "-",
        "-out",
        file("pem"),
      ],
      extensions,
    );
    return { cert_file: file("pem"), key_file: file("key"), ca_file: this.certificate, timeout: 5 };
  }
}

const HERE = "IP:127.0.0.1,DNS:localhost";

/** What a certificate says that is not as usual. */
export interface Certified {
  readonly subject?: string;
  /** As openssl writes a subjectAltName. */
  readonly names?: string;
  /** How long it is valid; below 0 it ended before it was made. */
  readonly days?: number;
}

const FRESH_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

function openssl(args: readonly string[], input = ""): void {
  const run = Bun.spawnSync(["openssl", ...args], {
    stdin: Buffer.from(input),
    stdout: "ignore",
    stderr: "pipe",
  });
  if (run.exitCode !== 0) throw new Error(`openssl ${args[0]}: ${run.stderr}`);
}
