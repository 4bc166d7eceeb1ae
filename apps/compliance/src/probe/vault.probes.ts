import { z } from 'zod';
import { probe, verdictOf } from './probe.js';

const envelopes = z.object({
  envelopes: z.number(),
  forms: z.array(z.string()),
  violations: z.array(z.object({ table: z.string(), id: z.string(), fault: z.string() })),
  violationCount: z.number(),
});
/** Algorithm and key length, as the headers of the envelopes state them. */
const AES_256_GCM = 'AES-256-GCM/256';

export const ciphertextsAes256 = probe('vault.ciphertexts-aes256', async (_parameters, ask) => {
  const answer = await ask.service('vault', 'ciphertexts', envelopes);
  const faults = [
    ...answer.violations.map(({ table, id, fault }) => `${table} ${id}: ${fault}`),
    ...answer.forms.filter((form) => form !== AES_256_GCM).map((form) => `a secret is encrypted with ${form}`),
  ];
  const { violations, ...counts } = answer;
  return verdictOf(faults, `All ${answer.envelopes} stored secrets are AES-256-GCM envelopes.`, {
    ...counts,
    violations: violations.slice(0, 20),
  });
});

const revoked = z.object({
  revokedConnections: z.number(),
  leases: z.number(),
  leasesAfterRevocation: z.number(),
  ciphertextsOverdue: z.number(),
});

export const useAfterRevoke = probe('vault.use-after-revoke', async (_parameters, ask) => {
  const answer = await ask.service('vault', 'use-after-revoke', revoked);
  const faults = [
    ...(answer.leasesAfterRevocation
      ? [`${answer.leasesAfterRevocation} leases were given after the connection was revoked`]
      : []),
    ...(answer.ciphertextsOverdue
      ? [`${answer.ciphertextsOverdue} credentials of revoked connections are still stored after their time`]
      : []),
  ];
  const reason = `None of ${answer.leases} leases came after a revocation, and no credential of the ${answer.revokedConnections} revoked connections is overdue.`;
  return verdictOf(faults, reason, answer);
});

const described = z.object({ account: z.array(z.string()), unknown: z.array(z.string()) });

export const connectionColumns = probe('vault.connection-columns', async ({ allowed }, ask) => {
  const { account, unknown } = await ask.service('vault', 'connection-columns', described);
  const permitted: readonly string[] = allowed;
  const faults = [
    ...account
      .filter((field) => !permitted.includes(field))
      .map((field) => `a connection stores ${field} of the provider’s account`),
    ...unknown.map((column) => `the connection table has the undeclared column ${column}`),
  ];
  return verdictOf(faults, `Of a provider’s account a connection stores ${account.join(' and ') || 'nothing'}.`, {
    allowed,
    account,
    unknown,
  });
});

const grants = z.object({ asked: z.array(z.string()), granted: z.array(z.string()), connections: z.number() });

export const grantScopes = probe('vault.grant-scopes', async ({ connector, scopes }, ask) => {
  const { asked, granted, connections } = await ask.service('vault', 'grant-scopes', grants, { connector });
  const beyond = (found: readonly string[]) => found.filter((scope) => !scopes.includes(scope));
  const faults = [
    ...beyond(asked).map((scope) => `${connector} is asked for ${scope}`),
    ...beyond(granted).map((scope) => `a grant of ${connector} carries ${scope}`),
  ];
  const reason = `${connector} is asked for ${asked.join(', ') || 'nothing'}, and its ${connections} connections carry no more.`;
  return verdictOf(faults, reason, { asked, granted, connections });
});

const ways = z.object({
  offered: z.array(z.string()),
  used: z.array(z.object({ way: z.string(), connections: z.number() })),
});

export const waysIn = probe('vault.ways-in', async ({ connector, ways: promised }, ask) => {
  const { offered, used } = await ask.service('vault', 'ways-in', ways, connector === undefined ? {} : { connector });
  const permitted: readonly string[] = promised;
  const what = connector ?? 'a connector';
  const faults = [
    ...offered.filter((way) => !permitted.includes(way)).map((way) => `${what} can be connected by ${way}`),
    ...used
      .filter(({ way }) => !permitted.includes(way))
      .map(({ way, connections }) => `${connections} connections of ${what} are made by ${way}`),
  ];
  const total = used.reduce((sum, one) => sum + one.connections, 0);
  return verdictOf(
    faults,
    `${connector ?? 'Every connector'} is connected by ${offered.join(', ') || 'nothing yet'} only, as its ${total} connections are.`,
    { promised, offered, used },
  );
});

const ends = z.object({
  revoked: z.number(),
  ended: z.number(),
  givenUp: z.number(),
  overdue: z.number(),
  untracked: z.number(),
});

export const grantsEnded = probe('vault.grants-ended', async (_parameters, ask) => {
  const answer = await ask.service('vault', 'grants-ended', ends);
  const faults = [
    ...(answer.givenUp ? [`${answer.givenUp} grants could not be ended at their providers`] : []),
    ...(answer.overdue ? [`${answer.overdue} grants are still to be ended after their time`] : []),
    ...(answer.untracked ? [`nobody is about to end ${answer.untracked} grants`] : []),
  ];
  return verdictOf(
    faults,
    `Of ${answer.revoked} revoked connections ${answer.ended} had a grant that was ended at its provider; none is left over.`,
    answer,
  );
});
