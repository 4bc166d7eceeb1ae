import type { RetentionKey } from '@millrace/charter';
import { type ErasureAction, erasureActions, isExported, type SqlRunner, type Table } from '@millrace/privacy';

/** Whether a table is kept by one of the rules, itself or with one of its columns. */
function isUnder({ columns, options: { retention } }: Table, rules: readonly RetentionKey[]): boolean {
  const named = Object.values(columns).map(({ meaning }) => meaning?.retention);
  return [...named, 'rule' in retention ? retention.rule : undefined].some((rule) => rule && rules.includes(rule));
}

/**
 * The tables under some retention keys, and what keeps an erasure from doing its part in them: a right that its role
 * lacks, or something in the database that acts before it.
 */
export async function erasureReach(
  tx: SqlRunner,
  tables: readonly Table[],
  role: string,
  rules: readonly RetentionKey[],
) {
  const under = tables.filter((one) => isUnder(one, rules));
  const actions = erasureActions(under);
  const answers: { table: string; does: ErasureAction['does'] | 'nothing'; obstacles: string[] }[] = [];
  for (const { name } of under) {
    const mine = actions.filter((action) => action.table === name);
    if (mine.length === 0) answers.push({ table: name, does: 'nothing', obstacles: ['no erasure looks into it'] });
    for (const { does } of mine)
      answers.push({ table: name, does, obstacles: does === 'keep' ? [] : await obstacles(tx, role, name, does) });
  }
  return { tables: answers };
}

/** The tables under some retention keys, and what keeps them out of the copy that a person gets. */
export async function exportReach(
  tx: SqlRunner,
  tables: readonly Table[],
  role: string,
  rules: readonly RetentionKey[],
) {
  const answers: { table: string; obstacles: string[] }[] = [];
  for (const one of tables.filter((each) => isUnder(each, rules) && hasMoreThanSecrets(each))) {
    const [row] = await tx.query<{ may: boolean }>(`select has_table_privilege($1, 'public.' || $2, 'select') as may`, [
      role,
      one.name,
    ]);
    answers.push({
      table: one.name,
      obstacles: [
        ...(isExported(one) ? [] : ['no copy looks into it']),
        ...(row!.may ? [] : [`${role} may not read it`]),
      ],
    });
  }
  return { tables: answers };
}

/** Secrets are never shown to anybody; a table of nothing else is rightly left out. */
function hasMoreThanSecrets({ columns }: Table): boolean {
  return Object.values(columns).some(
    ({ classification, meaning }) => meaning !== undefined && classification !== 'secret',
  );
}

async function obstacles(tx: SqlRunner, role: string, table: string, does: 'delete' | 'update'): Promise<string[]> {
  const [row] = await tx.query<{ may: boolean; triggers: string[] }>(
    `select has_table_privilege($1, 'public.' || $2, $3) as may,
       coalesce((select array_agg(tgname::text) from pg_trigger
         where tgrelid = ('public.' || $2)::regclass and not tgisinternal and tgenabled <> 'D'), '{}')
       || coalesce((select array_agg(rulename::text) from pg_rewrite
         where ev_class = ('public.' || $2)::regclass and rulename <> '_RETURN'), '{}') as triggers`,
    [role, table, does],
  );
  const { may, triggers } = row!;
  return [...(may ? [] : [`${role} may not ${does}`]), ...triggers.map((name) => `“${name}” acts on what is erased`)];
}
