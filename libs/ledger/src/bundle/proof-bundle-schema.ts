/** The JSON Schema (2020-12) of a {@link ProofBundle}, for programs that do not use this library. */
export const PROOF_BUNDLE_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Millrace ledger proof',
  type: 'object',
  additionalProperties: false,
  required: ['v', 'leaf', 'index', 'proof', 'checkpoint'],
  properties: {
    v: { const: 1 },
    leaf: { type: 'string', contentEncoding: 'base64', maxLength: 32768, description: 'RFC 8785 JSON of the entry' },
    index: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
    proof: {
      type: 'array',
      maxItems: 53,
      description: 'RFC 9162 inclusion path, deepest first',
      items: { type: 'string', contentEncoding: 'base64', minLength: 44, maxLength: 44 },
    },
    checkpoint: { type: 'string', maxLength: 65536, description: 'C2SP signed note of a tlog-checkpoint' },
  },
} as const;
