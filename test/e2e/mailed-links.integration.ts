import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  inviteMember,
  listSessions,
  readProfile,
  requestPasswordReset,
  requestSignInCode,
  requestSignInLink,
  signUp,
} from '@millrace/contracts';
import { definition as compliance } from '@millrace/compliance';
import { definition as gateway } from '@millrace/gateway';
import { definition as identity } from '@millrace/identity';
import { mailsIn } from '@millrace/embedded';
import { until } from '@millrace/kernel';
import { definition as notifications } from '@millrace/notifications';
import { startTestRegion, type TestRegion } from '@millrace/testing';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { signUpAndIn, Visitor } from './journey.js';

let region: TestRegion;
let origin: string;

beforeAll(async () => {
  region = await startTestRegion({ definitions: [compliance, identity, notifications, gateway] });
  origin = region.service('gateway').httpUrl!;
}, 60_000);
afterAll(() => region?.stop());

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** The newest link that was mailed to an address, as a path of the region. */
async function linkTo(address: string, subject: string): Promise<string> {
  const mail = await until(`“${subject}” to ${address}`, 20_000, async () =>
    (await mailsIn(region.mails, address)).find((one) => one.subject === subject),
  );
  const url = new URL(/https?:\S+/.exec(mail.text!)![0]);
  expect(url.origin).toBe(new URL(region.config.http.origins[0] ?? url.origin).origin);
  return url.pathname + url.search;
}

const press = (visitor: Visitor, link: string, fields: Record<string, string> = {}, headers = {}) => {
  const token = new URL(link, origin).searchParams.get('token')!;
  const body = new URLSearchParams({ token, ...fields }).toString();
  return visitor.raw<string>('POST', link.split('?')[0]!, { body, headers: { ...FORM, ...headers } });
};

describe('the page of a mailed link', () => {
  it('changes nothing when it is opened, however often; the button confirms, once', async () => {
    const ada = new Visitor(origin);
    await ada.call(signUp, { email: ada.email, password: ada.password, ofAge: true });
    const link = await linkTo(ada.email, 'Confirm your e-mail address');
    for (let scan = 0; scan < 3; scan++) {
      const page = await ada.raw<string>('GET', link);
      expect(page.status).toBe(200);
      expect(page.body).toContain('<form method="post">');
      expect(page.headers.getSetCookie()).toEqual([]);
      expect(page.headers.get('referrer-policy')).toBe('no-referrer');
      expect(page.headers.get('cache-control')).toBe('no-store');
    }
    const wrong = await press(ada, link, { password: 'what a stranger typed' });
    expect([wrong.status, wrong.headers.getSetCookie()]).toEqual([401, []]);
    expect(wrong.body).toContain('role="alert"');
    const done = await press(ada, link, { password: ada.password });
    expect([done.status, done.body.includes('confirmed')]).toEqual([200, true]);
    expect((await ada.call(listSessions)).sessions).toHaveLength(1);
    expect((await press(new Visitor(origin), link, { password: ada.password })).status).toBe(422);
  });

  it('is deaf to other sites', async () => {
    const bob = new Visitor(origin);
    await signUpAndIn(bob, region);
    const eve = new Visitor(origin);
    await eve.call(requestSignInLink, { email: bob.email });
    const link = await linkTo(bob.email, 'Your sign-in link');
    const crossSite = await press(eve, link, {}, { 'sec-fetch-site': 'cross-site' });
    expect(crossSite.status).toBe(403);
    const own = await press(eve, link, {}, { 'sec-fetch-site': 'same-origin' });
    expect(own.status).toBe(200);
    expect(eve.cookie('sessionid')).toBeDefined();
  });

  it('sets a new password, and says what is wrong with a weak one', async () => {
    const grace = new Visitor(origin);
    await signUpAndIn(grace, region);
    await grace.call(requestPasswordReset, { email: grace.email });
    const link = await linkTo(grace.email, 'Choose a new password');
    const weak = await press(grace, link, { password: 'short' });
    expect([weak.status, weak.body.includes('12 characters')]).toEqual([422, true]);
    expect((await press(grace, link, { password: 'seven unlikely herons' })).status).toBe(200);
    expect((await grace.send(listSessions, {})).status).toBe(401);
  });

  it('of an invitation makes an account and joins; what was typed stays when something was wrong', async () => {
    const host = new Visitor(origin);
    await signUpAndIn(host, region);
    const guest = new Visitor(origin);
    await host.call(inviteMember, { email: guest.email, role: 'viewer' });
    const link = await linkTo(guest.email, 'An invitation to an organization');
    const says = { name: 'Grace "the guest"', password: 'short', ofAge: 'yes' };
    const weak = await press(guest, link, says);
    expect(weak.status).toBe(422);
    expect(weak.body).toContain('value="Grace &quot;the guest&quot;"');
    expect(weak.body).not.toContain('short');
    expect((await press(guest, link, { ...says, password: guest.password })).status).toBe(200);
    expect((await guest.call(readProfile)).roles).toEqual(['viewer']);
  });

  it('shows what was typed only as text', async () => {
    const page = await new Visitor(origin).raw<string>('GET', '/auth/sign-in/link?token=%22%3E%3Cscript%3E');
    expect(page.body).not.toContain('"><script>');
    expect(page.body).toContain('&quot;&gt;&lt;script&gt;');
  });

  it('takes forms only, and small ones', async () => {
    const visitor = new Visitor(origin);
    const json = await visitor.raw('POST', '/auth/sign-in/link', {
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    expect(json.status).toBe(415);
    const huge = await visitor.raw('POST', '/auth/sign-in/link', {
      body: `token=${'x'.repeat(20_000)}`,
      headers: FORM,
    });
    expect(huge.status).toBe(413);
  });
});

describe('a mailed secret', () => {
  it('is in the mail and nowhere else on this machine', async () => {
    const hedy = new Visitor(origin);
    await signUpAndIn(hedy, region);
    const { challenge } = await hedy.call(requestSignInCode, { email: hedy.email });
    await hedy.call(requestSignInLink, { email: hedy.email });
    const link = await linkTo(hedy.email, 'Your sign-in link');
    const token = new URL(link, origin).searchParams.get('token')!;
    expect((await press(hedy, link)).status).toBe(200);
    for (const database of ['identity', 'notifications', 'gateway', 'compliance']) {
      const client = new pg.Client({ connectionString: region.postgres.url(database).reveal() });
      await client.connect();
      const tables = await client.query<{ name: string }>(
        `select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables
         where table_schema = 'public' and table_type = 'BASE TABLE'`,
      );
      for (const { name } of tables.rows) {
        const { rows } = await client.query<{ text: string }>(`select t::text as text from ${name} t`);
        for (const { text } of rows)
          for (const secret of [token, challenge]) expect(text.includes(secret) ? name : 'nowhere').toBe('nowhere');
      }
      await client.end();
    }
    for (const folder of ['logs', 'nats'])
      for (const file of readdirSync(path.join(region.directory, folder), { recursive: true, withFileTypes: true }))
        if (file.isFile()) {
          const content = readFileSync(path.join(file.parentPath, file.name));
          for (const secret of [token, challenge])
            expect(content.includes(secret) ? file.name : 'nowhere').toBe('nowhere');
        }
  });
});
