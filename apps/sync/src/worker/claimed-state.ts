import {
  type claimPartition,
  type Output,
  partitionKeyInfo,
  partitionRejectsContext,
  partitionStateContext,
  positionKeyInfo,
  positionStateContext,
} from '@millrace/contracts';
import type { LogPosition } from '@millrace/connector-sdk';
import { fromBase64url, type LeaseKeyPair, openSealed, Sealer } from '@millrace/crypto';
import type { Checkpoint, PartitionPlan, RejectedRanges, StreamPosition } from '../engine/index.js';
import { StateSealer } from './state-sealer.js';

export type Claim = Output<typeof claimPartition>;

/** Where a partition stands: what the run fixed at its start and how far it has come. */
export interface PartitionState {
  readonly plan: PartitionPlan;
  readonly checkpoint?: Checkpoint;
  readonly follow?: FollowState;
}

/** Where a feed stands: how far each snapshot and the log were read. */
export interface FollowState {
  /** The end of the log when the run started, where it ends; absent for a run that goes on. */
  readonly upTo?: LogPosition;
  readonly after?: LogPosition;
  /** What was selected of each stream whose snapshot is complete. */
  readonly snapshots: Readonly<Record<string, string>>;
  /** The snapshot that is being read. */
  readonly reading?: { readonly stream: string; readonly plan: PartitionPlan; readonly checkpoint?: Checkpoint };
}

/** What sync keeps of a partition and only its worker can read, opened, and the means to seal it again. */
export interface ClaimedState {
  readonly state: StateSealer<PartitionState>;
  readonly known: PartitionState | undefined;
  readonly rejects: StateSealer<RejectedRanges>;
  readonly knownRejects: RejectedRanges | undefined;
  /** Of a stream that is read incrementally. */
  readonly position?: StateSealer<StreamPosition>;
  readonly knownPosition?: StreamPosition;
  /** Of a replay: what the earlier run rejected. */
  readonly replay?: RejectedRanges;
}

/** Opens the keys that were sealed to this worker and everything that lies under them. */
export async function openClaimedState(
  workerKey: LeaseKeyPair,
  partitionId: string,
  claim: Claim,
): Promise<ClaimedState> {
  const keyOf = (sealed: string, info: Record<string, string>) => openSealed(workerKey, fromBase64url(sealed)!, info);
  const { fence, sealedState, sealedRejects, position, replay } = claim;
  const key = await keyOf(claim.sealedKey, partitionKeyInfo(partitionId, fence));
  const sealer = new Sealer(key);
  key.fill(0);
  const state = new StateSealer<PartitionState>(sealer, partitionStateContext(partitionId));
  const rejects = new StateSealer<RejectedRanges>(sealer, partitionRejectsContext(partitionId));
  return {
    state,
    known: opened(state, sealedState),
    rejects,
    knownRejects: opened(rejects, sealedRejects),
    ...(position ? await openPosition(position, fence, keyOf) : {}),
    ...(replay ? { replay: await openReplay(replay, fence, keyOf) } : {}),
  };
}

type KeyOf = (sealed: string, info: Record<string, string>) => Promise<Buffer>;

async function openPosition(
  { positionId, sealedKey, sealedState }: NonNullable<Claim['position']>,
  fence: number,
  keyOf: KeyOf,
): Promise<Pick<ClaimedState, 'position' | 'knownPosition'>> {
  const key = await keyOf(sealedKey, positionKeyInfo(positionId, fence));
  const position = new StateSealer<StreamPosition>(new Sealer(key), positionStateContext(positionId));
  key.fill(0);
  const knownPosition = opened(position, sealedState);
  return { position, ...(knownPosition ? { knownPosition } : {}) };
}

async function openReplay(
  { partitionId, sealedKey, sealedRejects }: NonNullable<Claim['replay']>,
  fence: number,
  keyOf: KeyOf,
): Promise<RejectedRanges> {
  const key = await keyOf(sealedKey, partitionKeyInfo(partitionId, fence));
  const sealer = new StateSealer<RejectedRanges>(new Sealer(key), partitionRejectsContext(partitionId));
  key.fill(0);
  return sealer.open(sealedRejects);
}

function opened<State>(sealer: StateSealer<State>, sealed: string | undefined): State | undefined {
  return sealed === undefined ? undefined : sealer.open(sealed);
}
