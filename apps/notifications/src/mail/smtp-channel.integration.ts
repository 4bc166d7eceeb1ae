import tls from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import { EgressGuard, type EgressRecord } from '@millrace/egress';
import { newId, systemClock } from '@millrace/kernel';
import type { SMTPServerOptions } from 'smtp-server';
import { selfSigned } from '../../../../libs/egress/src/connection/certificate.fixture.js';
import { MailServer } from './mail-server.fixture.js';
import { SmtpChannel, type SmtpOptions } from './smtp-channel.js';

const HERE = ['127.0.0.0/8'];
const LISTED = '127.0.0.1';
const { cert, key } = selfSigned(LISTED);

const servers: MailServer[] = [];
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const one of undo.splice(0)) one();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function serverWith(options: SMTPServerOptions): Promise<MailServer> {
  const server = await new MailServer(options).start();
  servers.push(server);
  return server;
}

function channelTo({ port }: MailServer, options: Partial<SmtpOptions> & { purpose?: string } = {}) {
  const { purpose = 'communication', ...rest } = options;
  const records: EgressRecord[] = [];
  const guard = new EgressGuard({
    region: 'us-east-1',
    clock: systemClock,
    privateCidrs: HERE,
    record: (record) => void records.push(record),
    rules: {
      purposes: { communication: {} },
      subProcessor: () => ({
        enabled: true,
        region: 'us-east-1',
        ceiling: ['email-address'],
        purposes: ['communication'],
        hosts: [LISTED],
      }),
      customerConnection: { purposes: [], ceiling: [] },
    },
  });
  const intent = () =>
    ({ purpose, categories: ['email-address'], recipient: { kind: 'sub-processor', id: 'email' } }) as const;
  const channel = new SmtpChannel({
    guard,
    intent,
    host: LISTED,
    port,
    from: 'no-reply@mail.test',
    sender: () => 'Millrace',
    privateCidrs: HERE,
    ...rest,
  });
  return { channel, records };
}

const mail = (to = 'ada@customer.test') => ({
  to,
  id: newId(),
  date: new Date('2026-11-22T10:00:00Z'),
  subject: 'Hello',
  text: 'Hello\n',
  html: '<p>Hello</p>',
});
const outcome = (sending: Promise<void>) =>
  sending.then(
    () => 'sent',
    (error: { code: string }) => error.code,
  );

describe('the SMTP channel', () => {
  it('uses TLS where the server offers it', async () => {
    const server = await serverWith({ cert, key });
    expect(await outcome(channelTo(server, { ca: cert }).channel.send(mail()))).toBe('sent');
    expect(server.sessions).toMatchObject([{ secure: true }]);
  });

  it('refuses a certificate that nobody vouches for, even in a private network', async () => {
    const server = await serverWith({ cert, key });
    expect(await outcome(channelTo(server).channel.send(mail()))).toBe('smtp.tls-refused');
    expect(server.mails).toEqual([]);
  });

  it('offers no TLS older than 1.2, however lax the machine is', async () => {
    // OpenSSL's own security level would hide a missing floor.
    const strict = tls.DEFAULT_CIPHERS;
    tls.DEFAULT_CIPHERS = 'DEFAULT:@SECLEVEL=0';
    undo.push(() => (tls.DEFAULT_CIPHERS = strict));
    const heard: string[] = [];
    const old = { cert, key, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
    const server = await serverWith(old);
    server.onError = ({ code }) => void heard.push(String(code));
    expect(await outcome(channelTo(server, { ca: cert }).channel.send(mail()))).toBe('smtp.tls-refused');
    expect(new Set(heard)).toEqual(new Set(['ERR_SSL_UNSUPPORTED_PROTOCOL']));
    expect(server.mails).toEqual([]);
  });

  it('demands TLS outside the private networks, and does without it inside', async () => {
    const server = await serverWith({ disabledCommands: ['STARTTLS'] });
    expect(await outcome(channelTo(server, { privateCidrs: [] }).channel.send(mail()))).toBe('smtp.tls-refused');
    expect(server.mails).toEqual([]);
    expect(await outcome(channelTo(server).channel.send(mail()))).toBe('sent');
    expect(server.sessions).toMatchObject([{ secure: false }]);
  });

  it('sends nothing that the guard refuses, and connects to nobody', async () => {
    const server = await serverWith({ disabledCommands: ['STARTTLS'] });
    const { channel, records } = channelTo(server, { purpose: 'marketing' });
    expect(await outcome(channel.send(mail()))).toBe('egress.purpose-refused');
    expect(records).toMatchObject([{ allowed: false, code: 'egress.purpose-refused' }]);
    expect(server.sessions).toEqual([]);
  });

  it('takes an address for one recipient, whatever stands in it', async () => {
    const server = await serverWith({ disabledCommands: ['STARTTLS'] });
    const { channel } = channelTo(server);
    await outcome(channel.send(mail('ada@customer.test, eve@evil.test')));
    await outcome(channel.send(mail('ada@customer.test\r\nBcc: eve@evil.test')));
    expect(server.recipients.filter((recipient) => recipient === 'eve@evil.test')).toEqual([]);
    expect(server.sources.join('')).not.toMatch(/^Bcc:/m);
  });
});
