// Imports and mappings compiled: from the subjects of one account to those of another, and back.

import { bytesOf, rangeEquals } from "../base/bytes.ts";
import type { Millis } from "../base/clock.ts";
import { below, type Random } from "../base/random.ts";
import { SubjectTransform, withPlaceholders, withWildcards } from "../subject/mapping.ts";
import { collides, covers, matches } from "../subject/match.ts";
import { hasWildcard } from "../subject/subject.ts";
import type {
  DestinationOptions,
  MappingOptions,
  ResponseType,
  ServiceImportOptions,
  StreamImportOptions,
} from "./traffic-options.ts";

const PERCENT = 100;

/** Messages of the exporting account under subjects of the importing one. */
export class StreamImport {
  /** Exporting to local form and back; null where all subjects stay as they are, or there is only one. */
  readonly #out: SubjectTransform | null = null;
  readonly #back: SubjectTransform | null = null;
  readonly subject: Uint8Array;
  /** The local form, as a pattern. */
  readonly local: Uint8Array;

  constructor(
    readonly exporter: number,
    { subject, to }: StreamImportOptions,
  ) {
    this.subject = bytesOf(subject);
    this.local = bytesOf(to);
    if (to === subject || !hasWildcard(this.subject, 0, this.subject.length)) return;
    this.local = bytesOf(withWildcards(to).pattern);
    this.#out = strict(subject, withPlaceholders(to));
    this.#back = this.#out?.reverse() ?? null;
  }

  /** What the exporting account's literal subject is called here. */
  localOf(buf: Uint8Array, from: number, to: number): Uint8Array {
    if (this.#out !== null) return this.#out.map(buf, from, to);
    return this.#isUnchanged ? buf.slice(from, to) : this.local;
  }

  /** What of the exporting account a local pattern asks for; null for nothing. */
  wantedBy(buf: Uint8Array, from: number, to: number): Uint8Array | null {
    const { local } = this;
    if (covers(buf, from, to, local, 0, local.length)) return this.subject;
    if (!collides(buf, from, to, local, 0, local.length)) return null;
    const common = intersection(buf.subarray(from, to), local);
    if (this.#back !== null) return this.#back.map(common, 0, common.length);
    return this.#isUnchanged ? common : this.subject;
  }

  get #isUnchanged(): boolean {
    return rangeEquals(this.subject, 0, this.subject.length, this.local);
  }
}

/** Requests of the importing account that the exporting one answers. */
export class ServiceImport {
  readonly response: ResponseType;
  readonly thresholdMillis: Millis;
  readonly share: boolean;
  /** The local form, as a pattern. */
  readonly local: Uint8Array;
  readonly #subject: Uint8Array;
  readonly #out: SubjectTransform | null = null;

  constructor(
    readonly importer: number,
    readonly exporter: number,
    { subject, to, response, thresholdMillis, share }: ServiceImportOptions,
  ) {
    this.response = response;
    this.thresholdMillis = thresholdMillis;
    this.share = share;
    this.#subject = bytesOf(subject);
    this.local = bytesOf(to);
    if (to === subject || !hasWildcard(this.#subject, 0, this.#subject.length)) return;
    const { pattern } = withWildcards(subject);
    this.local = bytesOf(withWildcards(to).pattern);
    this.#out = strict(pattern, withPlaceholders(to))?.reverse() ?? null;
  }

  /** What a request's literal subject is called in the exporting account. */
  subjectOf(buf: Uint8Array, from: number, to: number): Uint8Array {
    if (this.#out !== null) return this.#out.map(buf, from, to);
    return hasWildcard(this.#subject, 0, this.#subject.length) ? buf.slice(from, to) : this.#subject;
  }
}

/** Where messages of one source go instead. Source: nats-server 2.15, AddWeightedMappings. */
export class Mapping {
  readonly source: Uint8Array;
  readonly isLiteral: boolean;
  readonly #choices: readonly { readonly transform: SubjectTransform; readonly upTo: number }[];

  constructor({ source, destinations }: MappingOptions, cluster: string) {
    this.source = bytesOf(source);
    this.isLiteral = !hasWildcard(this.source, 0, this.source.length);
    const here = destinations.filter((each) => each.cluster === cluster);
    const chosen = here.length > 0 ? here : destinations.filter((each) => each.cluster === null);
    const all = destinations.some(({ destination }) => destination === source)
      ? chosen
      : whole(source, chosen);
    let upTo = 0;
    this.#choices = [...all]
      .sort((a, b) => a.weight - b.weight)
      .flatMap(({ destination, weight }) => {
        const transform = SubjectTransform.compile(source, destination);
        upTo += weight;
        return transform instanceof SubjectTransform ? [{ transform, upTo }] : [];
      });
  }

  takes(buf: Uint8Array, from: number, to: number): boolean {
    return matches(this.source, 0, this.source.length, buf, from, to);
  }

  /** All subjects that it may get, and how often of a hundred; what is missing to that is lost. */
  choices(buf: Uint8Array, from: number, to: number, random: Random): { to: Uint8Array; percent: number }[] {
    return this.#choices.map(({ transform, upTo }, at) => ({
      to: transform.map(buf, from, to, random),
      percent: upTo - (this.#choices[at - 1]?.upTo ?? 0),
    }));
  }

  /** The subject that this message gets; null when it is to be lost, as weights that are not 100 together say
   *  where the source is among the destinations. */
  pick(buf: Uint8Array, from: number, to: number, random: Random): Uint8Array | null {
    const [only] = this.#choices;
    const drawn = this.#choices.length === 1 && only!.upTo === PERCENT ? 0 : below(random, PERCENT);
    for (const { transform, upTo } of this.#choices) {
      if (drawn < upTo) return transform.map(buf, from, to, random);
    }
    return null;
  }
}

/** What the weights leave stays as it is. */
function whole(source: string, chosen: readonly DestinationOptions[]): readonly DestinationOptions[] {
  const sum = chosen.reduce((total, { weight }) => total + weight, 0);
  if (sum === PERCENT) return chosen;
  return [...chosen, { destination: withPlaceholders(source), weight: PERCENT - sum, cluster: null }];
}

function strict(source: string, destination: string): SubjectTransform | null {
  const made = SubjectTransform.compile(source, destination, true);
  return made instanceof SubjectTransform ? made : null;
}

/** The subjects that two patterns have in common, if they have any. */
function intersection(a: Uint8Array, b: Uint8Array): Uint8Array {
  const left = new TextDecoder().decode(a).split(".");
  const right = new TextDecoder().decode(b).split(".");
  const out: string[] = [];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    if (left[at] === ">") return bytesOf([...out, ...right.slice(at)].join("."));
    if (right[at] === ">") return bytesOf([...out, ...left.slice(at)].join("."));
    out.push(left[at] === "*" ? (right[at] ?? "") : (left[at] ?? ""));
  }
  return bytesOf(out.join("."));
}
