import type { CellKind, Slab } from '@millrace/connector-sdk';
import type { FieldHasher, FieldTokenizer } from '../field-keys.js';
import type { CellValue, Outcome } from '../cell/cell-value.js';

/** Makes something of a value that is not null. */
export type ValueStep = (value: CellValue) => Outcome;

/** What steps are bound with, once per run. */
export interface StepTools {
  readonly hasher: FieldHasher;
  readonly tokenizer: FieldTokenizer;
  /** Slabs for intermediate cells, wiped after each batch. Their content is void at every call. */
  readonly scratch: Slab;
  readonly spare: Slab;
}

/** A step that fits the kind it meets. */
export interface StepPlan {
  /** The kind of what it gives. */
  readonly kind: CellKind;
  /** Whether it can give null for a value. */
  readonly mayGiveNull?: boolean;
  /** Whether records cannot be told apart by what it gives, because it hides something on purpose. */
  readonly hides?: boolean;
  /** Whether it is the keyed hash, for which a cell of text need not be decoded. */
  readonly isHash?: boolean;
  /** What a null becomes. Default: it stays null. */
  readonly whenNull?: CellValue;
  readonly bind: (tools: StepTools) => ValueStep;
}

/** What has to change in the document; `path` leads from the step's settings to it. */
export interface StepFault {
  readonly fault: string;
  readonly path?: readonly PropertyKey[];
}

/** How one sort of step is planned. */
export interface StepDefinition<Settings> {
  /** The kinds that it takes; undefined for every kind with values. */
  readonly takes?: readonly CellKind[];
  /** What to write before it for other kinds. */
  readonly hint?: string;
  readonly plan: (settings: Settings, kind: CellKind) => StepPlan | StepFault;
}

export const TEXT: readonly CellKind[] = ['text'];

/** A step from text to text that needs nothing else. */
export function textStep(change: (text: string) => string): StepPlan {
  return { kind: 'text', bind: () => (value) => change(value as string) };
}
