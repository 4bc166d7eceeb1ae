// Writes charter.schema.json beside this file, for editors. Run after a change of the charter's schema:
// npm run build && node deploy/charters/write-schema.mjs
import { writeFileSync } from 'node:fs';
import { charterJsonSchemaText } from '@millrace/charter';

writeFileSync(new URL('charter.schema.json', import.meta.url), charterJsonSchemaText());
