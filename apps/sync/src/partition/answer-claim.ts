import {
  type claimPartition,
  type Output,
  partitionKeyInfo,
  partitionStateContext,
  positionKeyInfo,
  positionStateContext,
  syncProblems,
} from '@millrace/contracts';
import { type Sealer, sealTo, toBase64url } from '@millrace/crypto';
import { Problem } from '@millrace/kernel';
import type { PositionRow } from '../position/obtain-position.js';
import type { PartitionRow, RunRow } from '../run/run-view.js';
import type { LeaseGrants } from './lease-grants.js';

type Answer = Output<typeof claimPartition>;

/** What a claim found and wrote. */
export interface Claimed {
  readonly run: RunRow;
  readonly parts: readonly PartitionRow[];
  /** Absent when the claim ended the run. */
  readonly part?: PartitionRow;
  readonly position?: PositionRow;
  /** Of streams that follow the source's log: their feed, and what else comes through it. */
  readonly follow?: Answer['follow'];
  /** Of a stream that is measured: the charter's least size of a group. */
  readonly minimumGroupSize?: number;
  /** What the pipeline was made for, of the streams that are moved. */
  readonly shapes?: Answer['shapes'];
  /** Of a replay: the partition whose rejected records are moved again. */
  readonly replayed?: PartitionRow | null;
}

export interface ClaimMeans {
  /** The worker's X25519 public key, base64url. */
  readonly workerKey: string;
  /** Of the organization: the partition's keys at rest lie under its key. */
  readonly sealer: Sealer;
  readonly grants: LeaseGrants;
}

/** What the worker is given: the work, the keys of its state sealed to the worker, and two lease grants. */
export async function answerClaim(claimed: Claimed, { workerKey, sealer, grants }: ClaimMeans): Promise<Answer> {
  const { run, part } = claimed;
  if (!part) throw new Problem(syncProblems.runEnded);
  const toWorker = async (sealed: Buffer, context: Record<string, string>, info: Record<string, string>) => {
    const key = sealer.open(sealed, context);
    const forWorker = await sealTo(workerKey, key, info);
    key.fill(0);
    return toBase64url(forWorker);
  };
  const keyOf = ({ id, keyOf: owner, sealedKey }: PartitionRow) =>
    toWorker(sealedKey!, partitionStateContext(owner ?? id), partitionKeyInfo(id, part.fence));
  const { orgId, id: runId } = run;
  const grant = (connectionId: string) =>
    grants.forRun({ orgId, connectionId, runId, partitionId: part.id, fence: part.fence, workerKey });
  const [sourceGrant, targetGrant, sealedKey] = await Promise.all([
    grant(run.sourceConnectionId),
    grant(run.targetConnectionId),
    keyOf(part),
  ]);
  return {
    fence: part.fence,
    orgId,
    document: run.document as Answer['document'],
    stream: part.stream,
    sealedKey,
    ...sealed('sealedState', part.sealedState),
    ...sealed('sealedRejects', part.sealedRejects),
    attempt: part.attempt,
    acceptChanges: run.acceptChanges,
    kind: run.kind,
    hasBudget: run.hasBudget,
    ...(claimed.minimumGroupSize === undefined ? {} : { minimumGroupSize: claimed.minimumGroupSize }),
    shapes: claimed.shapes ?? [],
    ...(claimed.follow ? { follow: claimed.follow } : {}),
    ...(run.backfill ? { backfill: run.backfill } : {}),
    ...(claimed.replayed ? { replay: await replay(claimed.replayed, keyOf) } : {}),
    ...(claimed.position ? { position: await position(claimed.position, part.fence, toWorker) } : {}),
    sourceGrant,
    targetGrant,
  };
}

async function replay(
  replayed: PartitionRow,
  keyOf: (part: PartitionRow) => Promise<string>,
): Promise<NonNullable<Answer['replay']>> {
  return {
    partitionId: replayed.id,
    sealedKey: await keyOf(replayed),
    sealedRejects: toBase64url(replayed.sealedRejects!),
  };
}

async function position(
  { id, sealedKey, sealedState }: PositionRow,
  fence: number,
  toWorker: (sealed: Buffer, context: Record<string, string>, info: Record<string, string>) => Promise<string>,
): Promise<NonNullable<Answer['position']>> {
  return {
    positionId: id,
    sealedKey: await toWorker(sealedKey, positionStateContext(id), positionKeyInfo(id, fence)),
    ...sealed('sealedState', sealedState),
  };
}

function sealed<Name extends string>(name: Name, bytes: Buffer | null): { [Key in Name]?: string } {
  return (bytes ? { [name]: toBase64url(bytes) } : {}) as { [Key in Name]?: string };
}
