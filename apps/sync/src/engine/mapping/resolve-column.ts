import {
  castBetween,
  type CellCast,
  type CellKind,
  type FieldSchema,
  rounds,
  type StreamSchema,
  type TargetColumn,
  WIDER_KINDS,
  widens,
} from '@millrace/connector-sdk';
import { type ComputedField, type CopiedField, type MappedField, targetColumn } from '../document/field-mapping.js';
import type { FieldStep } from '../document/field-step.js';
import { CAST_KINDS, castTypeOf, kindName } from './cell/cast-kinds.js';
import type { Report } from './fault-report.js';
import type { ComputedValue } from './computed/computed-value.js';
import { planValue } from './computed/plan-value.js';
import { type Chain, type FieldRead, planChain, readFor, withCast } from './step/plan-chain.js';

/** Where a column's cells come from: as they are, through one cast, through steps, or from several fields. */
export type ColumnOrigin =
  | { readonly way: 'copy'; readonly read: FieldRead }
  | { readonly way: 'cast'; readonly read: FieldRead; readonly cast: CellCast }
  | { readonly way: 'steps'; readonly read: FieldRead; readonly chain: Chain }
  | { readonly way: 'computed'; readonly value: ComputedValue; readonly chain: Chain };

/** How one target column gets its cells. */
export interface ColumnPlan {
  readonly column: TargetColumn;
  readonly onFailure: 'reject' | 'null' | 'fail';
  readonly origin: ColumnOrigin;
  /** Whether the column holds a keyed hash. */
  readonly hashed: boolean;
  /** Whether records cannot be told apart by the column, because something in it is hidden on purpose. */
  readonly hides: boolean;
}

/** What a column would hold, before the target is looked at. */
interface Offer {
  readonly origin: ColumnOrigin;
  readonly kind: CellKind;
  readonly nullable: boolean;
  readonly hides: boolean;
  /** The source's own type where the value passes unchanged, otherwise empty. */
  readonly sourceType: string;
  /** How the value is called in messages. */
  readonly given: string;
}

/** Where a column lands. */
export interface Landing {
  /** The target's column; undefined when it will be created. */
  readonly existing: FieldSchema | undefined;
  /** Whether it may be given a type that holds more. */
  readonly mayWiden: boolean;
}

/** Decides how a field of the source goes to the target. */
export function resolveField(
  field: CopiedField,
  source: FieldSchema,
  landing: Landing,
  report: Report,
): ColumnPlan | undefined {
  const { existing } = landing;
  if (field.hash && field.cast) {
    report(['hash'], 'A hashed field is always text. Leave out "cast" or "hash".');
    return undefined;
  }
  if (field.hash && field.steps) {
    report(['hash'], 'Write "hash" as the last of the steps instead.');
    return undefined;
  }
  const steps: readonly FieldStep[] = field.steps ?? (field.hash ? ['hash'] : []);
  const offer =
    steps.length > 0 ? throughSteps(field, steps, source, existing, report) : directly(field, source, existing, report);
  return offer && accepted(field, offer, landing, source, report);
}

/** Decides how a computed column is made. */
export function resolveComputed(
  field: ComputedField,
  source: StreamSchema,
  landing: Landing,
  report: Report,
): ColumnPlan | undefined {
  const { existing } = landing;
  const value = planValue(field.value, { source, path: ['value'], report });
  const chain = value && planChain(value, field.steps ?? [], ['steps'], report);
  const cast = chain && castAtEnd(chain, field, existing, report);
  if (!value || !cast) return undefined;
  const { kind, nullable } = cast;
  const hides = value.hides || cast.hides;
  const origin = { way: 'computed', value, chain: cast } as const;
  return accepted(field, { origin, kind, nullable, hides, sourceType: '', given: '' }, landing, undefined, report);
}

function directly(
  field: CopiedField,
  source: FieldSchema,
  existing: FieldSchema | undefined,
  report: Report,
): Offer | undefined {
  const wanted = field.cast ? CAST_KINDS[field.cast] : widest(source.kind, existing);
  const as = wanted === 'text' && source.kind !== 'text' ? 'text' : 'as-is';
  const read: FieldRead = { field: source.name, as, kind: as === 'text' ? 'text' : source.kind };
  const cast = read.kind === wanted ? undefined : castBetween(read.kind, wanted);
  if (read.kind !== wanted && !cast) {
    const to = field.cast ?? existing?.sourceType;
    report(
      ['cast'],
      `A field of type ${source.sourceType} cannot be cast to ${to}. Cast it to text, or leave the cast out.`,
    );
    return undefined;
  }
  return {
    origin: cast ? { way: 'cast', read, cast } : { way: 'copy', read },
    kind: wanted,
    nullable: source.nullable,
    hides: false,
    sourceType: wanted === source.kind ? source.sourceType : '',
    given: field.cast ? `the cast gives ${field.cast}` : `the field is ${source.sourceType}`,
  };
}

function throughSteps(
  field: CopiedField,
  steps: readonly FieldStep[],
  source: FieldSchema,
  existing: FieldSchema | undefined,
  report: Report,
): Offer | undefined {
  const read = readFor(source, steps);
  const place = field.steps ? ['steps'] : [];
  const planned = planChain({ kind: read.kind, nullable: source.nullable }, steps, place, report);
  const chain = planned && castAtEnd(planned, field, existing, report);
  if (!chain) return undefined;
  const { kind, nullable, hides } = chain;
  const given = field.hash ? 'the hash is text' : '';
  return { origin: { way: 'steps', read, chain }, kind, nullable, hides, sourceType: '', given };
}

function castAtEnd(
  chain: Chain,
  field: MappedField,
  existing: FieldSchema | undefined,
  report: Report,
): Chain | undefined {
  const to = field.cast ? CAST_KINDS[field.cast] : widest(chain.kind, existing);
  const cast = withCast(chain, to);
  if (!cast)
    report(
      ['cast'],
      `The steps give ${kindName(chain.kind)}, which cannot be cast to ${kindName(to)}. Cast it to text first.`,
    );
  return cast;
}

function widest(kind: CellKind, existing: FieldSchema | undefined): CellKind {
  return existing && WIDER_KINDS[kind]?.includes(existing.kind) ? existing.kind : kind;
}

/** The plan, unless the target's column cannot take what is offered. */
function accepted(
  field: MappedField,
  offer: Offer,
  { existing, mayWiden }: Landing,
  source: FieldSchema | undefined,
  report: Report,
): ColumnPlan | undefined {
  const becomesWider = existing !== undefined && !existing.generated && mayWiden && widens(existing, offer);
  if (existing && !becomesWider && !fits(field, offer, existing, source, report)) return undefined;
  const onFailure = field.onFailure ?? 'reject';
  const { origin, kind, sourceType, hides } = offer;
  const hash = 'hash' in field && field.hash === true;
  return {
    column: { name: targetColumn(field), kind, sourceType, nullable: offer.nullable || onFailure === 'null' },
    onFailure,
    origin,
    hides,
    hashed: hash || (field.steps ?? []).includes('hash'),
  };
}

function fits(
  field: MappedField,
  offer: Offer,
  existing: FieldSchema,
  source: FieldSchema | undefined,
  report: Report,
): boolean {
  const { sourceType } = existing;
  const refuse = (at: 'to' | 'cast', message: string): false => {
    report([at], message);
    return false;
  };
  if (existing.generated)
    return refuse('to', 'The target computes this column itself. Drop the field or name another column.');
  const sameKind = existing.kind === offer.kind && (offer.kind !== 'native' || sourceType === source?.sourceType);
  if (!sameKind) {
    const known = castTypeOf(existing.kind);
    const hashed = 'hash' in field && field.hash;
    const hint = hashed || !known ? 'Name another column.' : `Add "cast: ${known}" or name another column.`;
    const given = offer.given || `the value is ${kindName(offer.kind)}`;
    return refuse(field.cast ? 'cast' : 'to', `The target column is ${sourceType}, but ${given}. ${hint}`);
  }
  if (!field.cast && offer.sourceType && rounds(offer.sourceType, sourceType))
    return refuse(
      'to',
      `The target column is ${sourceType}, which would round values of ${offer.sourceType}. Widen it, or add a cast to accept that.`,
    );
  return true;
}
