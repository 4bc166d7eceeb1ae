import { describe, expect, it } from '@jest/globals';
import { fakeResolver } from './address/fake-resolver.fixture.js';
import { guardWith, MAIL, rulesWith, SYNC } from './guard.fixture.js';
import type { EgressRequest } from './route/decision.js';

const PUBLIC = '93.184.216.34';
const names = () =>
  fakeResolver({
    'db.customer.test': [[PUBLIC, '2606:4700::1']],
    'mixed.customer.test': [[PUBLIC, '10.0.0.5']],
    'mixed6.customer.test': [[PUBLIC, '::ffff:10.0.0.5']],
    'metadata.customer.test': [['169.254.169.254']],
    'empty.customer.test': [[]],
    'crowd.customer.test': [Array.from({ length: 65 }, () => PUBLIC)],
    'smtp.mail.test': [[PUBLIC]],
    'eu.api.mail.test': [[PUBLIC]],
    'api.mail.test': [[PUBLIC]],
  });
const toCustomer = (changes: Partial<EgressRequest> = {}): EgressRequest => ({
  ...SYNC,
  host: 'db.customer.test',
  port: 5432,
  ...changes,
});
const toMail = (changes: Partial<EgressRequest> = {}): EgressRequest => ({
  ...MAIL,
  host: 'smtp.mail.test',
  port: 587,
  ...changes,
});
const mailTo = (id: string): EgressRequest => toMail({ recipient: { kind: 'sub-processor', id } });

describe('EgressGuard.decide', () => {
  it('allows a call with a route and pins the addresses that it judged', async () => {
    const decision = await guardWith(names()).guard.decide(toCustomer());
    expect(decision).toMatchObject({
      allowed: true,
      address: PUBLIC,
      addresses: [PUBLIC, '2606:4700::1'],
      scope: 'public',
    });
    expect(decision.at).toEqual(new Date('2026-11-22T10:00:00.000Z'));
  });

  it.each([
    ['a purpose nobody declared', toCustomer({ purpose: 'curiosity' }), 'egress.purpose-refused'],
    ['a purpose the recipient does not serve', toMail({ purpose: 'sync' }), 'egress.purpose-refused'],
    ['marketing by third parties', toCustomer({ purpose: 'marketing-third-party' }), 'egress.purpose-refused'],
    ['a sale', toCustomer({ purpose: 'sale' }), 'egress.purpose-refused'],
    ['AI training', toCustomer({ purpose: 'ai_training' }), 'egress.purpose-refused'],
    ['an unknown recipient', mailTo('stranger'), 'egress.unknown-recipient'],
    [
      'a recipient of another kind',
      toMail({ recipient: { kind: 'friend' as 'sub-processor', id: 'mail' } }),
      'egress.unknown-recipient',
    ],
    ['a disabled recipient', mailTo('mail-off'), 'egress.recipient-disabled'],
    [
      'a category above the ceiling',
      toMail({ categories: ['contact', 'customer-records'] }),
      'egress.category-ceiling',
    ],
    ['a category above that of connections', toCustomer({ categories: ['contact'] }), 'egress.category-ceiling'],
    ['a recipient in another region', mailTo('mail-us'), 'egress.transfer-refused'],
    [
      'a connection in another region',
      toCustomer({ recipient: { ...SYNC.recipient, region: 'us' } }),
      'egress.transfer-refused',
    ],
    ['a purpose that needs a consent', toCustomer({ purpose: 'sharing' }), 'egress.consent-missing'],
    ['a consent nobody can confirm', toCustomer({ purpose: 'sharing', consentId: 'c1' }), 'egress.consent-missing'],
    ["a host that is not the recipient's", toMail({ host: 'db.customer.test' }), 'egress.host-refused'],
    ['a host above a wildcard', toMail({ host: 'api.mail.test' }), 'egress.host-refused'],
    ['an octal address', toCustomer({ host: '0177.0.0.1' }), 'egress.bad-host'],
    ['an unreadable host of a sub-processor', toMail({ host: 'a b' }), 'egress.bad-host'],
    ['a port that is none', toCustomer({ port: 70_000 }), 'egress.bad-host'],
    ['an unknown name', toCustomer({ host: 'gone.customer.test' }), 'egress.unresolvable'],
    ['a name without addresses', toCustomer({ host: 'empty.customer.test' }), 'egress.unresolvable'],
    ['a name with too many addresses', toCustomer({ host: 'crowd.customer.test' }), 'egress.unresolvable'],
    ['a private literal', toCustomer({ host: '10.0.0.5' }), 'egress.private-address'],
    ['a mapped literal', toCustomer({ host: '[::ffff:127.0.0.1]' }), 'egress.private-address'],
    ['one private address among public ones', toCustomer({ host: 'mixed.customer.test' }), 'egress.private-address'],
    ['one mapped address among public ones', toCustomer({ host: 'mixed6.customer.test' }), 'egress.private-address'],
    ['a metadata address behind a name', toCustomer({ host: 'metadata.customer.test' }), 'egress.private-address'],
  ])('refuses %s', async (_name, request, code) => {
    const { guard, records } = guardWith(names());
    const decision = await guard.decide(request);
    expect(decision).toMatchObject({ allowed: false, code, addresses: [] });
    expect(decision.address).toBeUndefined();
    expect(records).toMatchObject([{ id: decision.id, allowed: false, code }]);
  });

  it('does not take a property that every object has for a purpose', async () => {
    const rules = rulesWith({ customerConnection: { purposes: ['constructor'], ceiling: ['customer-records'] } });
    const decision = await guardWith(names(), { rules }).guard.decide(toCustomer({ purpose: 'constructor' }));
    expect(decision.code).toBe('egress.purpose-refused');
  });

  it('asks no name server about a call without a route', async () => {
    const resolve = names();
    await guardWith(resolve).guard.decide(toCustomer({ purpose: 'sale' }));
    expect(resolve.asked).toEqual([]);
  });

  it('allows a name below a wildcard of the register', async () => {
    await expect(guardWith(names()).guard.decide(toMail({ host: 'eu.api.mail.test' }))).resolves.toMatchObject({
      allowed: true,
    });
  });

  it('allows a transfer that a mechanism covers and a sharing that a consent covers', async () => {
    const rules = rulesWith({
      mayTransfer: ({ fromRegion, toRegion }) => fromRegion === 'eu' && toRegion === 'us',
      consentHolds: async (consentId) => consentId === 'c1',
    });
    const { guard } = guardWith(names(), { rules });
    await expect(guard.decide(mailTo('mail-us'))).resolves.toMatchObject({ allowed: true });
    await expect(guard.decide(toCustomer({ purpose: 'sharing', consentId: 'c1' }))).resolves.toMatchObject({
      allowed: true,
    });
    await expect(guard.decide(toCustomer({ purpose: 'sharing', consentId: 'c2' }))).resolves.toMatchObject({
      allowed: false,
    });
  });

  it('reaches a private address that the operator listed', async () => {
    const { guard } = guardWith(names(), { privateCidrs: ['10.0.0.0/8'] });
    await expect(guard.decide(toCustomer({ host: '10.0.0.5' }))).resolves.toMatchObject({
      allowed: true,
      scope: 'listed',
    });
    await expect(guard.decide(toCustomer({ host: 'mixed.customer.test' }))).resolves.toMatchObject({
      allowed: true,
      scope: 'public',
    });
  });

  it('records no host, no address, and no word that a vocabulary cannot hold', async () => {
    const { guard, records } = guardWith(names());
    await guard.decide(toCustomer());
    await guard.decide(toCustomer({ purpose: 'Ada Lovelace <ada@example.com>', categories: ['+44 20 7946 0000'] }));
    expect(records).toHaveLength(2);
    expect(records[0]).toMatchObject({
      allowed: true,
      purpose: 'sync',
      recipientId: SYNC.recipient.id,
      hostKind: 'name',
      scope: 'public',
      port: 5432,
      region: 'eu',
    });
    expect(records[1]).toMatchObject({ purpose: 'unlisted', categories: ['unlisted'] });
    expect(JSON.stringify(records)).not.toMatch(/customer\.test|93\.184|2606|Ada|7946/);
  });

  it('decides nothing when the decision cannot be recorded', async () => {
    const { guard } = guardWith(names(), { record: () => Promise.reject(new Error('disk full')) });
    await expect(guard.decide(toCustomer())).rejects.toMatchObject({ code: 'egress.unrecorded' });
  });

  it('cannot be given rules with an impossible purpose', () => {
    for (const purpose of ['sale', 'AI_Training', 'marketing-third-party']) {
      expect(() => guardWith(names(), { rules: rulesWith({ purposes: { [purpose]: {} } }) })).toThrow('no route');
    }
  });
});
