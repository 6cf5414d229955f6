// A scan under which all subjects have one hash: with it, only comparing keeps answers right.

import { SubjectScan } from "../../src/interest/scan.ts";

export class OneHash extends SubjectScan {
  override literalHash(): number {
    return -7;
  }

  override patternHash(): number {
    return -7;
  }

  override shapeHash(): number {
    return -7;
  }
}
