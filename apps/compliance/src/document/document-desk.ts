import type { Charter } from '@millrace/charter';
import {
  complianceProblems,
  DUE_SOON_DAYS,
  type Input,
  kernelProblems,
  type OperatorDocument,
  type supplyDocument,
} from '@millrace/contracts';
import { addDuration, newId, Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import type { Runtime } from '@millrace/service';
import { suppliedDocuments } from './document.table.js';

type Supplied = Row<typeof suppliedDocuments>;
type Artefact = Charter['document']['documents'][number];

const DUE_SOON = `P${DUE_SOON_DAYS}D`;

/** The documents that a charter wants of its operator. */
export function artefactsOf({ document: { documents } }: Charter): Artefact[] {
  return documents.filter(({ kind }) => kind === 'artefact');
}

/** Where the operator shows which documents there are. */
export class DocumentDesk {
  constructor(private readonly runtime: Runtime) {}

  list(call: Call): Promise<OperatorDocument[]> {
    const { charter, clock } = this.runtime;
    return call.tx(async (tx) => {
      const shown: OperatorDocument[] = [];
      for (const one of artefactsOf(charter)) shown.push(view(one, await newest(tx, one.id), clock.now()));
      return shown;
    }, 'region');
  }

  /** @throws Problem `kernel.not-found` for one that the charter does not name, `compliance.document-out-of-date` */
  async supply(input: Input<typeof supplyDocument>, call: Call): Promise<OperatorDocument> {
    const { charter, clock } = this.runtime;
    const artefact = artefactsOf(charter).find(({ id }) => id === input.documentId);
    if (!artefact) {
      const known = artefactsOf(charter).map(({ id }) => id);
      throw new Problem(kernelProblems.notFound, {
        detail: `The charter names ${known.length > 0 ? `these documents: ${known.join(', ')}` : 'no document'}.`,
      });
    }
    const now = clock.now();
    const issuedAt = new Date(input.issuedAt);
    const expiresAt = endOf(artefact, issuedAt, input.expiresAt);
    if (issuedAt > now || (expiresAt && expiresAt <= now)) throw new Problem(complianceProblems.documentOutOfDate);
    const row: Supplied = {
      ...{ id: newId(clock), documentId: artefact.id, digest: input.digest, issuedAt, expiresAt, suppliedAt: now },
      suppliedBy: call.caller.kind === 'staff' ? call.staff.staffId : null,
    };
    return call.act(async (tx, about) => {
      await tx.table(suppliedDocuments).insert(row);
      about({ target: { kind: 'document', id: artefact.id }, details: { digest: input.digest } });
      return view(artefact, await newest(tx, artefact.id), now);
    }, 'region');
  }
}

/** The one that holds longest: an older one may outlast a newer. */
export async function newest(tx: Tx, documentId: string): Promise<Supplied | undefined> {
  const [row] = await tx.query<Supplied>(
    `select id, document_id as "documentId", digest, issued_at as "issuedAt", expires_at as "expiresAt",
       supplied_by as "suppliedBy", supplied_at as "suppliedAt"
     from supplied_document where document_id = $1 order by expires_at desc nulls first, supplied_at desc limit 1`,
    [documentId],
  );
  return row;
}

/** The earlier of its own end and of when the charter wants a new one; null where it has neither. */
function endOf({ renew }: Artefact, issuedAt: Date, own: string | undefined): Date | null {
  const ends = [...(renew ? [addDuration(issuedAt, renew)] : []), ...(own ? [new Date(own)] : [])];
  return ends.length > 0 ? new Date(Math.min(...ends.map((end) => end.getTime()))) : null;
}

function view({ id, title }: Artefact, found: Supplied | undefined, now: Date): OperatorDocument {
  if (!found) return { documentId: id, title, state: 'missing' };
  const { digest, issuedAt, expiresAt, suppliedAt } = found;
  return {
    documentId: id,
    title,
    state: stateOf(expiresAt, now),
    digest,
    issuedAt: issuedAt.toISOString(),
    ...(expiresAt ? { expiresAt: expiresAt.toISOString() } : {}),
    suppliedAt: suppliedAt.toISOString(),
  };
}

function stateOf(expiresAt: Date | null, now: Date): OperatorDocument['state'] {
  if (expiresAt && expiresAt <= now) return 'expired';
  return expiresAt && expiresAt <= addDuration(now, DUE_SOON) ? 'due-soon' : 'in-date';
}
