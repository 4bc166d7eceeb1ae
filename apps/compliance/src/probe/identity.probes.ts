import { z } from 'zod';
import { probe, verdictOf } from './probe.js';

const hashes = z.object({ accounts: z.number(), weak: z.number() });

export const passwordHashes = probe('identity.password-hashes', async (_parameters, ask) => {
  const { accounts, weak } = await ask.service('identity', 'password-hashes', hashes);
  const faults = weak ? [`${weak} of ${accounts} password hashes are not bcrypt of cost 12 or more`] : [];
  return verdictOf(faults, `All ${accounts} password hashes are bcrypt of cost 12 or more.`, { accounts, weak });
});

const fieldsOf = z.object({ accepted: z.array(z.string()), stored: z.array(z.string()) });

export const accountFields = probe('identity.account-fields', async ({ fields }, ask) => {
  const { accepted, stored } = await ask.service('identity', 'account-fields', fieldsOf);
  const promised: readonly string[] = fields;
  const faults = [
    ...accepted.filter((field) => !promised.includes(field)).map((field) => `sign-up takes ${field}`),
    ...stored.filter((field) => !promised.includes(field)).map((field) => `an account holds ${field}`),
    ...promised.filter((field) => !accepted.includes(field)).map((field) => `sign-up does not take ${field}`),
  ];
  return verdictOf(faults, `Accounts take and hold ${fields.join(', ')} and nothing else.`, {
    promised: fields,
    accepted,
    stored,
  });
});
