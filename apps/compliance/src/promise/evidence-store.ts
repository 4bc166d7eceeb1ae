import type { Charter } from '@millrace/charter';
import type { Database, Tx } from '@millrace/persistence';
import type { Verdict } from '../probe/probe.js';
import type { Finding } from './board.js';
import { evidence } from './evidence.table.js';

/** Evidence beyond this many characters of JSON is stored as its size only: the board shows sentences, not dumps. */
const MAX_EVIDENCE_CHARACTERS = 8_192;
const MAX_REASON_CHARACTERS = 1_000;

export interface Examined {
  readonly id: string;
  readonly probe: string;
  readonly parametersDigest: string;
  readonly verdict: Verdict;
}

/** Stores what a verification found under a charter. */
export async function storeEvidence(tx: Tx, charter: Charter, examined: readonly Examined[], at: Date): Promise<void> {
  await tx.table(evidence).insert(
    examined.map(({ id, probe, parametersDigest, verdict }) => ({
      id,
      probe,
      parametersDigest,
      charterDigest: charter.digest,
      state: verdict.state,
      at,
      reason: verdict.reason.slice(0, MAX_REASON_CHARACTERS),
      evidence: bounded(verdict),
    })) as never,
  );
}

function bounded({ evidence: found }: Verdict) {
  const characters = JSON.stringify(found).length;
  return characters <= MAX_EVIDENCE_CHARACTERS ? found : { tooLarge: true, characters };
}

/** The newest finding for each question under a charter, by `questionKey`. */
export async function latestFindings(database: Database, charter: Charter): Promise<Map<string, Finding>> {
  const rows = await database.region({ kind: 'service' }, (tx) =>
    tx.query<Finding & { probe: string; digest: string }>(
      `select distinct on (probe, parameters_digest) probe, parameters_digest as digest, state, reason, evidence, at
       from evidence where charter_digest = $1 order by probe, parameters_digest, at desc`,
      [charter.digest],
    ),
  );
  return new Map(rows.map(({ probe, digest, ...finding }) => [`${probe} ${digest}`, finding]));
}
