// Suites and curves by the names that nats-server knows them by, and by those that the runtime takes. Source:
// nats-server 2.15 server/ciphersuites.go, which takes them from Go's crypto/tls.

export interface CipherSuite {
  /** null: a suite of TLS 1.3, of which none can be switched off. */
  readonly openssl: string | null;
  /** Go calls it insecure: no forward secrecy, or a broken cipher. */
  readonly insecure?: boolean;
}

export const CIPHER_SUITES: Readonly<Record<string, CipherSuite>> = {
  TLS_AES_128_GCM_SHA256: { openssl: null },
  TLS_AES_256_GCM_SHA384: { openssl: null },
  TLS_CHACHA20_POLY1305_SHA256: { openssl: null },
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: { openssl: "ECDHE-ECDSA-AES128-GCM-SHA256" },
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: { openssl: "ECDHE-RSA-AES128-GCM-SHA256" },
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: { openssl: "ECDHE-ECDSA-AES256-GCM-SHA384" },
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: { openssl: "ECDHE-RSA-AES256-GCM-SHA384" },
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: { openssl: "ECDHE-ECDSA-CHACHA20-POLY1305" },
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: { openssl: "ECDHE-RSA-CHACHA20-POLY1305" },
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305: { openssl: "ECDHE-ECDSA-CHACHA20-POLY1305" },
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305: { openssl: "ECDHE-RSA-CHACHA20-POLY1305" },
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: { openssl: "ECDHE-ECDSA-AES128-SHA" },
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: { openssl: "ECDHE-RSA-AES128-SHA" },
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: { openssl: "ECDHE-ECDSA-AES256-SHA" },
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: { openssl: "ECDHE-RSA-AES256-SHA" },
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256: { openssl: "ECDHE-ECDSA-AES128-SHA256", insecure: true },
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256: { openssl: "ECDHE-RSA-AES128-SHA256", insecure: true },
  TLS_RSA_WITH_AES_128_GCM_SHA256: { openssl: "AES128-GCM-SHA256", insecure: true },
  TLS_RSA_WITH_AES_256_GCM_SHA384: { openssl: "AES256-GCM-SHA384", insecure: true },
  TLS_RSA_WITH_AES_128_CBC_SHA: { openssl: "AES128-SHA", insecure: true },
  TLS_RSA_WITH_AES_256_CBC_SHA: { openssl: "AES256-SHA", insecure: true },
};

/** Suites that nats-server takes with allow_insecure_cipher_suites and that the runtime does not have. */
export const ABSENT_SUITES: ReadonlySet<string> = new Set([
  ...["TLS_RSA_WITH_RC4_128_SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA", "TLS_RSA_WITH_AES_128_CBC_SHA256"],
  ...["TLS_ECDHE_ECDSA_WITH_RC4_128_SHA", "TLS_ECDHE_RSA_WITH_RC4_128_SHA"],
  "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
]);

export const CURVES: Readonly<Record<string, string>> = {
  X25519: "X25519",
  CurveP256: "P-256",
  CurveP384: "P-384",
  CurveP521: "P-521",
  X25519MLKEM768: "X25519MLKEM768",
};

/** Curves that nats-server has and the runtime does not. */
export const ABSENT_CURVES: ReadonlySet<string> = new Set(["SecP256r1MLKEM768", "SecP384r1MLKEM1024"]);
