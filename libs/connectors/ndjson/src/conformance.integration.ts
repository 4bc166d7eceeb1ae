import { describe, expect, it } from '@jest/globals';
import {
  conformance,
  type FieldSpec,
  type FileLook,
  fileSandbox,
  type Row,
  type Value,
} from '@millrace/connector-sdk/conformance';
import { ndjson } from './ndjson.connector.js';

/** Kinds whose values are JSON as they stand, numbers without a loss of digits. */
const VERBATIM = /^(int\d|numeric|float\d|boolean|json)$/;

const valueOf = ({ kind }: FieldSpec, value: Value) =>
  value === null || VERBATIM.test(kind) ? value : JSON.stringify(value);

const line = (fields: readonly FieldSpec[]) => (row: Row) =>
  `{ ${row.map((value, index) => `${JSON.stringify(fields[index]!.name)}: ${valueOf(fields[index]!, value)}`).join(', ')} }\n`;

interface Context {
  readonly source: string;
}
type Parse = (
  text: string,
  reviver: (key: string, value: unknown, context: Context) => unknown,
) => Record<string, unknown>;

const look: FileLook = {
  extension: '.ndjson',
  kinds: [
    'text',
    'int2',
    'int4',
    'int8',
    'float4',
    'float8',
    'numeric',
    'boolean',
    'date',
    'time',
    'timestamp',
    'timestamptz',
    'uuid',
    'json',
  ],
  write: ({ fields, rows }) => rows.map(line(fields)).join(''),
  more: (fields, rows) => rows.map(line(fields)).join(''),
  read: (text, columns: readonly FieldSpec[]) =>
    text
      .split('\n')
      .slice(0, -1)
      .map((record) => {
        // Node tells a reviver the digits of a number.
        const digits = (_key: string, value: unknown, { source }: Context) =>
          typeof value === 'number' ? source : value;
        const object = (JSON.parse as Parse)(record, digits);
        return columns.map(({ name, kind }) => (kind === 'json' ? jsonText(record) : textOf(object[name])));
      }),
};

const textOf = (value: unknown): Value => (value === null ? null : String(value));

/** What stands behind the last member's name, for a member that is JSON itself. */
function jsonText(record: string): Value {
  const text = record.slice(record.indexOf('"value":') + 8, -1);
  return text === 'null' ? null : text;
}

const { applied, notApplied } = conformance(
  ['source', 'target', 'own-order', 'append', 'replace', 'closed-modes', 'estimates', 'grows', 'rewrites'],
  () => fileSandbox(ndjson, look),
);

describe('the NDJSON connector', () => {
  it.each(applied.map((one) => [one.name, one] as const))('%s', (_name, { run }) => run());

  it('is asked for everything but what a file cannot do', () => {
    expect(notApplied).toEqual([
      'declares of a stream what the connector declares of itself',
      'keeps a field that is not selected off the wire',
      'reads in the order of the key, whatever the order of insertion',
      'goes on behind a unique key, starts with an inclusive one, and ends with the upper',
      'loses no record of equal keys at a boundary',
      'takes a position shorter than the key for its leading fields',
      'fixes the end of a run by the last key',
      'parts a stream, where it can, so that no record is lost or doubled',
      'can be resumed behind every batch without losing or repeating a record',
      'goes on with a cursor’s own value, so that no tie is lost',
      'leaves out by itself what a filter does not want',
      'carries every other type of its system to a system like it',
      'says that a credential was refused, and nothing of it',
      'stops a cancelled write at once, and what is there is whole batches',
      'renews an expired token once, and reads on',
      'does not renew a token for ever',
      'waits as long as a limit says',
      'hands a limit that is far off to the planner',
      'asks again when the server fails for a moment',
      'asks again for an answer that broke off',
      'never takes an answer that breaks off for the whole',
      'never takes JSON that ends too early for the whole',
      'refuses garbage and repeats nothing of it',
      'follows no link to a host that is not its own',
      'inserts new keys, updates changed records and leaves the others',
      'tells inserted, updated and unchanged records apart',
      'gives a batch that is delivered twice no second effect',
      'touches only records that are there when it updates',
    ]);
  });
});
