import {
  approvalNeeded,
  caseMoved,
  connectionUnhealthy,
  type EventData,
  oneTimeSecretRequested,
  organizationClosed,
  runFailed,
  schemaDrifted,
  securityAlerted,
  staffAccessOpened,
} from '@millrace/contracts';
import { type HeardEvent, Hears } from '@millrace/messaging';
import { Runtime } from '@millrace/service';
import { Controller } from '@nestjs/common';
import { notifications } from '../inbox/notification.table.js';
import { mailJobs } from '../mail/mail-job.table.js';
import type { MessageId } from '../message/catalogue.js';
import {
  announce,
  onApprovalNeeded,
  onCaseMoved,
  onConnectionUnhealthy,
  onRunFailed,
  onSchemaDrifted,
  onSecurityAlerted,
  onStaffAccessOpened,
} from './announce.js';
import { announcements } from './announcement.table.js';

/** The events that people are told of. */
@Controller()
export class AnnouncementEvents {
  constructor(private readonly runtime: Runtime) {}

  @Hears(runFailed)
  async runFailed(data: EventData<typeof runFailed>, heard: HeardEvent): Promise<void> {
    await announce(data.orgId, onRunFailed(data), heard);
  }

  @Hears(approvalNeeded)
  async approvalNeeded(data: EventData<typeof approvalNeeded>, heard: HeardEvent): Promise<void> {
    await announce(data.orgId, onApprovalNeeded(data), heard);
  }

  @Hears(schemaDrifted)
  async schemaDrifted(data: EventData<typeof schemaDrifted>, heard: HeardEvent): Promise<void> {
    await announce(data.orgId, onSchemaDrifted(data), heard);
  }

  @Hears(connectionUnhealthy)
  async connectionUnhealthy(data: EventData<typeof connectionUnhealthy>, heard: HeardEvent): Promise<void> {
    await announce(data.orgId, onConnectionUnhealthy(data), heard);
  }

  @Hears(securityAlerted)
  async securityAlerted(data: EventData<typeof securityAlerted>, heard: HeardEvent): Promise<void> {
    await announce(data.orgId, onSecurityAlerted(data), heard);
  }

  @Hears(staffAccessOpened)
  async staffAccessOpened(data: EventData<typeof staffAccessOpened>, heard: HeardEvent): Promise<void> {
    await announce(data.orgId, onStaffAccessOpened(data), heard);
  }

  @Hears(caseMoved)
  async caseMoved(data: EventData<typeof caseMoved>, heard: HeardEvent): Promise<void> {
    await announce(data.orgId, onCaseMoved(data), heard);
  }

  /** Written at once, and not to the inbox: whoever needs the secret cannot read that yet. */
  @Hears(oneTimeSecretRequested)
  async oneTimeSecretRequested(data: EventData<typeof oneTimeSecretRequested>, { id, at, tx }: HeardEvent) {
    // Without a mail server nobody could be sent it, now or later: it would have expired.
    if (!this.runtime.config.mail) return;
    const { orgId, userId, secretId, purpose } = data;
    const message: MessageId = `notifications.${purpose}`;
    await tx.table(mailJobs).insert({
      ...{ id, eventId: id, orgId, userId, topic: 'security-alert', message },
      ...{ oneTimeSecretId: secretId, state: 'queued', createdAt: at, nextAttemptAt: at },
    });
  }

  /** Erasure has been here before; this removes what late events of the organization left after it. */
  @Hears(organizationClosed)
  async organizationClosed({ orgId }: EventData<typeof organizationClosed>, { tx }: HeardEvent): Promise<void> {
    for (const one of [announcements, notifications, mailJobs])
      await tx.query(`delete from ${one.name} where org_id = $1`, [orgId]);
  }
}
