import { z } from 'zod';
import { probe, unproven, verdictOf } from './probe.js';

const supplied = z.object({
  title: z.string().nullable(),
  digest: z.string().nullable(),
  expiresAt: z.iso.datetime().nullable(),
});

export const documentsInDate = probe('documents.in-date', async ({ document }, ask, { now }) => {
  const { title, digest, expiresAt } = await ask.service('compliance', 'documents.in-date', supplied, { document });
  if (title === null) return unproven(`The charter in force names no document ${document}.`);
  if (digest === null) return unproven(`The operator has not supplied this document: ${title}.`, { document });
  const faults =
    expiresAt !== null && new Date(expiresAt) <= now
      ? [`the newest document held until ${expiresAt.slice(0, 10)} only: ${title}`]
      : [];
  const until = expiresAt === null ? 'without an end' : `until ${expiresAt.slice(0, 10)}`;
  return verdictOf(faults, `This document holds ${until}: ${title}.`, { document, digest, expiresAt });
});
