import { positionStateContext } from '@millrace/contracts';
import type { Sealer } from '@millrace/crypto';
import { newId } from '@millrace/kernel';
import { randomBytes } from 'node:crypto';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import type { ReadingKind } from '../engine/index.js';
import type { PartitionRow, RunRow } from '../run/run-view.js';
import { streamPositions } from './position.table.js';

const POSITION_KEY_BYTES = 32;

export type PositionRow = Row<typeof streamPositions>;

/** All streams of a pipeline that follow the log share its feed, and so one position under this name. */
const FEED_POSITION = '*';

/** Under which name the position of a partition's stream is kept. */
export function positionName(reading: ReadingKind, part: Pick<PartitionRow, 'streamName'>): string {
  return reading === 'changes' ? FEED_POSITION : part.streamName;
}

/** The position of a pipeline's stream, made with a fresh key and no state when there is none yet. */
export async function obtainPosition(
  tx: Tx,
  run: RunRow,
  streamName: string,
  sealer: Sealer,
  { clock }: Call,
): Promise<PositionRow> {
  const { pipelineId, orgId } = run;
  const known = await tx.table(streamPositions).findOneBy({ pipelineId, streamName });
  if (known) return known;
  const id = newId(clock);
  const key = randomBytes(POSITION_KEY_BYTES);
  const sealedKey = sealer.seal(key, positionStateContext(id));
  key.fill(0);
  const fresh: PositionRow = {
    id,
    orgId,
    pipelineId,
    streamName,
    sealedKey,
    sealedState: null,
    updatedAt: clock.now(),
  };
  await tx.table(streamPositions).insert(fresh as never);
  return fresh;
}
