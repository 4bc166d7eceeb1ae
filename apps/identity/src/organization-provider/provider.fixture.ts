import {
  beginProviderSignIn,
  claimDomain,
  finishProviderSignIn,
  type OrganizationProvider,
  setProvider,
  signIn,
  verifyDomain,
} from '@millrace/contracts';
import { hashOpaqueToken } from '@millrace/crypto';
import type { MovableClock } from '@millrace/kernel';
import { People, type Person, PUBLIC, type User } from '../identity.fixture.js';
import { startNameServer, type TestNameServer } from '@millrace/testing';

export const ORIGIN = 'https://region.example';
export const CLIENT_ID = 'millrace-at-acme';

/** A provider that members may use, opening no accounts. */
export const OPTIONAL: Omit<OrganizationProvider, 'issuer'> = {
  clientId: CLIENT_ID,
  isRequired: false,
  secondFactor: { amr: ['mfa'], acr: ['urn:test:mfa'] },
};

/** A region with a name server of its own, and what organizations and browsers do in it. */
export class ProviderRegion {
  private readonly authenticators = new Map<string, () => string>();

  private constructor(
    readonly people: People,
    readonly names: TestNameServer,
    readonly clock: MovableClock,
  ) {}

  static async start(clock: MovableClock, charter?: 'fluxent'): Promise<ProviderRegion> {
    const names = await startNameServer();
    const http = { host: '127.0.0.1', port: 0, secureCookies: false, origins: [ORIGIN] };
    const config = { http, dns: { nameServers: [names.address] } };
    const people = await People.start({ clock, config, ...(charter ? { charter } : {}) });
    return new ProviderRegion(people, names, clock);
  }

  get call(): People['region']['gatewayCall'] {
    return (...given) => this.people.region.gatewayCall(...given);
  }

  redirectUri(orgId: string): string {
    return `${ORIGIN}/sign-in/provider/${orgId}`;
  }

  /** Shows that a domain is an organization's. */
  async verify(domain: string, caller: User) {
    const { record } = await this.call(claimDomain, { domain }, caller);
    this.names.publish(record.name, 'v=spf1 -all', record.value);
    return this.call(verifyDomain, { domain }, caller);
  }

  set(caller: User, issuer: string, changes: Partial<OrganizationProvider> = {}) {
    return this.call(setProvider, { ...OPTIONAL, issuer, ...changes }, caller);
  }

  async begin(email: string, ofAge?: boolean) {
    const said = ofAge === undefined ? {} : { ofAge };
    const begun = await this.call(beginProviderSignIn, { email, ...said }, PUBLIC);
    return { url: begun.url, browser: hashOpaqueToken(begun.session.token) };
  }

  finish(orgId: string, answer: URL | string, browser?: string) {
    const query = typeof answer === 'string' ? answer : answer.search.slice(1);
    const device = 'Firefox on Linux';
    return this.call(finishProviderSignIn, { orgId, answer: query, browser, device }, PUBLIC);
  }

  /** Signs in with an authenticator, which is set up the first time; the session has just begun. */
  async strengthened({ email, password, caller }: Person) {
    const shown = this.authenticators.get(email) ?? (await this.people.addAuthenticator(caller)).shown;
    this.authenticators.set(email, shown);
    this.clock.advance(30_000);
    const { session } = await this.call(signIn, { email, password, secondFactor: shown() }, PUBLIC);
    return { token: session.token, caller: (await this.people.callerOf(session.token))! };
  }

  async lastRefusal(orgId: string): Promise<string | undefined> {
    const rows = await this.people.sql<{ reason: string }>(
      `select details->>'reason' as reason from audit_outbox
       where event = 'provider.sign-in-refused' and org_id = $1 order by entry_id`,
      [orgId],
    );
    return rows.at(-1)?.reason;
  }

  async stop(): Promise<void> {
    await this.people.region.stop();
    await this.names.stop();
  }
}
