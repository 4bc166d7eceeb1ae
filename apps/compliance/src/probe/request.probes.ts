import { addDuration } from '@millrace/kernel';
import { z } from 'zod';
import { probe, verdictOf } from './probe.js';

const offered = z.object({
  now: z.iso.datetime(),
  rights: z.array(z.object({ right: z.string(), dueAt: z.iso.datetime().nullable() })),
  closed: z.array(z.string()),
  late: z.number(),
});

export const rightsOffered = probe('rights.offered', async ({ rights, within }, ask) => {
  const answer = await ask.service('compliance', 'rights.offered', offered, { rights });
  // A period of days ends with its last day, wherever the person is.
  const by = within ? addDuration(addDuration(new Date(answer.now), within), 'P1D') : undefined;
  const late = answer.rights.filter(({ dueAt }) => by && dueAt !== null && new Date(dueAt) > by);
  const faults = [
    ...answer.rights.filter(({ dueAt }) => dueAt === null).map(({ right }) => `nobody can ask for ${right}`),
    ...late.map(({ right, dueAt }) => `${right}, asked for now, would be due on ${dueAt!.slice(0, 10)} only`),
    ...(answer.late ? [`${answer.late} requests for them are late`] : []),
    ...answer.closed.map((table) => `no request can be opened: ${table} takes no row`),
  ];
  const dates = answer.rights.map(({ right, dueAt }) => `${right} by ${dueAt?.slice(0, 10)}`);
  return verdictOf(faults, `A request of now would be answered: ${dates.join(', ')}; no open one is late.`, answer);
});

const extensions = z.object({ extended: z.number(), twice: z.number(), late: z.number(), untold: z.number() });

export const caseExtensions = probe('cases.extensions', async (_parameters, ask) => {
  const answer = await ask.service('compliance', 'cases.extensions', extensions);
  const faults = [
    ...(answer.twice ? [`${answer.twice} requests were extended twice`] : []),
    ...(answer.late ? [`${answer.late} requests were extended after their first period`] : []),
    ...(answer.untold ? [`of ${answer.untold} extensions the person was not told why`] : []),
  ];
  return verdictOf(
    faults,
    `${answer.extended} requests were extended, each once, in time, and with a reason that the person was told.`,
    answer,
  );
});

const refusals = z.object({
  refused: z.number(),
  ungrounded: z.number(),
  undecided: z.number(),
  withoutAuthority: z.number(),
});

export const caseRefusals = probe('cases.refusals', async (_parameters, ask) => {
  const answer = await ask.service('compliance', 'cases.refusals', refusals);
  const faults = [
    ...(answer.ungrounded ? [`${answer.ungrounded} refusals rest on no ground of the law`] : []),
    ...(answer.undecided ? [`of ${answer.undecided} refusals the ledger knows nobody who decided them`] : []),
    ...(answer.withoutAuthority ? [`${answer.withoutAuthority} refusals name no authority to complain to`] : []),
  ];
  return verdictOf(
    faults,
    `${answer.refused} requests were refused, at least in part, each by a person, on a ground of the law, and with the authority to complain to.`,
    answer,
  );
});
