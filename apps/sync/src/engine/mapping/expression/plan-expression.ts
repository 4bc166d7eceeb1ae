import { type ASTNode, Environment, type ParseError, type TypeError as CheckError } from '@marcbachmann/cel-js';
import { findField } from '@millrace/connector-sdk';
import type { FieldValue } from '../../document/field-value.js';
import type { Outcome } from '../cell/cell-value.js';
import { Refusal } from '../cell/mapping-rule.js';
import type { ComputedValue, ComputePlace, ComputeTools } from '../computed/computed-value.js';
import { within } from '../computed/computed-value.js';
import type { RowInputs } from '../computed/row-inputs.js';
import { type FieldRead, readFor } from '../step/plan-chain.js';
import { registerDecimal } from './cel-decimal.js';
import { fieldType, resultType } from './cel-type.js';
import { callOf, namesIn, strictNames } from './expression-fields.js';

type Expression = Extract<FieldValue, { expression: unknown }>['expression'];

/** Bounds of one expression; the language has no loops but those over lists. */
const LIMITS = { maxAstNodes: 1_000, maxDepth: 50, maxListElements: 1_000, maxMapEntries: 1_000, maxCallArguments: 32 };

/** What the evaluator says when an operator, a function or a condition meets null. */
const MET_NULL = new Set([
  'no_such_overload',
  'no_matching_overload',
  'invalid_logical_operand',
  'invalid_condition_type',
  'invalid_list_element_type',
]);

/** A name in an expression and the field behind it. */
interface Variable {
  readonly name: string;
  readonly read: FieldRead;
  readonly nullable: boolean;
  /** Whether there is no result without it. */
  readonly strict: boolean;
}

/**
 * Parses and checks an expression; undefined when it is faulty, which is reported. A null goes its way as in SQL: what
 * computes with it is null, and only `== null`, `!= null` and `?:` look at it.
 */
export function planExpression(expression: Expression, place: ComputePlace): ComputedValue | undefined {
  const bare = typeof expression === 'string';
  const text = bare ? expression : expression.cel;
  const at = bare ? place : within(place, 'cel');
  const refuse = (message: string): undefined => void at.report(at.path, message);
  const parsed = parse(text);
  if ('fault' in parsed) return refuse(parsed.fault);
  const { ast } = parsed;
  if (callOf(ast, 'matches') !== undefined)
    return refuse(
      '"matches" is not offered, because a pattern could take for ever. Use startsWith, endsWith or contains, or the step "replace".',
    );
  const variables = variablesOf(ast, bare ? {} : (expression.fields ?? {}), place);
  if (!variables) return undefined;
  const environment = environmentFor(variables, true);
  if (typeof environment === 'string')
    return refuse(
      `"${environment}" means something of its own in expressions. Give the field another name under "fields".`,
    );
  const { valid, type = '', error } = environment.parse(text).check();
  if (!valid) return refuse(sentence(error!));
  const run = (environmentFor(variables, false) as Environment).parse(text).check();
  if (!run.valid) return refuse(sentence(run.error!));
  const result = resultType(type);
  if (!result)
    return refuse(
      'The result has no type that a column can have. Wrap it: string(…), int(…), double(…), decimal(…) or bool(…).',
    );
  return {
    kind: result.kind,
    nullable: variables.some(({ nullable }) => nullable),
    reads: variables.map(({ read }) => read),
    hides: false,
    bind: (tools) => bind(text, variables, result.give, tools),
  };
}

function parse(text: string): { readonly ast: ASTNode } | { readonly fault: string } {
  try {
    return { ast: new Environment({ limits: LIMITS }).parse(text).ast };
  } catch (error) {
    return { fault: sentence(error as ParseError) };
  }
}

/** The parser's and checker's own words, which speak of the expression alone, and where in it. */
function sentence({ summary, range }: ParseError | CheckError): string {
  const where = range ? ` (at character ${range.start + 1})` : '';
  return `The expression does not hold: ${summary}${where}.`;
}

function variablesOf(
  ast: ASTNode,
  named: Readonly<Record<string, string>>,
  place: ComputePlace,
): Variable[] | undefined {
  const strict = strictNames(ast);
  const used = namesIn(ast);
  let complete = true;
  const report = (path: readonly PropertyKey[], message: string) => {
    place.report([...place.path, ...path], message);
    complete = false;
  };
  for (const [name, field] of Object.entries(named)) {
    if (!findField(place.source, field)) report(['fields', name], 'The stream has no such field. Correct the name.');
    if (!used.has(name)) report(['fields', name], 'The expression does not use this name. Leave it out.');
  }
  const variables = [...used].flatMap((name): Variable[] => {
    const field = findField(place.source, named[name] ?? name);
    // What is no field is a name that the expression binds itself, or the checker says that it is unknown.
    if (!field) return [];
    const read = readFor(field, fieldType(field.kind) ? [] : [{ cast: 'text' }]);
    return [{ name, read, nullable: field.nullable, strict: strict.has(name) }];
  });
  return complete ? variables : undefined;
}

/**
 * The names and their types. For the check every field has its type; to evaluate, a field that may be null where an
 * expression looks at it has any. A name that the language keeps for itself is given back.
 */
function environmentFor(variables: readonly Variable[], toCheck: boolean): Environment | string {
  const environment = new Environment({ limits: LIMITS, homogeneousAggregateLiterals: toCheck });
  registerDecimal(environment);
  environment.registerFunction('string(google.protobuf.Timestamp): string', (instant: Date) => instant.toISOString());
  for (const type of ['bool', 'int', 'double', 'string', 'bytes', 'decimal', 'google.protobuf.Timestamp'])
    environment.registerOperator(`${type} == null: bool`, (value: unknown) => value === null);
  for (const { name, read, nullable, strict } of variables) {
    const mayBeNull = nullable && !strict && !toCheck;
    try {
      environment.registerVariable(name, mayBeNull ? 'dyn' : fieldType(read.kind)!.type);
    } catch {
      return name;
    }
  }
  return environment;
}

function bind(
  text: string,
  variables: readonly Variable[],
  give: (result: unknown) => Outcome,
  tools: ComputeTools,
): (row: RowInputs) => Outcome {
  const evaluate = (environmentFor(variables, false) as Environment).parse(text);
  evaluate.check();
  const strictSlots = variables.flatMap(({ read, nullable, strict }) =>
    nullable && strict ? [tools.slotOf(read)] : [],
  );
  const slots = variables.map(({ read }) => tools.slotOf(read));
  const { context, show } = contextOf(variables, tools);
  const failed = Refusal.of('expression-failed');
  return (row) => {
    for (const slot of strictSlots) if (row.value(slot) === null) return null;
    show(row);
    try {
      const result: unknown = evaluate(context);
      return result === null ? null : give(result);
    } catch (error) {
      const metNull =
        MET_NULL.has((error as { code?: string }).code ?? '') && slots.some((slot) => row.value(slot) === null);
      return metNull ? null : failed;
    }
  };
}

/**
 * The names as the evaluator sees them. Each is a getter, so that a value is made only when it is asked for, none is
 * kept, and the object's shape never changes; this is what makes ten expressions per record affordable.
 */
function contextOf(variables: readonly Variable[], tools: ComputeTools) {
  let current: RowInputs | undefined;
  const context = Object.create(null) as Record<string, unknown>;
  for (const { name, read } of variables) {
    const [slot, { take }] = [tools.slotOf(read), fieldType(read.kind)!];
    const get = () => {
      const value = current!.value(slot);
      if (value === null) return null;
      const taken = take(value);
      if (taken === undefined) throw new RangeError('The value has no counterpart in expressions');
      return taken;
    };
    Object.defineProperty(context, name, { enumerable: true, get });
  }
  return { context, show: (row: RowInputs) => void (current = row) };
}
