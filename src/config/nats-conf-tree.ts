// What nats-server's own configuration syntax holds once it is read: values with their places, in the order
// of the text, with the comments that stand at them.

import type { Place } from "./finding.ts";

interface Placed {
  readonly place: Place;
  /** The environment variable that the value came from. */
  readonly variable: string | null;
}

export interface ConfText extends Placed {
  readonly is: "text";
  readonly value: string;
}

export interface ConfInteger extends Placed {
  readonly is: "integer";
  /** Within 64 bits, the suffix counted in. */
  readonly value: bigint;
  /** As it was written: `64KB`. */
  readonly source: string;
}

export interface ConfFloat extends Placed {
  readonly is: "float";
  readonly value: number;
}

export interface ConfBoolean extends Placed {
  readonly is: "boolean";
  readonly value: boolean;
}

export interface ConfDate extends Placed {
  readonly is: "date";
  /** `2024-05-04T18:53:41Z`, a moment that there is. */
  readonly value: string;
}

export interface ConfList extends Placed {
  readonly is: "list";
  readonly items: readonly ConfItem[];
}

export interface ConfMap extends Placed {
  readonly is: "map";
  /** Every key as often as it was written; the last of a name counts, as in nats-server. */
  readonly entries: readonly ConfEntry[];
}

export type ConfScalar = ConfText | ConfInteger | ConfFloat | ConfBoolean | ConfDate;
export type ConfValue = ConfScalar | ConfList | ConfMap;

/** Comments without their marks. */
export interface Commented {
  /** Lines directly above. */
  comments: readonly string[];
  /** What follows on the same line. */
  trailing: string | null;
}

export interface ConfItem extends Commented {
  readonly value: ConfValue;
}

export interface ConfEntry extends Commented {
  readonly key: string;
  readonly place: Place;
  readonly value: ConfValue;
  /** A `$NAME` further down meant this entry, which therefore may have any name. */
  isVariable: boolean;
}

/** A whole configuration. */
export interface ConfFile {
  readonly root: ConfMap;
  /** The comment at the top of the file, where it belongs to no key. */
  readonly head: readonly string[];
}

/** What went wrong where: the only thing that reading a configuration throws, caught before it leaves. */
export class ConfFault extends Error {
  constructor(
    readonly place: Place,
    message: string,
  ) {
    super(message);
  }
}
