import type { RetentionKey } from '@millrace/charter';
import { z } from 'zod';
import { type Ask, probe, unproven, type Verdict, verdictOf } from './probe.js';

const endpoints = z.object({
  endpoints: z.array(z.object({ method: z.string(), path: z.string(), status: z.number() })),
});
const NOT_SIGNED_IN = 401;

export const selfServeEndpoints = probe('rights.self-serve-endpoints', async (_parameters, ask) => {
  const { endpoints: asked } = await ask.service('gateway', 'self-serve', endpoints);
  if (asked.length === 0) return unproven('The charter lists no right that people exercise alone.');
  const wrong = asked.filter(({ status }) => status !== NOT_SIGNED_IN);
  const faults = wrong.map(
    ({ method, path, status }) => `${method} ${path} answers ${status} to somebody who is signed out`,
  );
  return verdictOf(faults, `All ${asked.length} self-serve endpoints exist and ask for a sign-in.`, {
    endpoints: asked,
  });
});

const erasures = z.object({
  open: z.number(),
  completed: z.number(),
  overdue: z.number(),
  withoutCertificate: z.number(),
});

export const erasureDeadline = probe('erasure.deadline', async (_parameters, ask) => {
  const answer = await ask.service('compliance', 'erasure.deadline', erasures);
  const faults = [
    ...(answer.overdue ? [`${answer.overdue} erasures are past their deadline`] : []),
    ...(answer.withoutCertificate ? [`${answer.withoutCertificate} completed erasures have no certificate`] : []),
  ];
  return verdictOf(
    faults,
    `All ${answer.completed} completed erasures have a certificate; none of the ${answer.open} open ones is overdue.`,
    answer,
  );
});

const certificates = z.object({
  completed: z.number(),
  changed: z.number(),
  unknown: z.number(),
  unfinished: z.number(),
});

export const erasureCertificates = probe('erasure.certificates', async (_parameters, ask) => {
  const answer = await ask.service('compliance', 'erasure.certificates', certificates);
  const faults = [
    ...(answer.changed ? [`${answer.changed} certificates are not those whose digest the ledger has`] : []),
    ...(answer.unknown ? [`${answer.unknown} completed erasures are not in the ledger`] : []),
    ...(answer.unfinished ? [`${answer.unfinished} erasures were certified before every service was done`] : []),
  ];
  return verdictOf(
    faults,
    `The last ${answer.completed} completed erasures have the certificates whose digests the ledger has.`,
    answer,
  );
});

const reached = z.object({ tables: z.array(z.object({ table: z.string(), obstacles: z.array(z.string()) })) });

/** Asks every service what stands between a right and its tables under some retention keys. */
async function reachOf(right: 'erasure' | 'export', rules: readonly RetentionKey[], ask: Ask): Promise<Verdict> {
  const answers = await ask.everyService(`${right}.reach`, reached, { rules });
  const tables = answers.flatMap((one) =>
    one.tables.map((each) => ({ ...each, table: `${one.context}.${each.table}` })),
  );
  if (tables.length === 0) return unproven(`No table of this region is under ${rules.join(', ')}.`);
  const faults = tables.flatMap(({ table, obstacles }) =>
    obstacles.map((why) => `no ${right} of ${table} is possible: ${why}`),
  );
  return verdictOf(faults, `Every ${right} reaches all ${tables.length} tables under ${rules.join(', ')}.`, {
    rules,
    tables,
  });
}

export const erasureReach = probe('erasure.reach', ({ rules }, ask) => reachOf('erasure', rules, ask));

export const exportReach = probe('export.reach', ({ rules }, ask) => reachOf('export', rules, ask));

const clocks = z.object({
  promised: z.string().nullable(),
  by: z.iso.datetime().nullable(),
  requests: z.array(z.object({ type: z.string(), hasClock: z.boolean(), targetAt: z.iso.datetime(), why: z.string() })),
  open: z.number(),
  overdue: z.number(),
  moved: z.number(),
});

export const caseClocks = probe('cases.clocks', async ({ regime }, ask) => {
  const answer = await ask.service('compliance', 'cases.clocks', clocks, { regime });
  const { promised, by, requests, open, overdue, moved } = answer;
  if (promised === null || by === null) return unproven(`The charter in force grants no rights under ${regime}.`);
  const late = requests.filter(({ targetAt }) => new Date(targetAt) > new Date(by));
  const faults = [
    ...requests
      .filter(({ hasClock }) => !hasClock)
      .map(({ type }) => `a request for ${type} gets no clock of ${regime}`),
    ...late.map(({ type, targetAt }) => `a request for ${type} of now would be due on ${targetAt.slice(0, 10)} only`),
    ...(overdue ? [`${overdue} of ${open} open cases are late`] : []),
    ...(moved ? [`the dates of ${moved} cases are not those that were computed`] : []),
  ];
  const [first] = requests;
  return verdictOf(
    faults,
    `A request of now would be due by ${first!.targetAt.slice(0, 10)}, within ${promised}; none of the ${open} open cases is late.`,
    answer,
  );
});

const fees = z.object({ columns: z.number(), fees: z.array(z.string()) });

export const casesFree = probe('cases.free', async (_parameters, ask) => {
  const answer = await ask.service('compliance', 'cases.free', fees);
  const faults = answer.fees.map((name) => `${name} has room for a fee`);
  return verdictOf(faults, `None of the ${answer.columns} fields of a case has room for a fee.`, answer);
});
