import {
  type approvalNeeded,
  type caseMoved,
  type connectionUnhealthy,
  type EventData,
  type runFailed,
  type schemaDrifted,
  type securityAlerted,
  type staffAccessOpened,
  type topics,
} from '@millrace/contracts';
import type { HeardEvent } from '@millrace/messaging';
import type { MessageId } from '../message/catalogue.js';
import { announcements } from './announcement.table.js';

interface Announcement {
  readonly topic: (typeof topics)[number];
  readonly message: MessageId;
  readonly parameters: Record<string, string>;
  /** Absent: the owners of the organization. */
  readonly userId?: string;
}

/** What a failed run says, and to whom. */
export function onRunFailed({ runId, pipelineId, code }: EventData<typeof runFailed>): Announcement {
  return { topic: 'run-failed', message: 'notifications.run-failed', parameters: { runId, pipelineId, code } };
}

/** What a query that waits says, and to whom. */
export function onApprovalNeeded({ runId, pipelineId }: EventData<typeof approvalNeeded>): Announcement {
  return { topic: 'approval-needed', message: 'notifications.approval-needed', parameters: { runId, pipelineId } };
}

/** What a source that has changed says, and to whom. */
export function onSchemaDrifted({ runId, pipelineId, stops }: EventData<typeof schemaDrifted>): Announcement {
  const parameters = { runId, pipelineId, stops: String(stops) };
  return { topic: 'schema-drift', message: 'notifications.schema-drift', parameters };
}

/** What a connection that stopped working says, and to whom. */
export function onConnectionUnhealthy({ connectionId, health }: EventData<typeof connectionUnhealthy>): Announcement {
  const parameters = { connectionId, health };
  return { topic: 'connection-unhealthy', message: 'notifications.connection-unhealthy', parameters };
}

/** What the opening of a customer's data to the staff says, and to whom. */
export function onStaffAccessOpened({ accessId }: EventData<typeof staffAccessOpened>): Announcement {
  return { topic: 'security-alert', message: 'notifications.staff-access', parameters: { accessId } };
}

/** What a security alert says, and to whom. */
export function onSecurityAlerted({ userId, alert }: EventData<typeof securityAlerted>): Announcement {
  return { topic: 'security-alert', message: `notifications.${alert}`, parameters: {}, userId };
}

/** What a step in somebody's request says, and to whom. */
export function onCaseMoved({ userId, caseId, news }: EventData<typeof caseMoved>): Announcement {
  return { topic: 'privacy-request', message: `notifications.case-${news}`, parameters: { caseId }, userId };
}

/** Remembers what is to be told, in the transaction in which the event counts. Who the owners are is asked afterwards. */
export async function announce(
  orgId: string,
  { userId, ...what }: Announcement,
  { id, at, tx }: HeardEvent,
): Promise<void> {
  await tx
    .table(announcements)
    .insert({ eventId: id, orgId, userId: userId ?? null, ...what, createdAt: at, attempts: 0, nextAttemptAt: at });
}
