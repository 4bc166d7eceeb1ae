import type { EvidenceReader } from '@millrace/service';
import { artefactsOf, newest } from './document-desk.js';

/** Whether a document of the charter was supplied, and until when it holds. */
export const documentInDate: EvidenceReader = async ({ tx, runtime, parameters }) => {
  const artefact = artefactsOf(runtime.charter).find(({ id }) => id === parameters['document']);
  if (!artefact) return { title: null, digest: null, expiresAt: null };
  const found = await newest(tx, artefact.id);
  return {
    title: artefact.title,
    digest: found?.digest ?? null,
    expiresAt: found?.expiresAt?.toISOString() ?? null,
  };
};
