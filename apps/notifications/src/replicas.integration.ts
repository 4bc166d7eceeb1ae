import { afterEach, describe, expect, it } from '@jest/globals';
import { listNotifications, oneTimeSecretRequested, runFailed } from '@millrace/contracts';
import { newId, until } from '@millrace/kernel';
import { type RunningService, startService } from '@millrace/service';
import { startTestRegion, type TestRegion, type TestRegionOptions } from '@millrace/testing';
import { definition } from './index.js';
import { MailServer } from './mail/mail-server.fixture.js';
import { FakeIdentity, fakeSync } from './neighbours.fixture.js';

const WAIT_MS = 30_000;

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

interface Setting {
  readonly region: TestRegion;
  readonly identity: FakeIdentity;
  readonly server: MailServer;
}

async function setting(options: { charter?: TestRegionOptions['charter']; mail: boolean }): Promise<Setting> {
  const server = await new MailServer().start();
  stops.push(() => server.stop());
  const identity = new FakeIdentity();
  const mail = { host: '127.0.0.1', port: server.port, from: 'no-reply@mail.example.test' };
  const region = await startTestRegion({
    definitions: [identity.definition(), fakeSync(), definition],
    charter: options.charter,
    config: { mail: options.mail ? mail : undefined },
  });
  stops.push(() => region.stop());
  return { region, identity, server };
}

/** Fails one run of a new organization; answers its owner. */
async function failRun({ region, identity }: Setting) {
  const owner = { orgId: newId(), userId: newId(), email: `${newId()}@customer.example`, owner: true };
  identity.members.push(owner);
  const data = { orgId: owner.orgId, runId: newId(), pipelineId: newId(), code: 'sync.connection-failed' };
  await region.service('sync').database.region({ kind: 'service' }, (tx) => tx.emit(runFailed, data));
  return owner;
}

const count = async (service: RunningService, table: string): Promise<number> => {
  const [row] = await service.database.region({ kind: 'service' }, (tx) =>
    tx.query<{ n: number }>(`select count(*)::int as n from ${table}`),
  );
  return row!.n;
};

describe('two instances of the service', () => {
  it('send each mail once between them', async () => {
    const at = await setting({ mail: true });
    const { config, secrets } = at.region;
    const second = await startService(definition, { config, secrets });
    stops.push(() => second.stop());
    const owners = await Promise.all(Array.from({ length: 30 }, () => failRun(at)));
    await until('every mail', WAIT_MS, () => at.server.recipients.length >= owners.length);
    await until(
      'every job to end',
      WAIT_MS,
      async () => (await count(second, `mail_job where state = 'sent'`)) === owners.length,
    );
    expect([...at.server.recipients].sort()).toEqual(owners.map(({ email }) => email).sort());
    expect(await count(second, 'notification')).toBe(owners.length);
  });
});

describe('a region without a mail server', () => {
  it('tells people in their inbox and keeps no mail for later', async () => {
    const at = await setting({ mail: false });
    const { orgId, userId } = await failRun(at);
    const inbox = () =>
      at.region.gatewayCall(
        listNotifications,
        {},
        { kind: 'user', orgId, userId, roles: ['owner'], sessionId: newId() },
      );
    await until('the notification', WAIT_MS, async () => (await inbox()).unread === 1);
    await at.region
      .service('identity')
      .database.region({ kind: 'service' }, (tx) =>
        tx.emit(oneTimeSecretRequested, { orgId, userId, secretId: newId(), purpose: 'sign-in-link' }),
      );
    const service = at.region.service('notifications');
    await until('both events to be heard', WAIT_MS, async () => (await count(service, 'inbox')) === 2);
    expect(await count(service, 'mail_job')).toBe(0);
  });
});

describe('a charter that does not list a kind of mail', () => {
  it('has none of it, though there is a mail server', async () => {
    const at = await setting({ charter: 'fluxent', mail: true });
    await failRun(at);
    const service = at.region.service('notifications');
    await until('the notification', WAIT_MS, () => count(service, 'notification'));
    expect(await count(service, 'mail_job')).toBe(0);
    expect(at.server.mails).toEqual([]);
  });
});
