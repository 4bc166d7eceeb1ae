import { addDuration } from '@millrace/kernel';
import { z } from 'zod';
import { type Answer, probe, unproven, verdictOf } from './probe.js';

/** The sweeper passes every ten minutes and takes rows in batches; a row is called overdue when it had an hour to go. */
const GRACE_MS = 60 * 60_000;

const held = z.object({ tables: z.array(z.object({ table: z.string(), oldest: z.iso.datetime().nullable() })) });

export const retentionCeiling = probe('retention.ceiling', async ({ rule }, ask, { charter, now }) => {
  if (!charter.binds(rule)) return unproven(`The charter in force says nothing about the retention key ${rule}.`);
  const { keep, keepText } = charter.retention(rule);
  const answers = await ask.everyService('retention.oldest', held, { rule });
  const rows = answers.flatMap(tablesOf);
  if (rows.length === 0) return unproven(`No table of this region holds rows under the retention key ${rule} yet.`);
  const ended = new Date(addDuration(now, keep, -1).getTime() - GRACE_MS);
  const overdue = rows.filter(({ oldest }) => oldest !== null && new Date(oldest) < ended);
  const faults = overdue.map(
    ({ table, oldest }) => `${table} holds a row from ${oldest!.slice(0, 10)}, longer than ${keepText}`,
  );
  return verdictOf(faults, `The oldest row under ${rule} is within ${keepText}.`, {
    rule,
    keep: keepText,
    tables: rows,
  });
});

const tablesOf = ({ context, tables }: Answer<z.output<typeof held>>) =>
  tables.map(({ table, oldest }) => ({ table: `${context}.${table}`, oldest }));
