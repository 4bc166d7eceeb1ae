import { findField, findStream, type StreamSchema, type SystemSchema } from '@millrace/connector-sdk';
import type { Fault } from '@millrace/kernel';
import { isCopied } from '../document/field-mapping.js';
import { KEYED, type PipelineDocument, type StreamMapping } from '../document/pipeline-document.js';
import { pointer } from '../document/parse-pipeline.js';
import type { Report } from './fault-report.js';
import { planReading, type ReadingPlan } from './plan-reading.js';
import { type ColumnPlan, resolveColumn } from './resolve-column.js';

/** A stream whose every name is resolved against both sides. */
export interface StreamPlan {
  readonly mapping: StreamMapping;
  readonly source: StreamSchema;
  /** In the order of the batches: cells that are copied first, so that they form one run of bytes. */
  readonly columns: readonly ColumnPlan[];
  readonly reading: ReadingPlan;
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
  const report = (path: readonly PropertyKey[], message: string) =>
    faults.push({ path: pointer(['streams', index, ...path]), message });
  const from = findStream(source, mapping.from);
  if (!from) {
    report(['from'], 'The source has no such stream, or the user may not read it. Check the name, schema included.');
    return { faults };
  }
  const to = findStream(target, `${document.target.schema}.${mapping.to}`);
  const columns = planColumns(mapping, from, to, report);
  checkKey(mapping, from, to, report);
  if (to) checkTarget(mapping, to, report);
  else if (mapping.mode === 'update')
    report(
      ['to'],
      'The target has no such table, and mode: update changes only what is there. Name an existing table.',
    );
  const sorted = [...columns.filter(isCopy), ...columns.filter((column) => !isCopy(column))];
  const reading = planReading(mapping, from, sorted, report);
  if (faults.length > 0) return { faults };
  return { faults, plan: { mapping, source: from, columns: sorted, reading } };
}

/** Whether the cells pass without being looked at. */
export function isCopy({ field, readKind, column }: ColumnPlan): boolean {
  return !field.hash && readKind === column.kind;
}

function planColumns(
  mapping: StreamMapping,
  from: StreamSchema,
  to: StreamSchema | undefined,
  report: Report,
): ColumnPlan[] {
  const plans: ColumnPlan[] = [];
  const taken = new Set<string>();
  for (const [position, field] of mapping.fields.entries()) {
    const source = findField(from, field.from);
    if (!source)
      report(
        ['fields', position, 'from'],
        'The stream has no such field. Discover the schema again or correct the name.',
      );
    if (!isCopied(field)) continue;
    const name = field.to ?? field.from;
    if (taken.has(name))
      report(['fields', position, 'to'], 'Two fields go to the same target column. Name another one.');
    taken.add(name);
    const existing = to && findField(to, name);
    if (to && !existing)
      report(
        ['fields', position, 'to'],
        'The target table exists and has no such column. Add it there or name another one.',
      );
    if (!source) continue;
    const { plan, fault } = { plan: undefined, fault: undefined, ...resolveColumn(field, source, existing) };
    if (fault) report(['fields', position, fault.at], fault.message);
    if (plan) plans.push(plan);
  }
  if (taken.size === 0) report(['fields'], 'Every field is dropped. Select at least the key.');
  return plans;
}

function checkKey(mapping: StreamMapping, from: StreamSchema, to: StreamSchema | undefined, report: Report): void {
  const copied = mapping.fields.filter(isCopied);
  for (const [position, name] of mapping.key.entries()) {
    const path = ['key', position];
    const field = copied.find((candidate) => (candidate.to ?? candidate.from) === name);
    if (mapping.key.indexOf(name) !== position) report(path, 'The key names a column twice.');
    if (!field) {
      report(path, 'No selected field goes to this column. The key is made of target columns.');
      continue;
    }
    if (field.hash)
      report(path, 'A key cannot be hashed, since records are found by it. Choose another key or do not hash it.');
    if (field.onCastFailure === 'null')
      report(path, 'A key cannot become null. Use "onCastFailure: reject" or "fail".');
    const source = findField(from, field.from);
    if (source?.nullable)
      report(
        path,
        'The source allows null here, and a record without a key cannot be found again. Choose a field that is never null.',
      );
    if (source?.kind === 'json' && !field.cast)
      report(path, 'JSON cannot be compared. Choose another key, or cast it to jsonb or text.');
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

function checkTarget(mapping: StreamMapping, to: StreamSchema, report: Report): void {
  if (!to.capabilities.write.includes(mapping.mode)) {
    report(['to'], 'This target cannot be written to. Name a table.');
  }
  if (mapping.mode === 'update') return;
  const given = new Set(mapping.fields.filter(isCopied).map((field) => field.to ?? field.from));
  for (const field of to.fields) {
    if (field.required && !given.has(field.name)) {
      report(
        ['fields'],
        `The target requires column "${field.name}", to which no field goes. Map one to it or give it a default there.`,
      );
    }
  }
}
