import { z } from 'zod';
import { probe, verdictOf } from './probe.js';

const counted = z.object({ purpose: z.string(), allowed: z.number(), refused: z.number() });
const calls = z.object({ purposes: z.array(counted), violations: z.array(counted) });

export const egressPurposes = probe('egress.purposes', async ({ forbidden }, ask) => {
  const answers = await ask.everyService('egress.purposes', calls, { forbidden });
  const faults = answers.flatMap(({ context, violations }) =>
    violations.map(({ purpose, allowed }) => `${context} was allowed ${allowed} outbound calls for ${purpose}`),
  );
  return verdictOf(faults, `No outbound call was ever allowed for ${forbidden.join(', ')}.`, {
    forbidden,
    services: answers,
  });
});
