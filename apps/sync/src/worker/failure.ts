import { type Discard, syncProblems } from '@millrace/contracts';
import { ConnectorError, type DiscardAttestation } from '@millrace/connector-sdk';
import { Problem } from '@millrace/kernel';
import { MoveFailed } from '../engine/index.js';
import { isPassing } from './system-sessions.js';

/** Why a partition could not go on, as sync is told. */
export interface Failure {
  readonly code: string;
  readonly detail: string;
  /** Whether the same work may succeed later without anybody doing anything. */
  readonly retryable: boolean;
}

export const reasonOf = (error: unknown): unknown => (error instanceof MoveFailed ? error.reason : error);

/** Whether sync says that this worker's part in the run is over. */
export function isOver(error: unknown): boolean {
  return (
    error instanceof Problem && (error.code === syncProblems.runEnded.code || error.code === syncProblems.fenced.code)
  );
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
