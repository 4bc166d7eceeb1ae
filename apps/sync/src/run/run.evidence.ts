import type { Receipt } from '@millrace/contracts';
import type { EvidenceReader, Inquiry } from '@millrace/service';
import { mappingDigest, type PipelineDocument } from '../engine/index.js';
import { receiptDigest } from './receipt.js';

/** Runs that are looked at, the newest first: more than a region starts in an hour, which is how often it is asked. */
const NEWEST_RUNS = 500;
/** Runs that are in memory at once: a document may be large. */
const AT_ONCE = 10;
/** Fields that an answer names at most. */
const MAX_NAMED = 20;

/** What a partition of a run moved, as its receipt has it. */
interface Moved {
  readonly stream: number;
  readonly streamName: string;
  readonly projected: readonly string[];
}

/** Answers about what the newest runs did. */
export const runEvidence: Record<'pinned-mapping' | 'results' | 'selection', EvidenceReader> = {
  /** Runs whose document is not the one whose digest they state (F21). */
  'pinned-mapping': async ({ tx }) => {
    let [runs, changed] = [0, 0];
    for await (const one of newestRuns<{ digest: string; document: PipelineDocument }>(
      tx,
      'mapping_digest as digest, document',
    )) {
      runs += 1;
      if (mappingDigest(one.document) !== one.digest) changed += 1;
    }
    return { runs, changed };
  },

  /** Runs that have ended without their receipt, or with one that was changed since (F22). */
  results: async ({ tx }) => {
    let [ended, without, changed] = [0, 0, 0];
    for await (const { endedAt, receipt } of newestRuns<{ endedAt: Date | null; receipt: Receipt | null }>(
      tx,
      'ended_at as "endedAt", receipt',
      `state in ('succeeded', 'failed', 'cancelled')`,
    )) {
      ended += 1;
      if (!endedAt || !receipt) without += 1;
      else if (!isWhole(receipt)) changed += 1;
    }
    return { ended, without, changed };
  },

  /** What partitions read and wrote that their documents do not select (D10, D16). */
  selection: async ({ tx }) => {
    let partitions = 0;
    const beyond: string[] = [];
    for await (const { document, moved } of newestRuns<{ document: PipelineDocument; moved: Moved[] }>(
      tx,
      `document, (select coalesce(jsonb_agg(jsonb_build_object('stream', stream, 'streamName', stream_name,
           'projected', projection->'projected')), '[]')
         from partition where run_id = run.id and projection is not null) as moved`,
    )) {
      partitions += moved.length;
      beyond.push(...moved.flatMap((one) => unselected(one, document)));
    }
    return { partitions, beyond: beyond.length, fields: [...new Set(beyond)].slice(0, MAX_NAMED) };
  },
};

async function* newestRuns<Row>(tx: Inquiry['tx'], columns: string, which = 'true'): AsyncGenerator<Row> {
  const newest = await tx.query<{ id: string }>(
    `select id from run where ${which} order by queued_at desc limit ${NEWEST_RUNS}`,
  );
  const ids = newest.map(({ id }) => id);
  for (let at = 0; at < ids.length; at += AT_ONCE)
    yield* await tx.query<Row>(`select ${columns} from run where id = any($1)`, [ids.slice(at, at + AT_ONCE)]);
}

function isWhole({ digest, ledgerEntryId: _entry, ...receipt }: Receipt): boolean {
  return receiptDigest(receipt) === digest;
}

/** Streams and columns that a partition names and its document does not. */
function unselected({ stream, streamName, projected }: Moved, { streams }: PipelineDocument): string[] {
  const mapping = streams[stream];
  if (mapping?.from !== streamName) return [streamName];
  const selected = new Set(
    mapping.fields.map((field) => ('to' in field && field.to) || ('from' in field && field.from)),
  );
  return projected.filter((column) => !selected.has(column)).map((column) => `${streamName}.${column}`);
}
