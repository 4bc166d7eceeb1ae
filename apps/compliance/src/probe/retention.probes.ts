import { retentionKeys } from '@millrace/charter';
import { addDuration } from '@millrace/kernel';
import { z } from 'zod';
import { type Answer, probe, type Setting, unproven, verdictOf } from './probe.js';

/** The sweeper passes every ten minutes and takes rows in batches; a row is called overdue when it had an hour to go. */
const GRACE_MS = 60 * 60_000;

const oldest = z.iso.datetime().nullable();
const held = z.object({ tables: z.array(z.object({ table: z.string(), rule: z.enum(retentionKeys), oldest })) });

export const retentionCeiling = probe('retention.ceiling', async ({ rule }, ask, { charter, now }) => {
  if (!charter.binds(rule)) return unproven(`The charter in force says nothing about the retention key ${rule}.`);
  const { keepText } = charter.retention(rule);
  const answers = await ask.everyService('retention.oldest', held, { rule });
  const rows = answers.flatMap(tablesOf);
  if (rows.length === 0) return unproven(`No table of this region holds rows under the retention key ${rule} yet.`);
  return verdictOf(faultsIn(rows, { charter, now }), `The oldest row under ${rule} is within ${keepText}.`, {
    rule,
    keep: keepText,
    tables: rows,
  });
});

export const everyCeiling = probe('retention.every-ceiling', async (_parameters, ask, setting) => {
  const answers = await ask.everyService('retention.oldest', held);
  const rows = answers.flatMap(tablesOf);
  const rules = new Set(rows.map(({ rule }) => rule));
  return verdictOf(
    faultsIn(rows, setting),
    `In none of ${rows.length} tables is a row older than its rule allows; ${rules.size} rules have rows here.`,
    { tables: rows },
  );
});

type Held = z.output<typeof held>['tables'][number];

function tablesOf({ context, tables }: Answer<z.output<typeof held>>): Held[] {
  return tables.map((one) => ({ ...one, table: `${context}.${one.table}` }));
}

function faultsIn(rows: readonly Held[], { charter, now }: Pick<Setting, 'charter' | 'now'>): string[] {
  return rows.flatMap(({ table, rule, oldest }) => {
    const { keep, keepText } = charter.retention(rule);
    const ended = new Date(addDuration(now, keep, -1).getTime() - GRACE_MS);
    const isOverdue = oldest !== null && new Date(oldest) < ended;
    return isOverdue ? [`${table} holds a row from ${oldest.slice(0, 10)}, longer than ${keepText}`] : [];
  });
}
