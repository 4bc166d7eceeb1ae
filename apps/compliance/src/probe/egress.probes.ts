import { z } from 'zod';
import { probe, type Setting, verdictOf } from './probe.js';

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

const recipients = z.object({
  reached: z.array(
    z.object({
      kind: z.string(),
      recipient: z.string().nullable(),
      categories: z.array(z.string()),
      calls: z.number(),
    }),
  ),
});
type Reached = z.output<typeof recipients>['reached'][number];

export const egressRecipients = probe('egress.recipients', async (_parameters, ask, { charter }) => {
  const answers = await ask.everyService('egress.recipients', recipients);
  const faults = answers.flatMap(({ context, reached }) =>
    reached.flatMap((one) => wrongWith(one, charter).map((fault) => `${context} ${fault}`)),
  );
  const calls = answers.flatMap(({ reached }) => reached).reduce((sum, one) => sum + one.calls, 0);
  return verdictOf(
    faults,
    `All ${calls} calls went to customers’ own systems or to registered sub-processors within their ceilings.`,
    { services: answers },
  );
});

function wrongWith({ kind, recipient, categories, calls }: Reached, { document }: Setting['charter']): string[] {
  if (kind === 'customer-connection') return [];
  const entry = kind === 'sub-processor' ? document.subProcessors.find(({ id }) => id === recipient) : undefined;
  if (!entry) return [`called ${recipient ?? kind} ${calls} times, which the charter does not list`];
  const ceiling: readonly string[] = entry.ceiling;
  return [
    ...(entry.enabled ? [] : [`called ${entry.id}, which is not enabled`]),
    ...categories
      .filter((category) => !ceiling.includes(category))
      .map((category) => `gave ${category} data to ${entry.id}, above its ceiling`),
  ];
}
