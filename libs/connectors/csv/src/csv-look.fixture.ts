import type { FieldSpec, FileLook, Row } from '@millrace/connector-sdk/conformance';

const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;
const line = (row: Row) => `${row.map((value) => (value === null ? '' : quoted(value))).join(',')}\r\n`;

/** RFC 4180 by a regular expression: slow, and written without a look at the connector. */
function parse(text: string): Row[] {
  const rows: (string | null)[][] = [[]];
  for (const [, field, bare, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\r\n"]*))(,|\r?\n)/g)) {
    rows.at(-1)!.push(field !== undefined ? field.replaceAll('""', '"') : bare === '' ? null : bare!);
    if (end !== ',') rows.push([]);
  }
  return rows.slice(0, -1);
}

/** CSV as somebody sees it who does not use the connector. */
export const csvLook: FileLook = {
  extension: '.csv',
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
  write: ({ fields, rows }) => line(fields.map(({ name }) => name)) + rows.map(line).join(''),
  more: (_fields, rows) => rows.map(line).join(''),
  read: (text, columns: readonly FieldSpec[]) => {
    const [header, ...rows] = parse(text);
    return rows.map((row) => columns.map(({ name }) => row[header!.indexOf(name)]!));
  },
};
