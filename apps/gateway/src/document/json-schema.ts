import { classificationOf } from '@millrace/contracts';
import { z } from 'zod';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Kinds that hold any JSON: their schema would describe JSON itself. */
const ANY_JSON: readonly string[] = ['document', 'machine-json', 'personal-json', 'public-key-credential'];
/** Kinds that OpenAPI has a format for. */
const FORMATS: Readonly<Record<string, string>> = { instant: 'date-time', 'user-id': 'uuid', secret: 'password' };

/**
 * A zod schema as JSON Schema 2020-12, the dialect of OpenAPI 3.1, with each field's classification beside it.
 * @param side inputs show what may be sent, outputs what is answered: fields with a default are optional in the one only
 */
export function jsonSchemaOf(schema: z.ZodType, side: 'input' | 'output'): JsonSchema {
  const { $schema, $defs, ...made } = z.toJSONSchema(schema, {
    io: side,
    unrepresentable: 'any',
    override: describe,
  }) as Record<string, unknown>;
  void $schema;
  return inlined(made, ($defs ?? {}) as Record<string, unknown>) as JsonSchema;
}

function describe({ zodSchema, jsonSchema }: { zodSchema: unknown; jsonSchema: Record<string, unknown> }): void {
  const field = classificationOf(zodSchema as z.ZodType);
  if (!field) return;
  if (ANY_JSON.includes(field.kind)) {
    for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
    jsonSchema['description'] = 'Any JSON';
  }
  const format = field.kind.startsWith('id:') ? 'uuid' : FORMATS[field.kind];
  if (format) jsonSchema['format'] = format;
  if (field.classification === 'secret') jsonSchema['writeOnly'] = true;
  jsonSchema['x-classification'] = field.classification;
}

/** Definitions put where they are used: references would point into the wrong document. */
function inlined(value: unknown, definitions: Readonly<Record<string, unknown>>): unknown {
  if (Array.isArray(value)) return value.map((one) => inlined(one, definitions));
  if (typeof value !== 'object' || value === null) return value;
  const { $ref } = value as { $ref?: unknown };
  if (typeof $ref === 'string' && $ref.startsWith('#/$defs/'))
    return inlined(definitions[$ref.slice('#/$defs/'.length)] ?? {}, definitions);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, inlined(one, definitions)]));
}
