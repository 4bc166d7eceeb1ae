import { parseDuration, type Duration } from '@millrace/kernel';
import { deepFreeze, digestOf } from './canonical.js';
import { startOfDay } from './legal-day.js';
import type { ProbeName } from './probe-catalogue.js';
import { fillParameters, fillSentence } from './promise/parameters.js';
import type { CharterDocument, PromiseDocument, RetentionDocument } from './schema/charter.schema.js';
import type { CharterSource } from './source/charter-source.js';
import {
  retentionKeys,
  type AuthClass,
  type EvidenceKind,
  type LawfulBasis,
  type Feature,
  type Purpose,
  type RetentionAnchor,
  type RetentionEnd,
  type RetentionKey,
} from './vocabulary.js';

/** A period that ends `keep` after the moment `from`. */
export interface RetentionPeriod {
  readonly keep: Duration;
  readonly from: RetentionAnchor;
}

/** How long rows of one retention key are kept, ready to compute with. */
export interface RetentionRule extends RetentionPeriod {
  readonly key: RetentionKey;
  /** The period as the charter writes it, ISO 8601. */
  readonly keepText: string;
  /** A second period; the earlier end wins. */
  readonly orSooner?: RetentionPeriod;
  readonly then: RetentionEnd;
  /** Set when `then` is `archive`: how the archive ends, counted from the day of archiving. */
  readonly archive?: { readonly keep: Duration; readonly then: 'delete' | 'anonymise' };
  /** True: rows also resist a person's own deletion request until the period ends. */
  readonly floor: boolean;
  readonly basis: LawfulBasis;
}

/** A promise, ready to show and to prove. */
export interface CharterPromise {
  readonly id: string;
  /** The sentence with its parameters' values in words. */
  readonly sentence: string;
  readonly enforcedBy: string;
  readonly evidence: readonly EvidenceKind[];
  /** Missing: nothing live shows it, and the board says unproven. */
  readonly probe?: ProbeName;
  /** The probe's parameters, references resolved; empty without a probe. */
  readonly with: Readonly<Record<string, unknown>>;
  /** ISO 8601 age from which evidence is stale. */
  readonly freshFor: string;
}

/** Whether a connection may be made in some way; a refusal carries what to tell the person. */
export type ConnectorVerdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly rule: 'conflict/C5' | 'connector/not-granted'; readonly reason: string };

/** One version of an operator's charter: checked, frozen, and the only source of the numbers that the code enforces. */
export class Charter {
  /** Everything as the file says it. */
  readonly document: CharterDocument;
  readonly promises: readonly CharterPromise[];
  /** SHA-256 of the charter's canonical JSON, lower-case hexadecimal; comments and layout do not change it. */
  readonly digest: string;
  /** The instant from which this version holds: the start of its effective date in the controller's zone. */
  readonly effectiveAt: Date;
  private readonly rules: ReadonlyMap<RetentionKey, RetentionRule>;

  /** Use `loadCharter`, which checks the document first. */
  constructor(
    document: CharterDocument,
    readonly source: CharterSource,
  ) {
    this.document = deepFreeze(document);
    this.digest = digestOf(document);
    this.effectiveAt = startOfDay(document.effective, document.controller.zone);
    this.promises = deepFreeze(document.promises.map((promise) => readyPromise(document, promise)));
    this.rules = new Map(
      retentionKeys.flatMap((key) => {
        const rule = document.retention[key];
        return rule ? [[key, deepFreeze(readyRule(key, rule))] as const] : [];
      }),
    );
  }

  get name(): string {
    return this.document.charter;
  }

  /** The version's date. */
  get version(): string {
    return this.document.version;
  }

  /** Whether a module is switched on, or something else allowed that has routes; `core` always is. */
  isOn(module: Feature): boolean {
    if (module === 'organization-providers') return this.document.accounts.organizationProviders === 'allowed';
    return module === 'core' || this.document.modules[module] === 'on';
  }

  /** Whether this charter says how long rows of the key are kept; true for every key of a module that is on. */
  binds(key: RetentionKey): boolean {
    return this.rules.has(key);
  }

  /** How long rows of the key are kept. Throws for a key of a module that is off, unless the charter binds it anyway. */
  retention(key: RetentionKey): RetentionRule {
    const rule = this.rules.get(key);
    if (!rule) throw new Error(`Charter ${this.name} ${this.version} does not bind the retention key ${key}.`);
    return rule;
  }

  /** The lawful basis of a purpose of the code; undefined when the charter allows no such purpose. */
  basisOf(purpose: Purpose): LawfulBasis | undefined {
    return this.publishedPurpose(purpose)?.basis;
  }

  /** The published purpose that covers a purpose of the code; undefined when the charter allows no such purpose. */
  publishedPurpose(purpose: Purpose): CharterDocument['purposes'][string] | undefined {
    return Object.values(this.document.purposes).find(({ covers }) => covers.includes(purpose));
  }

  /** Whether a connection of this connector may sign in to its provider in this way. */
  connection(connectorId: string, auth: AuthClass): ConnectorVerdict {
    const { connectorRules, connectors } = this.document;
    if (!connectorRules.auth.includes(auth)) {
      return { allowed: false, rule: 'conflict/C5', reason: connectorRules.refusal };
    }
    const grant = Object.hasOwn(connectors, connectorId) ? connectors[connectorId] : undefined;
    if (grant?.auth.includes(auth)) return { allowed: true };
    const reason = 'This operator does not offer that kind of connection.';
    return { allowed: false, rule: 'connector/not-granted', reason };
  }

  /** Whether a region of this charter may have this id. */
  allowsRegion(region: string): boolean {
    return Object.hasOwn(this.document.residency.regions, region);
  }

  promise(id: string): CharterPromise | undefined {
    return this.promises.find((promise) => promise.id === id);
  }
}

/** The promise's sentence with each parameter in words: "90 days", "3 years". */
export function renderPromise(charter: Charter, promise: PromiseDocument | CharterPromise): string {
  return 'sentence' in promise ? promise.sentence : fillSentence(charter.document, promise.text);
}

/** SHA-256 of the charter's canonical JSON, lower-case hexadecimal. */
export function charterDigest(charter: Charter): string {
  return charter.digest;
}

function readyPromise(document: CharterDocument, promise: PromiseDocument): CharterPromise {
  const { id, text, enforcedBy, evidence, probe, freshFor } = promise;
  return {
    id,
    sentence: fillSentence(document, text),
    enforcedBy,
    evidence,
    ...(probe ? { probe: probe as ProbeName } : {}),
    with: fillParameters(document, promise.with ?? {}) as Record<string, unknown>,
    freshFor: freshFor ?? document.evidence.freshFor,
  };
}

function readyRule(key: RetentionKey, rule: RetentionDocument): RetentionRule {
  const { orSooner, archive } = rule;
  return {
    key,
    keep: parsed(rule.keep),
    keepText: rule.keep,
    from: rule.from,
    then: rule.then,
    floor: rule.floor ?? false,
    basis: rule.basis,
    ...(orSooner ? { orSooner: { keep: parsed(orSooner.keep), from: orSooner.from } } : {}),
    ...(archive ? { archive: { keep: parsed(archive.keep), then: archive.then } } : {}),
  };
}

function parsed(text: string): Duration {
  const duration = parseDuration(text);
  if (!duration) throw new Error(`"${text}" is not an ISO 8601 duration such as P90D`);
  return duration;
}
