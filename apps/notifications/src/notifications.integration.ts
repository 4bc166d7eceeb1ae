import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type Caller,
  type EventData,
  contextOperations,
  listNotifications,
  markNotificationRead,
  organizationClosed,
  runFailed,
  securityAlerted,
} from '@millrace/contracts';
import { MovableClock, newId, type Problem, until } from '@millrace/kernel';
import { startTestRegion, type TestRegion } from '@millrace/testing';
import { definition } from './index.js';
import { MailServer } from './mail/mail-server.fixture.js';
import { FakeIdentity, fakeSync, type Member } from './neighbours.fixture.js';

const PORTAL = 'https://app.example.test/';
const HOUR_MS = 3_600_000;
const WAIT_MS = 20_000;

const clock = new MovableClock();
const server = new MailServer();
const identity = new FakeIdentity();
let region: TestRegion;
let org: string;
let ada: Member;
let bob: Member;

beforeAll(async () => {
  await server.start();
  region = await startTestRegion({
    definitions: [identity.definition(), fakeSync(), definition],
    clock,
    config: {
      mail: { host: '127.0.0.1', port: server.port, from: 'no-reply@mail.example.test' },
      http: { host: '127.0.0.1', port: 0, origins: [PORTAL], secureCookies: false },
    },
  });
}, 60_000);
afterAll(async () => {
  await region?.stop();
  await server.stop();
});

beforeEach(() => {
  org = newId();
  ada = { orgId: org, userId: newId(), email: `ada-${org}@customer.example`, owner: true };
  bob = { orgId: org, userId: newId(), email: `bob-${org}@customer.example`, owner: false };
  identity.members.push(ada, bob);
  server.refuseWith = undefined;
});

const callerOf = ({ userId, orgId }: Member): Caller => ({
  kind: 'user',
  userId,
  orgId,
  roles: ['viewer'],
  sessionId: newId(),
});
const inboxOf = (member: Member) => region.gatewayCall(listNotifications, {}, callerOf(member));
const mailsTo = ({ email }: Member) => server.mails.filter((_, index) => server.recipients[index] === email);
const rows = <T>(sql: string, ...parameters: unknown[]) =>
  region.service('notifications').database.region({ kind: 'service' }, (tx) => tx.query<T>(sql, parameters));
const jobOf = async ({ userId }: Member) =>
  (
    await rows<{ id: string; state: string; attempts: number; last_code: string | null }>(
      'select * from mail_job where user_id = $1',
      userId,
    )
  )[0];
const oneMailTo = (member: Member) => until('a mail', WAIT_MS, () => mailsTo(member)[0]);

function failRun(orgId = org, code = 'sync.connection-failed') {
  const data: EventData<typeof runFailed> = { orgId, runId: newId(), pipelineId: newId(), code };
  return region
    .service('sync')
    .database.region({ kind: 'service' }, async (tx) => tx.emit(runFailed, data))
    .then(() => data);
}

describe('a failed run', () => {
  it('reaches the inbox and the mailbox of each owner, and nobody else', async () => {
    const { runId, pipelineId, code } = await failRun();
    const mail = await oneMailTo(ada);
    expect(await inboxOf(ada)).toMatchObject({
      unread: 1,
      notifications: [
        { topic: 'run-failed', message: 'notifications.run-failed', parameters: { runId, pipelineId, code } },
      ],
    });
    expect(await inboxOf(bob)).toEqual({ notifications: [], unread: 0 });
    expect(mailsTo(bob)).toEqual([]);
    expect(mail.text).toContain(PORTAL);
    expect(mail.html).toContain(`href="${PORTAL}"`);
  });

  it('is told in words that hold no name, no id and no code', async () => {
    const { runId, pipelineId, code } = await failRun();
    const mail = await oneMailTo(ada);
    const source = server.sources[server.mails.indexOf(mail)]!.replaceAll(ada.email, '');
    for (const value of [runId, pipelineId, code, org, ada.userId, ada.email.split('@')[0]!])
      expect(source).not.toContain(value);
    const job = await jobOf(ada);
    expect(mail).toMatchObject({
      subject: 'A sync run has failed',
      messageId: `<${job!.id}@mail.example.test>`,
      date: new Date(Math.floor(clock.now().getTime() / 1000) * 1000),
    });
    expect(mail.headers.get('auto-submitted')).toBe('auto-generated');
    expect(mail.headers.has('x-mailer')).toBe(false);
    expect(mail.from?.value).toEqual([{ name: 'DataFlow-Xpert', address: 'no-reply@mail.example.test' }]);
    expect(server.sessions.every(({ name }) => name === 'mail.example.test')).toBe(true);
  });

  it('is told once however often the event arrives', async () => {
    await failRun();
    await oneMailTo(ada);
    const [original] = await rows<{ event_id: string }>(
      'select event_id from notification where user_id = $1',
      ada.userId,
    );
    const data = { orgId: org, runId: newId(), pipelineId: newId(), code: 'sync.connection-failed' };
    // The inbox of the service forgets the event, as if it had been swept: the unique keys still know it.
    await rows('delete from inbox where event_id = $1', original!.event_id);
    const envelope = {
      specversion: '1.0',
      id: original!.event_id,
      source: '/services/sync',
      type: runFailed.name,
      time: clock.now().toISOString(),
      dataversion: 1,
      data,
    };
    const sync = region.service('sync');
    const asked = identity.asked;
    await sync.database.region({ kind: 'service' }, (tx) => tx.enqueue(`evt.sync.v1.${org}.run.failed`, envelope));
    await until(
      'the repeat to be fanned out',
      WAIT_MS,
      async () => identity.asked > asked && (await rows('select 1 from announcement')).length === 0,
    );
    await failRun();
    await until('the next mail', WAIT_MS, () => mailsTo(ada)[1]);
    expect(mailsTo(ada)).toHaveLength(2);
    expect((await inboxOf(ada)).notifications).toHaveLength(2);
  });

  it('waits for identity without losing anything', async () => {
    identity.broken = true;
    await failRun();
    const attempts = async () =>
      (await rows<{ attempts: number }>('select attempts from announcement where org_id = $1', org))[0]?.attempts;
    await until('an attempt in vain', WAIT_MS, attempts);
    expect((await inboxOf(ada)).notifications).toEqual([]);
    identity.broken = false;
    clock.advance(HOUR_MS);
    await oneMailTo(ada);
    expect((await inboxOf(ada)).unread).toBe(1);
  });
});

describe('a security alert', () => {
  it('reaches that user only, owner or not', async () => {
    await region
      .service('identity')
      .database.region({ kind: 'service' }, (tx) =>
        tx.emit(securityAlerted, { orgId: org, userId: bob.userId, alert: 'locked-out' }),
      );
    const mail = await oneMailTo(bob);
    expect(mail.subject).toBe('Your account was locked for a while');
    expect((await inboxOf(bob)).notifications).toMatchObject([
      { topic: 'security-alert', message: 'notifications.locked-out', parameters: {} },
    ]);
    expect((await inboxOf(ada)).notifications).toEqual([]);
  });
});

describe('a mail server', () => {
  it('that is down makes mails late, not lost and not double', async () => {
    await server.stop();
    await failRun();
    await until('an attempt in vain', WAIT_MS, async () => (await jobOf(ada))?.last_code === 'egress.unreachable');
    expect((await inboxOf(ada)).unread).toBe(1);
    await server.start();
    clock.advance(HOUR_MS);
    await oneMailTo(ada);
    await until('the job to end', WAIT_MS, async () => (await jobOf(ada))?.state === 'sent');
    expect(mailsTo(ada)).toHaveLength(1);
  });

  it('that refuses for good ends the attempts', async () => {
    server.refuseWith = 550;
    await failRun();
    await until('the mail to be given up', WAIT_MS, async () => (await jobOf(ada))?.state === 'failed');
    expect(await jobOf(ada)).toMatchObject({ attempts: 1, last_code: 'smtp.550' });
  });

  it('that refuses for now is asked again', async () => {
    server.refuseWith = 451;
    await failRun();
    await until('an attempt in vain', WAIT_MS, async () => (await jobOf(ada))?.last_code === 'smtp.451');
    server.refuseWith = undefined;
    clock.advance(HOUR_MS);
    await oneMailTo(ada);
  });

  it('hears nothing when the person is gone meanwhile', async () => {
    server.refuseWith = 451;
    await failRun();
    await until('an attempt in vain', WAIT_MS, async () => (await jobOf(ada))?.last_code);
    identity.members.splice(identity.members.indexOf(ada), 1);
    server.refuseWith = undefined;
    clock.advance(HOUR_MS);
    await until('the mail to be given up', WAIT_MS, async () => (await jobOf(ada))?.state === 'failed');
    expect(await jobOf(ada)).toMatchObject({ last_code: 'notifications.recipient-gone' });
    expect(mailsTo(ada)).toEqual([]);
  });
});

describe('an inbox', () => {
  it('belongs to one person in one organization', async () => {
    await failRun();
    await oneMailTo(ada);
    const [{ notificationId } = { notificationId: '' }] = (await inboxOf(ada)).notifications;
    const stranger: Member = { ...bob, orgId: newId() };
    const elsewhere: Member = { ...ada, orgId: stranger.orgId };
    for (const other of [bob, stranger, elsewhere]) {
      expect(await inboxOf(other)).toEqual({ notifications: [], unread: 0 });
      const refusal = await region
        .gatewayCall(markNotificationRead, { notificationId }, callerOf(other))
        .catch((error: unknown) => error);
      expect((refusal as Problem).code).toBe('kernel.not-found');
    }
    expect((await inboxOf(ada)).unread).toBe(1);
  });

  it('remembers the first reading', async () => {
    await failRun();
    await oneMailTo(ada);
    const [{ notificationId } = { notificationId: '' }] = (await inboxOf(ada)).notifications;
    const first = await region.gatewayCall(markNotificationRead, { notificationId }, callerOf(ada));
    expect(first.readAt).toBe(clock.now().toISOString());
    clock.advance(1_000);
    expect(await region.gatewayCall(markNotificationRead, { notificationId }, callerOf(ada))).toEqual(first);
    expect(await inboxOf(ada)).toMatchObject({ unread: 0, notifications: [first] });
  });

  it('shows the application role nothing on half a scope', async () => {
    await failRun();
    await oneMailTo(ada);
    const { database } = region.service('notifications');
    expect(
      await database.scoped({ orgId: org }, { kind: 'public' }, (tx) => tx.query('select * from notification')),
    ).toEqual([]);
    expect(
      await database.scoped({ subject: ada.userId }, { kind: 'public' }, (tx) =>
        tx.query('select * from notification'),
      ),
    ).toEqual([]);
    for (const table of ['mail_job', 'announcement']) {
      await expect(
        database.scoped({ orgId: org, subject: ada.userId }, { kind: 'public' }, (tx) =>
          tx.query(`select * from ${table}`),
        ),
      ).rejects.toThrow('permission denied');
    }
  });

  it('goes with its organization', async () => {
    await failRun();
    await oneMailTo(ada);
    await region
      .service('identity')
      .database.region({ kind: 'service' }, (tx) => tx.emit(organizationClosed, { orgId: org }));
    const left = () =>
      rows('select 1 from notification where org_id = $1 union all select 1 from mail_job where org_id = $1', org);
    await until('the rows to go', WAIT_MS, async () => (await left()).length === 0);
  });
});

describe('what leaves', () => {
  it('is recorded before it leaves, as an address for communication', async () => {
    await failRun();
    await oneMailTo(ada);
    const kinds = await rows(
      'select distinct allowed, code, purpose, categories, recipient_kind, recipient_id, scope from egress_log',
    );
    expect(kinds).toEqual([
      {
        allowed: true,
        code: null,
        purpose: 'communication',
        categories: ['email-address'],
        recipient_kind: 'sub-processor',
        recipient_id: 'email',
        scope: 'listed',
      },
    ]);
    const [{ records } = { records: 0 }] = await rows<{ records: number }>(
      'select count(*)::int as records from egress_log',
    );
    expect(records).toBeGreaterThanOrEqual(server.mails.length);
  });

  it('answers the probes: nothing but links, nothing unlisted, nothing waiting', async () => {
    const compliance = await region.clientOf('compliance');
    const ask = (question: string) =>
      compliance
        .call(
          contextOperations('notifications').evidence,
          { question, parameters: {} },
          { kind: 'service', name: 'compliance' },
        )
        .then(({ evidence }) => evidence);
    expect(await ask('mail-content')).toMatchObject({ messages: 28, faults: [], unlisted: [] });
    expect(await ask('backlog')).toMatchObject({ announcements: 0 });
    expect(await ask('tenant.isolation')).toMatchObject({ unforced: [], wideOpen: [], visible: [] });
    expect(await ask('schema.columns')).toMatchObject({ unclassified: [], missing: [] });
  });
});
