// /explainz: who would get a message, by which rule and over which link, and what it would cost. It asks
// whoever decides for messages, and counts nothing.

import { bytesOf, textOf } from "../base/bytes.ts";
import { IMPORT_DEPTH_MAX } from "../base/limits.ts";
import type { Subscription } from "../client/subscriptions.ts";
import type { Core } from "../core/core.ts";
import { Resolver } from "../forward/resolve.ts";
import type { Beyond, ImportedLeaf, LeafTarget, QueueTarget, TargetSet } from "../forward/targets.ts";
import { Source } from "../peer/kind.ts";
import { mappedPrefixBytes } from "../subject/reserved.ts";
import { isPublishable } from "../subject/subject.ts";
import { type Document, head, omitEmpty } from "./document.ts";
import { explainGateways } from "./explainz-gateways.ts";
import { type Asked, Cost } from "./explainz-lines.ts";
import { type Patterns, patternsOf } from "./explainz-patterns.ts";
import { type Query, QueryError } from "./query.ts";
import type { MonitorSource } from "./source.ts";

/** How many clients, members or links of one kind are listed; the others are counted. */
const LIST_MAX = 256;

/** How many subjects of how many accounts are explained: mappings and imports may fan out. */
const EXPLAINED_MAX = 256;

/** Who says it. A gateway's message stays on this side. */
const FROM = { client: Source.Own, leaf: Source.Own, gateway: Source.Gateway } as const;

export interface ExplainzOptions {
  readonly account: string;
  readonly subject: string;
  /** "": nobody is to answer. */
  readonly reply: string;
  readonly from: keyof typeof FROM;
  /** Bytes of the payload. */
  readonly size: number;
}

export function explainzOptions(query: Query): ExplainzOptions {
  const from = query.text("from") === "" ? "client" : query.text("from");
  if (from !== "client" && from !== "leaf" && from !== "gateway") {
    throw new QueryError(`from is client, leaf or gateway, not ${JSON.stringify(from)}`);
  }
  const account = query.text("acc") === "" ? "$G" : query.text("acc");
  const [subject, reply] = [query.text("subject"), query.text("reply")];
  if (!isSubject(subject)) throw new QueryError(`subject must be one that can be published to: ${subject}`);
  if (reply !== "" && !isSubject(reply))
    throw new QueryError(`reply must be a subject without wildcards: ${reply}`);
  return { account, subject, reply, from, size: query.uint("size") };
}

export function explainz(source: MonitorSource, options: ExplainzOptions): Document {
  const { core } = source;
  const { account: name, subject, reply, from, size } = options;
  const account = core.accounts.idOf(name);
  if (!core.hasAccount(account)) throw new QueryError(`Account ${name} does not exist`);
  const asked = { reply: bytesOf(reply), size, isMapped: isMapped(core, account, reply) };
  const explainer = new Explainer(core, asked);
  const found = explainer.explain(account, bytesOf(subject), FROM[from], 0);
  return {
    ...head(source),
    account: name,
    subject,
    from,
    size,
    ...(reply === "" ? {} : { reply: replyFields(reply, asked.isMapped) }),
    ...found,
    receivers: explainer.cost.receivers,
    bytes: explainer.cost.bytes,
  };
}

class Explainer {
  readonly cost = new Cost();
  readonly #resolver: Resolver;
  #left = EXPLAINED_MAX;

  constructor(
    private readonly core: Core,
    private readonly asked: Asked,
  ) {
    this.#resolver = new Resolver(core);
  }

  /** `depth`: through how many accounts it came. */
  explain(account: number, subject: Uint8Array, source: Source, depth: number): Document {
    const { core } = this;
    if (depth > IMPORT_DEPTH_MAX || --this.#left < 0) return { ends: "it goes through too many accounts" };
    const mapping = core.traffic.mappingOf(account, subject, 0, subject.length);
    if (mapping !== undefined && source === Source.Own) {
      const mapped = mapping.choices(subject, 0, subject.length, core.random).map(({ to, percent }) => ({
        subject: textOf(to),
        percent,
        ...this.explain(account, to, Source.Mapped, depth),
      }));
      return { mapping: { by: textOf(mapping.source), to: mapped } };
    }
    const set = this.#resolver.resolve(account, source, subject, 0, subject.length);
    const patterns = patternsOf(core, account, subject);
    const shown = textOf(subject);
    return omitEmpty({
      clients: this.#capped(set.plain, (subscription) => this.#client(subscription, shown)),
      clients_total: set.plain.length,
      queues: set.queues.map((queue) => this.#queue(queue, set, shown)),
      leafs: this.#leafs(set, patterns, shown),
      gateways: explainGateways(core, account, subject, set, source, patterns, this.asked, this.cost),
      ...(set.beyond === null ? {} : this.#beyond(set.beyond, depth)),
    });
  }

  #client(subscription: Subscription, subject: string): Document {
    const { session, sid } = subscription;
    return {
      cid: session.id,
      ...omitEmpty({ name: session.clientName, user: session.user }),
      sid,
      by: textOf(subscription.subject),
      bytes: this.cost.client(subject, sid, this.asked),
      ...(session.egress.full ? { slow: true } : {}),
    };
  }

  /** Members that are connected here come before leafs, and one of them is drawn. */
  #queue({ name, members, leafs }: QueueTarget, set: TargetSet, subject: string): Document {
    const imported = [...(set.beyond?.groups ?? [])].find(([queue]) => queue.name === name)?.[1] ?? [];
    const all = [...members, ...imported.map(({ subscription }) => subscription)];
    const [one] = all;
    return omitEmpty({
      queue: textOf(name),
      bytes:
        one === undefined
          ? this.cost.leaf(subject, this.asked)
          : this.cost.client(subject, one.sid, this.asked),
      members: all.slice(0, LIST_MAX).map((subscription) => this.#member(subscription)),
      members_total: all.length,
      leafs: leafs.slice(0, LIST_MAX).map(({ target, weight }) => ({ ...leafNames(target), weight })),
      chosen: all.length > 0 ? "one of the members here, by chance" : "one of the leafs, by weight",
    });
  }

  #member({ session, sid, subject }: Subscription): Document {
    return { cid: session.id, ...omitEmpty({ name: session.clientName }), sid, by: textOf(subject) };
  }

  /** Those with interest of their own; groups that choose a leaf are listed with the groups. */
  #leafs(set: TargetSet, patterns: Patterns, subject: string): Document[] {
    const reached = new Set(set.leafs.map(({ session }) => session.id));
    const plain = this.#capped(
      set.leafs.filter((target) => target.plain),
      (target) => ({
        ...leafNames(target),
        by: patterns.of(target.session.id),
        bytes: this.cost.leaf(subject, this.asked),
        ...(target.session.egress.full ? { slow: true } : {}),
      }),
    );
    const refused = patterns.leafs().filter((id) => !reached.has(id) && this.core.leaf(id)?.closing === null);
    return [
      ...plain,
      ...refused.slice(0, LIST_MAX).map((id) => ({
        lid: id,
        name: this.core.leaf(id)!.remoteName,
        by: patterns.of(id),
        refused: "its permissions do not let it have this",
      })),
    ];
  }

  #beyond({ clients, leafs, services, answers }: Beyond, depth: number): Document {
    const { core } = this;
    return omitEmpty({
      imported_clients: this.#capped(clients, ({ subscription, subject }) => ({
        account: core.accountName(subscription.session.account),
        subject: textOf(subject),
        ...this.#client(subscription, textOf(subject)),
      })),
      imported_leafs: this.#capped(leafs, (leaf) => this.#importedLeaf(leaf)),
      services: services.map(({ service, subject }) => ({
        account: core.accountName(service.exporter),
        subject: textOf(subject),
        by: textOf(service.local),
        // The exporting account's mappings count, and then it is a message of that account.
        ...this.explain(service.exporter, subject, Source.Own, depth + 1),
      })),
      answers: answers ? "an imported request that waits for this subject is answered" : "",
    });
  }

  #importedLeaf({ target, subject }: ImportedLeaf): Document {
    return {
      ...leafNames(target),
      account: this.core.accountName(target.session.account),
      subject: textOf(subject),
      bytes: this.cost.leaf(textOf(subject), this.asked),
    };
  }

  /** The first ones in full, and all of them in the sum. */
  #capped<T>(all: readonly T[], show: (one: T) => Document): Document[] {
    const shown = all.slice(0, LIST_MAX).map(show);
    const bytes = shown.reduce((sum, { bytes: each }) => sum + Number(each), 0);
    this.cost.more(all.length - shown.length, shown.length === 0 ? 0 : bytes / shown.length);
    return shown;
  }
}

function leafNames({ session }: LeafTarget): Document {
  return { lid: session.id, name: session.remoteName, is_spoke: !session.isHub };
}

/** Does a reply carry the way home when the message leaves by a gateway? Source: gateway.md §4.3. */
function isMapped(core: Core, account: number, reply: string): boolean {
  const bytes = bytesOf(reply);
  if (bytes.length === 0 || mappedPrefixBytes(bytes, 0, bytes.length) > 0) return false;
  return core.replyWindow(account)?.covers(bytes, 0, bytes.length, core.now()) ?? false;
}

function replyFields(reply: string, mapped: boolean): Document {
  const why = mapped
    ? "a subscription of the last seconds covers it, of which remote clusters may not have heard"
    : "remote clusters know who listens for it";
  return { subject: reply, mapped, why };
}

function isSubject(text: string): boolean {
  const bytes = bytesOf(text);
  return isPublishable(bytes, 0, bytes.length);
}
