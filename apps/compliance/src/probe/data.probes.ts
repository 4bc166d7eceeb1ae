import type { Purpose } from '@millrace/charter';
import { z } from 'zod';
import { probe, verdictOf } from './probe.js';

const columns = z.object({
  columns: z.number(),
  unclassified: z.array(z.string()),
  missing: z.array(z.string()),
  withoutRetention: z.array(z.string()),
});

export const everyColumnClassified = probe('schema.every-column-classified', async (_parameters, ask) => {
  const answers = await ask.everyService('schema.columns', columns);
  const faults = answers.flatMap(({ context, unclassified, missing, withoutRetention }) => [
    ...unclassified.map((name) => `${context} has the undeclared column ${name}`),
    ...missing.map((name) => `${context} lacks the declared column ${name}`),
    ...withoutRetention.map((name) => `${context} keeps ${name} without a retention key`),
  ]);
  const total = answers.reduce((sum, one) => sum + one.columns, 0);
  return verdictOf(faults, `All ${total} live columns are declared, and every personal one names a retention key.`, {
    services: answers,
  });
});

const held = z.object({
  categories: z.array(z.string()),
  purposes: z.array(z.string()),
  undeclared: z.array(z.string()),
});

export const dataCategories = probe('data.categories', async ({ allowed }, ask) => {
  const answers = await ask.everyService('data.held', held);
  const faults = answers.flatMap(({ context, categories, undeclared }) => [
    ...categories.filter((one) => !allowed.includes(one)).map((one) => `${context} holds ${one} data`),
    ...undeclared.map((name) => `nobody can tell what ${context} holds in ${name}`),
  ]);
  return verdictOf(faults, `The services hold data of these categories only: ${allowed.join(', ')}.`, {
    allowed,
    services: answers.map(({ context, categories }) => ({ context, categories })),
  });
});

const sent = z.object({ purposes: z.array(z.object({ purpose: z.string(), allowed: z.number() })) });

export const dataPurposes = probe('data.purposes', async (_parameters, ask, { charter }) => {
  const answers = await ask.everyService('data.held', held);
  const calls = await ask.everyService('egress.purposes', sent, { forbidden: [] });
  const inUse = [
    ...answers.flatMap(({ purposes }) => purposes),
    ...calls.flatMap(({ purposes }) => purposes.filter(({ allowed }) => allowed > 0).map(({ purpose }) => purpose)),
  ];
  const bases = Object.fromEntries([...new Set(inUse)].sort().map((one) => [one, charter.basisOf(one as Purpose)]));
  const faults = Object.entries(bases)
    .filter(([, basis]) => basis === undefined)
    .map(([purpose]) => `data is used for ${purpose}, for which the charter has no basis`);
  return verdictOf(faults, `Each of the ${Object.keys(bases).length} purposes in use has its basis.`, { bases });
});

const hashed = z.object({
  columns: z.array(z.object({ column: z.string(), stored: z.number(), notHashed: z.number() })),
});

export const secretsOneWay = probe('secrets.one-way', async (_parameters, ask) => {
  const answers = await ask.everyService('secrets.one-way', hashed);
  const columns = answers.flatMap((one) =>
    one.columns.map((each) => ({ ...each, column: `${one.context}.${each.column}` })),
  );
  const faults = columns
    .filter(({ notHashed }) => notHashed > 0)
    .map(({ column, notHashed, stored }) => `${notHashed} of ${stored} values in ${column} are no one-way hash`);
  const stored = columns.reduce((sum, one) => sum + one.stored, 0);
  return verdictOf(faults, `All ${stored} secrets that are only compared are one-way hashes.`, {
    columns: columns.filter((one) => one.stored > 0),
  });
});

const isolation = z.object({
  tables: z.number(),
  unforced: z.array(z.string()),
  wideOpen: z.array(z.object({ table: z.string(), policy: z.string() })),
  bypassing: z.array(z.string()),
  visible: z.array(z.object({ table: z.string(), rows: z.number() })),
});

export const tenantIsolation = probe('tenant.isolation', async (_parameters, ask) => {
  const answers = await ask.everyService('tenant.isolation', isolation);
  const faults = answers.flatMap(({ context, unforced, wideOpen, bypassing, visible }) => [
    ...unforced.map((table) => `row-level security is not forced on ${context}.${table}`),
    ...wideOpen.map(({ table, policy }) => `the policy ${policy} opens ${context}.${table} to everybody`),
    ...bypassing.map((role) => `the role ${role} may bypass row-level security`),
    ...visible.map(({ table, rows }) => `a stranger sees ${rows} rows of ${context}.${table}`),
  ]);
  const total = answers.reduce((sum, one) => sum + one.tables, 0);
  return verdictOf(
    faults,
    `Row-level security is forced on all ${total} tables of tenants and people, and a stranger sees none of their rows.`,
    { services: answers },
  );
});

const place = z.object({ database: z.string().nullable(), configured: z.string() });

export const regionPinned = probe('region.pinned', async ({ regions }, ask) => {
  const answers = await ask.everyService('region', place);
  const faults = answers.flatMap(({ context, database, configured }) => [
    ...(database === configured
      ? []
      : [`the database of ${context} belongs to ${database ?? 'no region'}, not to ${configured}`]),
    ...(regions.includes(configured) ? [] : [`${context} runs in ${configured}, which the charter does not list`]),
  ]);
  return verdictOf(
    faults,
    `Every database carries the name of the region ${answers[0]?.configured ?? ''}, which the charter allows.`,
    { services: answers, allowed: regions },
  );
});
