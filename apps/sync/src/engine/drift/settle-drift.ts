import type { DriftPolicy } from '../document/drift-policy.js';
import { type FieldMapping, isMapped, targetColumn } from '../document/field-mapping.js';
import type { StreamMapping } from '../document/pipeline-document.js';
import type { StreamShape } from './stream-shape.js';

/** What happened to a field, and what came of it. */
export interface DriftChange {
  readonly field: string;
  readonly kind: 'gained' | 'lost' | 'retyped';
  /** The run stops; it goes on without the field or with its new type; the mapping, and with it the target, follows. */
  readonly outcome: 'stopped' | 'ignored' | 'propagated';
  /** Of a field that was to be propagated and was not: it looks as if it held something about a person. */
  readonly personal?: true;
}

/** A field of the stream as it is now. */
export interface PresentField {
  readonly name: string;
  readonly type: string;
  /** Whether name or type make it look as if it held something about a person, or a secret. */
  readonly personal: boolean;
}

export interface Settled {
  /** Only what concerns the mapping: fields that nobody selected may come and go. */
  readonly changes: readonly DriftChange[];
  /** The mapping with which the run goes on. */
  readonly mapping: StreamMapping;
}

/**
 * Applies a policy to what changed in a stream. A field that only an expression, a condition or the cursor uses is left
 * to validation, which refuses a mapping that does not fit any more. Nothing is selected that looks personal: that is a
 * person's choice.
 */
export function settleDrift(
  mapping: StreamMapping,
  { gained, lost, retyped }: DriftPolicy,
  before: StreamShape,
  now: readonly PresentField[],
): Settled {
  const present = new Map(now.map((field) => [field.name, field]));
  const selected = new Set(mapping.fields.flatMap((field) => (isMapped(field) && 'from' in field ? [field.from] : [])));
  const changes: DriftChange[] = [];
  for (const { name, type, personal } of now) {
    if (before[name] === undefined) changes.push(...gainedField(name, personal, gained, mapping));
    else if (before[name] !== type && selected.has(name))
      changes.push({ field: name, kind: 'retyped', outcome: OUTCOMES[retyped] });
  }
  for (const name of selected)
    if (!present.has(name)) changes.push({ field: name, kind: 'lost', outcome: lostField(mapping, name, lost) });
  return { changes, mapping: followed(mapping, changes, present) };
}

const OUTCOMES = { fail: 'stopped', ignore: 'ignored', propagate: 'propagated' } as const;

function gainedField(
  field: string,
  personal: boolean,
  policy: DriftPolicy['gained'],
  { fields, mode }: StreamMapping,
): DriftChange[] {
  // Named already: it was expected, or dropped on purpose.
  if (fields.some((one) => 'from' in one && one.from === field)) return [];
  const isTaken = fields.some((one) => isMapped(one) && targetColumn(one) === field);
  if (policy !== 'propagate') return [{ field, kind: 'gained', outcome: OUTCOMES[policy] }];
  if (personal) return [{ field, kind: 'gained', outcome: 'ignored', personal }];
  return [{ field, kind: 'gained', outcome: isTaken || mode === 'update' ? 'ignored' : 'propagated' }];
}

/** A new set without the field would leave nothing of what the target has; a key cannot go at all. */
function lostField({ mode, key, fields }: StreamMapping, name: string, policy: DriftPolicy['lost']) {
  const columns = fields.flatMap((one) =>
    'from' in one && one.from === name && isMapped(one) ? [targetColumn(one)] : [],
  );
  const isNeeded = mode === 'replace' || columns.some((column) => key.includes(column));
  return isNeeded ? 'stopped' : OUTCOMES[policy];
}

/** The mapping without fields that are gone and with those that are propagated. */
function followed(
  mapping: StreamMapping,
  changes: readonly DriftChange[],
  present: ReadonlyMap<string, PresentField>,
): StreamMapping {
  if (changes.some(({ outcome }) => outcome === 'stopped')) return mapping;
  const kept = mapping.fields.filter((field) => !('from' in field) || present.has(field.from));
  const added: FieldMapping[] = changes
    .filter(({ kind, outcome }) => kind === 'gained' && outcome === 'propagated')
    .map(({ field }) => ({ from: field }));
  if (added.length === 0 && kept.length === mapping.fields.length) return mapping;
  return { ...mapping, fields: [...kept, ...added] };
}

/** The changes in words, for the person who has to act. */
export function describeDrift(changes: readonly DriftChange[]): string {
  const told = WORDS.flatMap(([kind, verb]) => {
    const fields = changes.filter((change) => change.kind === kind && change.outcome === 'stopped');
    return fields.length > 0 ? [`${verb} ${listed(fields.map(({ field }) => field))}`] : [];
  });
  return `The source’s stream ${told.join(', and ')}. Look at it, then apply the pipeline again: that accepts the stream as it is.`;
}

const WORDS = [
  ['lost', 'has lost'],
  ['retyped', 'has other types in'],
  ['gained', 'has gained'],
] as const;

/** Fields that are named one by one. */
const MAX_NAMED = 5;

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMED).map((name) => `“${name}”`);
  const more = names.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
