import { z } from 'zod';
import { CharterSchema } from './charter.schema.js';

/** The charter's schema as JSON Schema 2020-12, for editors; cross checks and probes' parameters are not in it. */
export function charterJsonSchema(): Record<string, unknown> {
  return {
    $id: 'urn:millrace:charter',
    title: 'Millrace charter',
    ...z.toJSONSchema(CharterSchema, { io: 'input' }),
  };
}

/** The content of `deploy/charters/charter.schema.json`. */
export function charterJsonSchemaText(): string {
  return `${JSON.stringify(charterJsonSchema(), null, 2)}\n`;
}
