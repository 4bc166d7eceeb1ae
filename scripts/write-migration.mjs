// Writes the first migration of a service from its table declarations: node scripts/write-migration.mjs <service>
// Later migrations are written by hand, expand then contract; the drift test compares what they add up to.
import { writeFileSync } from 'node:fs';
import { declaredSchema } from '@millrace/persistence';

const FIRST = '1763800000000';
for (const service of process.argv.slice(2)) {
  const { tables } = await import(`../apps/${service}/dist/tables.js`);
  const statements = declaredSchema(service, tables).map(
    (sql) => `  \`${sql.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${')}\`,`,
  );
  const text = `import { sqlMigration } from '@millrace/persistence';

/** The first schema of ${service}, as its tables declared it then. */
export const Initial${FIRST} = sqlMigration('Initial${FIRST}', [
${statements.join('\n')}
]);
`;
  writeFileSync(`apps/${service}/src/migrations/initial.ts`, text);
  writeFileSync(
    `apps/${service}/src/migrations/index.ts`,
    `import { Initial${FIRST} } from './initial.js';\n\n/** In the order in which they are applied. */\nexport const migrations = [Initial${FIRST}];\n`,
  );
  console.log(`apps/${service}/src/migrations/initial.ts: ${statements.length} statements`);
}
