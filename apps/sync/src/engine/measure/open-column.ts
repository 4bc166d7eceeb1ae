import { findField, type PrivacyClass, type StreamSchema } from '@millrace/connector-sdk';
import { isComputed, isMapped, type MappedField, targetColumn } from '../document/field-mapping.js';
import type { FieldStep } from '../document/field-step.js';
import type { StreamMapping } from '../document/pipeline-document.js';
import { readsOf } from '../mapping/plan-columns.js';
import type { ColumnPlan } from '../mapping/resolve-column.js';
import { partsOf } from '../mapping/step/step-table.js';

/** What a column tells about single people. */
export type Openness = 'open' | 'pseudonym' | 'personal';

/** Guesses under which a field tells nothing about a person. */
const OPEN_GUESSES: readonly PrivacyClass[] = ['unknown', 'impersonal'];
/** Steps whose result stands for one person, or is one again. */
const PSEUDONYMS: readonly string[] = ['hash', 'tokenize', 'detokenize'];

/**
 * Whether the values of a column may be shown. Those of a field that looks as if it told about a person may be only after
 * they were made coarser, or when all of them stand in the document.
 */
export function openness(column: ColumnPlan, mapping: StreamMapping, source: StreamSchema): Openness {
  const field = mapping.fields.filter(isMapped).find((one) => targetColumn(one) === column.column.name)!;
  const steps: readonly FieldStep[] = field.steps ?? ('hash' in field && field.hash ? ['hash'] : []);
  if (steps.some((step) => PSEUDONYMS.includes(partsOf(step).name))) return 'pseudonym';
  const isPersonal = readsOf(column).some((read) => {
    const guess = findField(source, read.field)?.privacy;
    return guess === undefined || !OPEN_GUESSES.includes(guess);
  });
  return !isPersonal || steps.some(isCoarse) || isFromDocument(field) ? 'open' : 'personal';
}

/** Whether a step leaves nothing of a value but a range, a period, a network, or what a table of the document gives. */
function isCoarse(step: FieldStep): boolean {
  if (typeof step !== 'object') return false;
  if ('lookup' in step && step.lookup !== undefined) return step.lookup.otherwise !== 'keep';
  return 'generalise' in step && step.generalise !== undefined;
}

/** Whether every value that a computed column can have is written in the document. */
function isFromDocument(field: MappedField): boolean {
  if (!isComputed(field) || !('when' in field.value)) return false;
  const { cases, otherwise } = field.value.when;
  return [...cases.map(({ then }) => then), otherwise].every((one) => one === null || typeof one !== 'object');
}
