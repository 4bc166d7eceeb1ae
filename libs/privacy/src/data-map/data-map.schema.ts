import { categories, dataCeilings, lawfulBases, purposes, retentionKeys, RetentionSchema } from '@millrace/charter';
import { z } from 'zod';

/** The newest form of the document. A change that an older reader would misunderstand raises it. */
export const DATA_MAP_FORMAT = 1;

/** A name in SQL or of a service. */
const name = z.string().regex(/^[a-z][a-z0-9_]{0,80}$/, 'must be a name in lower case');
const words = z.string().min(1).max(600);

/** What the erasure of a person does to a column, as its whole table declares: a row that goes takes all of its columns. */
const Erasure = z.discriminatedUnion('does', [
  z.strictObject({ does: z.literal('delete') }).meta({ description: 'The row is deleted.' }),
  z.strictObject({ does: z.literal('blank') }).meta({ description: 'The value is removed, the row stays.' }),
  z
    .strictObject({ does: z.literal('keep'), because: words })
    .meta({ description: 'The value stays, for this reason.' }),
]);

/** What one charter says about a column. */
const UnderCharter = z.strictObject({
  bases: z.array(z.strictObject({ purpose: z.enum(purposes), basis: z.enum(lawfulBases), title: words })).meta({
    description: 'The lawful basis of each purpose and its published words; a purpose that is missing is not allowed.',
  }),
  period: RetentionSchema.optional().meta({
    description: 'Missing: the charter binds no such rule, so nothing is held.',
  }),
  recipients: z.array(words).meta({ description: 'Ids of the sub-processors that may receive it at most.' }),
});

const MappedColumn = z.strictObject({
  column: name,
  classification: z.enum(['personal', 'pseudonymous', 'configuration', 'secret']),
  form: z
    .enum(['email-address', 'bcrypt', 'sha-256', 'hmac-sha-256', 'envelope', 'sealed'])
    .optional()
    .meta({ description: 'How a secret or a lookup is stored, or that it is an e-mail address.' }),
  category: z.enum(categories),
  purposes: z.array(z.enum(purposes)).min(1),
  retention: z.enum(retentionKeys).meta({ description: 'The retention rule.' }),
  erasure: Erasure,
  underCharter: UnderCharter.optional(),
});

const MappedTable = z.strictObject({
  table: name,
  ends: z
    .union([z.strictObject({ rule: z.enum(retentionKeys), from: name }), z.strictObject({ livesWith: words })])
    .meta({ description: 'What ends a row: a retention rule, counted from a column, or the end of something else.' }),
  closure: z
    .union([z.strictObject({ does: z.literal('delete') }), z.strictObject({ does: z.literal('keep'), because: words })])
    .optional()
    .meta({ description: 'What the closing of an organization does to its rows; missing where rows belong to none.' }),
  columns: z.array(MappedColumn),
  impersonal: z.array(name).meta({ description: 'Columns that are declared to say nothing about a person.' }),
});

const MappedCharter = z.strictObject({
  name: words,
  version: words,
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  locations: z
    .array(z.strictObject({ region: words, country: words, place: words }))
    .meta({ description: 'Where a region, and so everything in this map, may be.' }),
  recipients: z
    .array(
      z.strictObject({
        id: words,
        title: words,
        name: words.optional(),
        purpose: words,
        location: words,
        ceiling: z.array(z.enum(dataCeilings)),
      }),
    )
    .meta({ description: 'The sub-processors that are enabled.' }),
});

/** The data map as a document: what every table of every service holds and, under a charter, what that says about it. */
export const DataMapSchema = z
  .strictObject({
    formatVersion: z.literal(DATA_MAP_FORMAT),
    charter: MappedCharter.optional().meta({ description: 'Missing: the declarations alone.' }),
    services: z.array(z.strictObject({ service: name, tables: z.array(MappedTable) })),
  })
  .refine(
    ({ charter, services }) =>
      services.every(({ tables }) =>
        tables.every(({ columns }) =>
          columns.every(({ underCharter }) => (underCharter === undefined) === (charter === undefined)),
        ),
      ),
    'must say what the charter says about every column, or about none',
  );

export type DataMap = z.infer<typeof DataMapSchema>;
export type MappedTable = DataMap['services'][number]['tables'][number];
export type MappedColumn = MappedTable['columns'][number];

/** The content of `docs/reference/data-map.schema.json`: the document as JSON Schema 2020-12. */
export function dataMapJsonSchemaText(): string {
  const schema = { $id: 'urn:millrace:data-map', title: 'Millrace data map', ...z.toJSONSchema(DataMapSchema) };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
