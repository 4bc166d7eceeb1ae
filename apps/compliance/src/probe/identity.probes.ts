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

const oneTime = z.object({
  purposes: z.array(
    z.object({ purpose: z.string(), stored: z.number(), notHashed: z.number(), tooLong: z.number(), life: z.string() }),
  ),
});

export const oneTimeSecrets = probe('identity.one-time-secrets', async (_parameters, ask) => {
  const { purposes } = await ask.service('identity', 'one-time-secrets', oneTime);
  const faults = purposes.flatMap(({ purpose, stored, notHashed, tooLong, life }) => [
    ...(notHashed ? [`${notHashed} of ${stored} secrets for ${purpose} are not stored as a hash`] : []),
    ...(tooLong ? [`${tooLong} of ${stored} secrets for ${purpose} live longer than ${life}`] : []),
  ]);
  const stored = purposes.reduce((sum, one) => sum + one.stored, 0);
  return verdictOf(faults, `All ${stored} codes and links end in time and are stored as keyed hashes.`, { purposes });
});

const looks = z.object({
  opened: z.number(),
  withTooFew: z.number(),
  tooLong: z.number(),
  withoutReason: z.number(),
  isVisible: z.boolean(),
});

export const staffAccess = probe('identity.staff-access', async (_parameters, ask, { charter }) => {
  const { approvals, lasts } = charter.document.staff.breakGlass;
  const answer = await ask.service('identity', 'staff-access', looks);
  const faults = [
    ...(answer.withTooFew
      ? [`${answer.withTooFew} looks at customers’ data had fewer than ${approvals} people agree`]
      : []),
    ...(answer.tooLong ? [`${answer.tooLong} looks at customers’ data lasted longer than ${lasts}`] : []),
    ...(answer.withoutReason ? [`${answer.withoutReason} looks at customers’ data have no reason`] : []),
    ...(answer.isVisible ? [] : ['customers cannot see who looked at their data']),
  ];
  return verdictOf(
    faults,
    `Each of ${answer.opened} looks at customers’ data had a reason, an end and ${approvals} people agree, and its customer sees it.`,
    answer,
  );
});

const ofStaffOnly = z.object({ columns: z.array(z.string()) });

export const staffFields = probe('identity.staff-fields', async ({ fields }, ask) => {
  const { columns } = await ask.service('identity', 'staff-fields', ofStaffOnly, { fields });
  const faults = columns.map((column) => `${column} holds of everybody what is held of staff only`);
  return verdictOf(faults, `No table but that of staff has a place for ${fields.join(', ')}.`, { fields, columns });
});
