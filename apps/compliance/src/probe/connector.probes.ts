import { z } from 'zod';
import { probe, unproven, verdictOf } from './probe.js';

const credentials = z.object({
  isListed: z.boolean(),
  revoked: z.number(),
  left: z.number(),
  leasesAfter: z.number(),
});
const cached = z.object({ left: z.number() });

export const connectorForgotten = probe('connector.forgotten', async ({ connector }, ask) => {
  const { isListed, ...vault } = await ask.service('vault', 'forgotten', credentials, { connector });
  if (!isListed) return unproven(`The charter lists no connector ${connector}.`);
  const sync = await ask.service('sync', 'forgotten', cached, { connector });
  const faults = [
    ...(vault.leasesAfter ? [`${vault.leasesAfter} connections of ${connector} were used after their removal`] : []),
    ...(vault.left ? [`${vault.left} removed connections of ${connector} still have their token or key`] : []),
    ...(sync.left ? [`${sync.left} cached results of removed ${connector} connections are left`] : []),
  ];
  return verdictOf(
    faults,
    `Of ${vault.revoked} removed connections of ${connector} neither token, key nor cached data outlived its time.`,
    { connector, ...vault, cachedResults: sync.left },
  );
});
