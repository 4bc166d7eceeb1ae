import { Slab, type SystemSchema } from '@millrace/connector-sdk';
import type { PipelineDocument, StreamMapping } from '../document/pipeline-document.js';
import { planMetrics } from '../measure/plan-metrics.js';
import { writerOf } from './cell/write-cell.js';
import { readerOf } from './cell/cell-value.js';
import type { CompiledStream } from './compiled-stream.js';
import type { FieldHasher, FieldTokenizer } from './field-keys.js';
import { type RowInput, RowInputs } from './computed/row-inputs.js';
import { type KeyCell, keyFingerprint } from './key-fingerprint.js';
import { cellOf, readsOf } from './plan-columns.js';
import { deletionMakers, planChanges } from './plan-changes.js';
import { planStream, type StreamPlan } from './plan-stream.js';
import type { ColumnPlan } from './resolve-column.js';
import { type CellStep, type ComputedCell, hashCell, rowTransform } from './row-transform.js';
import { appendOutcome, bindChain, chainConversion, type FieldRead } from './step/plan-chain.js';
import type { StepTools } from './step/step-plan.js';
import { Refusal } from './cell/mapping-rule.js';

export interface CompileContext {
  readonly source: SystemSchema;
  readonly target: SystemSchema;
  readonly fieldHasher: FieldHasher;
  readonly tokenizer: FieldTokenizer;
}

/**
 * Compiles a valid document, once per run: names resolved, conversions bound. Give a faulty one to `validatePipeline`
 * first; here it is a mistake of ours.
 */
export function compilePipeline(document: PipelineDocument, context: CompileContext): CompiledStream[] {
  return document.streams.map((_, index) => {
    const { plan, faults } = planStream(document, index, context.source, context.target);
    if (!plan)
      throw new Error(`Stream ${index} of the pipeline has ${faults.length} faults; validate before compiling`);
    return compileStream(document, index, plan, context);
  });
}

const NOTHING = /^/;

/** First size of the slabs for intermediate cells. */
const SCRATCH_BYTES = 1_024;

function compileStream(
  document: PipelineDocument,
  index: number,
  plan: StreamPlan,
  { fieldHasher, tokenizer }: CompileContext,
): CompiledStream {
  const { mapping, source, columns, reading, evolve } = plan;
  const { projection, readKey, uniqueKey, ownOrder, filter, cursor } = reading;
  const tools = { hasher: fieldHasher, tokenizer, scratch: new Slab(SCRATCH_BYTES), spare: new Slab(SCRATCH_BYTES) };
  const copied = columns.filter(({ origin }) => origin.way === 'copy').length;
  const steps = columns.flatMap((column) => toStep(column, tools));
  const { inputs, slotOf } = toInputs(plan, copied + steps.length);
  const computed = columns.flatMap((column) => toComputed(column, { ...tools, slotOf }));
  const keys = mapping.key.map((key) => columns.findIndex(({ column }) => column.name === key));
  const sourceKey = keys.map((key) =>
    sourceCell(key, steps[key - copied], computed[key - copied - steps.length], inputs),
  );
  const selected = new Set(columns.flatMap(readsOf).map(({ field }) => field));
  const makers = {
    stream: mapping.from,
    copied,
    steps,
    computed,
    ...(computed.length > 0 ? { inputs } : {}),
    fingerprint: keyFingerprint(sourceKey, fieldHasher),
    wipe: () => wipe(tools),
  };
  const forDeletions = deletionMakers(makers, keys);
  return {
    index,
    name: mapping.from,
    target: { schema: document.target.schema, name: mapping.to },
    mode: mapping.mode,
    ...deletionsOf(mapping),
    ...(evolve.add || evolve.widen ? { evolve } : {}),
    partition: { stream: mapping.from, projection, key: readKey, uniqueKey, filter },
    ownOrder,
    ...(cursor ? { cursor } : {}),
    columns: columns.map(({ column }) => column),
    key: mapping.key,
    hashed: columns.filter(({ hashed }) => hashed).map(({ column }) => column.name),
    dropped: source.fields.map((field) => field.name).filter((field) => !selected.has(field)),
    transform: rowTransform(makers),
    ...(forDeletions ? { transformDeletions: rowTransform({ ...makers, ...forDeletions }) } : {}),
    changes: planChanges(columns, makers),
    metrics: planMetrics(document, plan).plans,
    fingerprint: keyFingerprint(
      keys.map((key): KeyCell => ({ index: key })),
      fieldHasher,
    ),
  };
}

/** Overwrites what the making of cells left behind. */
function wipe({ scratch, spare }: StepTools): void {
  scratch.wipe();
  spare.wipe();
  // The language keeps the last text that a pattern was tried on, in `RegExp.input`.
  NOTHING.test('');
}

function deletionsOf({ deletes }: StreamMapping): Pick<CompiledStream, 'deletes'> {
  if (deletes === 'keep') return {};
  return { deletes: deletes === 'remove' ? { kind: 'remove' } : { kind: 'mark', column: deletes.mark } };
}

function toStep({ column, onFailure, origin }: ColumnPlan, tools: StepTools): CellStep[] {
  const field = column.name;
  if (origin.way === 'cast') return [{ field, onFailure, convert: origin.cast, takesNull: false }];
  if (origin.way !== 'steps') return [];
  const { steps, from } = origin.chain;
  if (steps.length === 1 && steps[0]!.isHash && from === 'text')
    return [{ field, onFailure, convert: hashCell(tools.hasher), takesNull: false }];
  const takesNull = steps.some(({ whenNull }) => whenNull !== undefined);
  return [{ field, onFailure, convert: chainConversion(origin.chain, tools), takesNull }];
}

/** The cells that computed columns use, each under a number of its own. */
function toInputs({ columns, reading }: StreamPlan, ownCells: number) {
  const inputs: RowInput[] = [];
  const slots = new Map<string, number>();
  const named = ({ field, as }: FieldRead) => `${as} ${field}`;
  for (const { origin } of columns) {
    for (const read of origin.way === 'computed' ? origin.value.reads : []) {
      if (slots.has(named(read))) continue;
      slots.set(named(read), inputs.length);
      inputs.push({ cell: cellOf(reading.projection, read), read: readerOf(read.kind)! });
    }
  }
  const cells = Math.max(ownCells, ...inputs.map(({ cell }) => cell + 1));
  return { inputs: new RowInputs(inputs, cells), slotOf: (read: FieldRead) => slots.get(named(read))! };
}

function toComputed(
  { column, onFailure, origin }: ColumnPlan,
  tools: StepTools & { readonly slotOf: (read: FieldRead) => number },
): ComputedCell[] {
  if (origin.way !== 'computed') return [];
  const [value, write] = [origin.value.bind(tools), writerOf(column.kind)];
  if (origin.chain.steps.length === 0)
    return [{ field: column.name, onFailure, compute: (row, out) => appendOutcome(value(row), write, out) }];
  const map = bindChain(origin.chain, tools);
  const compute: ComputedCell['compute'] = (row, out) => {
    const outcome = value(row);
    return outcome instanceof Refusal ? outcome.rule : appendOutcome(map(outcome), write, out);
  };
  return [{ field: column.name, onFailure, compute }];
}

/** How a column of the key is made of the source's row. Computed columns have no cell there: without a value they are null. */
function sourceCell(
  index: number,
  step: CellStep | undefined,
  computed: ComputedCell | undefined,
  inputs: RowInputs,
): KeyCell {
  if (step) return { index, convert: step.convert };
  if (!computed) return { index };
  return {
    append: (batch, row, out) => {
      inputs.locate(batch, row);
      if (computed.compute(inputs, out) !== undefined) out.writeNull();
    },
  };
}
