import { type Evolution, findStream, type StreamSchema, type SystemSchema } from '@millrace/connector-sdk';
import type { Fault } from '@millrace/kernel';
import { isMapped, targetColumn } from '../document/field-mapping.js';
import type { DriftPolicy } from '../document/drift-policy.js';
import { KEYED, type PipelineDocument, type StreamMapping } from '../document/pipeline-document.js';
import { pointer } from '../document/parse-pipeline.js';
import type { Report } from './fault-report.js';
import { inBatchOrder, planColumns } from './plan-columns.js';
import { checkDeletions } from './plan-deletions.js';
import { planReading, type ReadingPlan } from './plan-reading.js';
import type { ColumnPlan } from './resolve-column.js';

/** A stream whose every name is resolved against both sides. */
export interface StreamPlan {
  readonly mapping: StreamMapping;
  readonly source: StreamSchema;
  /** In the order of the batches: cells that are copied first, so that they form one run of bytes. */
  readonly columns: readonly ColumnPlan[];
  readonly reading: ReadingPlan;
  /** What the writer may do to a target that exists. */
  readonly evolve: Evolution;
}

export interface StreamPlanning {
  readonly faults: readonly Fault[];
  /** Present only when there is no fault. */
  readonly plan?: StreamPlan;
}

/** Resolves stream `index` of the document; `target` is what was discovered there, tables to be created missing. */
export function planStream(
  document: PipelineDocument,
  index: number,
  source: SystemSchema,
  target: SystemSchema,
): StreamPlanning {
  const mapping = document.streams[index]!;
  const faults: Fault[] = [];
  const report: Report = (path, message) => faults.push({ path: pointer(['streams', index, ...path]), message });
  const from = findStream(source, mapping.from);
  if (!from) {
    report(['from'], 'The source has no such stream, or the user may not read it. Check the name, schema included.');
    return { faults };
  }
  const to = findStream(target, `${document.target.schema}.${mapping.to}`);
  const evolve = evolutionOf(document.drift, mapping, to);
  const columns = planColumns(mapping, from, to, evolve, report);
  checkKey(mapping, columns, to, report);
  if (to) checkTarget(mapping, to, report);
  else checkNewTarget(mapping, target, report);
  const ordered = inBatchOrder(columns);
  checkDeletions(mapping, from, ordered, report);
  const reading = planReading(mapping, from, ordered, report);
  if (faults.length > 0) return { faults };
  return { faults, plan: { mapping, source: from, columns: ordered, reading, evolve } };
}

/** A target follows its source where the document says so and the system can; write-back leaves it as it is. */
function evolutionOf(
  { gained, retyped }: DriftPolicy,
  { mode }: StreamMapping,
  to: StreamSchema | undefined,
): Evolution {
  const canFollow = to?.capabilities.evolves === true && mode !== 'update';
  return { add: canFollow && gained === 'propagate', widen: canFollow && retyped === 'propagate' };
}

function checkNewTarget(mapping: StreamMapping, { newStreams, maxFields }: SystemSchema, report: Report): void {
  const { mode } = mapping;
  if (maxFields !== undefined && columnCount(mapping) > maxFields)
    report(['fields'], `A table of this target has at most ${maxFields} columns. Select fewer fields.`);
  if (newStreams && !newStreams.write.includes(mode))
    report(['mode'], `This target takes records by ${newStreams.write.join(' and ')} only.`);
  else if (mode === 'update')
    report(
      ['to'],
      'The target has no such table, and mode: update changes only what is there. Name an existing table.',
    );
}

/** Columns of the table that would be made, the mark of deleted records included. */
function columnCount({ fields, deletes }: StreamMapping): number {
  return fields.filter(isMapped).length + (typeof deletes === 'object' ? 1 : 0);
}

function checkKey(
  mapping: StreamMapping,
  columns: readonly ColumnPlan[],
  to: StreamSchema | undefined,
  report: Report,
): void {
  const given = mapping.fields.filter(isMapped).map(targetColumn);
  for (const [position, name] of mapping.key.entries()) {
    const path = ['key', position];
    if (mapping.key.indexOf(name) !== position) report(path, 'The key names a column twice.');
    if (!given.includes(name))
      report(path, 'No selected field goes to this column. The key is made of target columns.');
    const plan = columns.find(({ column }) => column.name === name);
    if (plan) checkKeyColumn(plan, path, report);
  }
  const wanted = [...mapping.key].sort().join('\0');
  const keys = to && KEYED.includes(mapping.mode) ? [to.primaryKey, ...to.uniqueKeys] : undefined;
  if (keys && !keys.some((key) => [...key].sort().join('\0') === wanted)) {
    report(
      ['key'],
      'The target table has no primary key or unique constraint on exactly these columns. Add one there or choose its key.',
    );
  }
}

function checkKeyColumn(
  { column, origin, onFailure, hashed, hides }: ColumnPlan,
  path: readonly PropertyKey[],
  report: Report,
): void {
  if (hashed)
    report(path, 'A key cannot be hashed, since records are found by it. Choose another key or do not hash it.');
  else if (hides)
    report(
      path,
      'A key cannot be masked, made coarser or redacted, since records are found by it. Choose another key, or tokenize it.',
    );
  if (onFailure === 'null') report(path, 'A key cannot become null. Use "onFailure: reject" or "fail".');
  else if (column.nullable)
    report(
      path,
      origin.way === 'copy' || origin.way === 'cast'
        ? 'The source allows null here, and a record without a key cannot be found again. Choose a field that is never null.'
        : 'This column can become null, and a record without a key cannot be found again. Add the step "default".',
    );
  if (column.kind === 'json') report(path, 'JSON cannot be compared. Choose another key, or cast it to jsonb or text.');
}

function checkTarget(mapping: StreamMapping, to: StreamSchema, report: Report): void {
  if (!to.capabilities.write.includes(mapping.mode)) {
    report(['to'], 'This target cannot be written to. Name a table.');
  }
  if (mapping.mode === 'update') return;
  const given = new Set(mapping.fields.filter(isMapped).map(targetColumn));
  for (const field of to.fields) {
    if (field.required && !given.has(field.name)) {
      report(
        ['fields'],
        `The target requires column "${field.name}", to which no field goes. Map one to it or give it a default there.`,
      );
    }
  }
}
