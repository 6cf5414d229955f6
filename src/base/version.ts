// Which product this is, and whose behaviour it shows on the wire.

/** The product's own version. */
export const PRODUCT_VERSION = "0.2.0";

/** The nats-server release whose protocols and monitoring fields are spoken: tools compare it. */
export const NATS_VERSION = "2.15.2";
