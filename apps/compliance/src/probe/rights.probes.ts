import { z } from 'zod';
import { probe, unproven, verdictOf } from './probe.js';

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
