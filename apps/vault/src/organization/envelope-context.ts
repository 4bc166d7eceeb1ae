import type { SealContext } from '@millrace/crypto';
import { envelopeColumns, type Row, type Table } from '@millrace/privacy';

/**
 * What the envelope in `table.key` is bound to, from the table's own declaration: the field that it stands in and the
 * columns that identify it. Sealing, opening and re-wrapping all take it from here.
 * @throws Error when the column is not declared as an envelope
 */
export function envelopeContext<T extends Table>(
  table: T,
  key: keyof T['columns'] & string,
  row: Readonly<Partial<Row<T>>>,
): SealContext {
  const column = envelopeColumns([table]).find((one) => one.key === key);
  if (!column) throw new Error(`${table.name} holds no envelope in ${key}`);
  const values = row as Readonly<Record<string, unknown>>;
  const missing = column.boundTo.find((name) => values[name] === undefined);
  if (missing) throw new Error(`An envelope of ${column.field} is bound to ${missing}, which was not given`);
  return { field: column.field, ...Object.fromEntries(column.boundTo.map((name) => [name, String(values[name])])) };
}
