import { type Discard, syncProblems } from '@millrace/contracts';
import { ConnectorError, type DiscardAttestation } from '@millrace/connector-sdk';
import { Problem } from '@millrace/kernel';
import { FollowFailed, MoveFailed } from '../engine/index.js';
import { isPassing } from './system-sessions.js';

/** Why a partition could not go on, as sync is told. */
export interface Failure {
  readonly code: string;
  readonly detail: string;
  /** Whether the same work may succeed later without anybody doing anything. */
  readonly retryable: boolean;
}

/** What stopped a move or a following, however deep it lies. */
export function reasonOf(error: unknown): unknown {
  return error instanceof MoveFailed || error instanceof FollowFailed ? reasonOf(error.reason) : error;
}

/** What the worker states about the records that it held when it stopped. */
export function discardAfter(error: unknown): Discard | undefined {
  return error instanceof MoveFailed || error instanceof FollowFailed ? discardOf(error.result.discard) : undefined;
}

/** Whether sync says that this worker's part in the run is over. */
export function isOver(error: unknown): boolean {
  return (
    error instanceof Problem && (error.code === syncProblems.runEnded.code || error.code === syncProblems.fenced.code)
  );
}

/** Whether sync has taken the work back, to offer it again in its turn. */
export function isDeferred(error: unknown): boolean {
  return error instanceof Problem && error.code === syncProblems.notNow.code;
}

export function describeFailure(reason: unknown): Failure {
  if (reason instanceof ConnectorError)
    return { code: `connector.${reason.code}`, detail: reason.message, retryable: reason.retryable };
  if (reason instanceof Problem)
    return { code: reason.code, detail: reason.details.detail ?? reason.kind.help, retryable: isPassing(reason) };
  return {
    code: 'sync.unexpected',
    detail: 'The worker met an error that it does not know; operators find it in its log.',
    retryable: true,
  };
}

export function discardOf({ buffers, released, peakBytes, complete }: DiscardAttestation): Discard {
  return { buffers, released, peakBytes, complete };
}

/** What is stated about records that were held at several stages. */
export function sumDiscards(all: readonly DiscardAttestation[]): DiscardAttestation {
  return {
    buffers: all.reduce((sum, one) => sum + one.buffers, 0),
    released: all.reduce((sum, one) => sum + one.released, 0),
    peakBytes: Math.max(...all.map((one) => one.peakBytes)),
    complete: all.every((one) => one.complete),
  };
}
