import { identityProblems, providerSignInPath } from '@millrace/contracts';
import { EgressGuard } from '@millrace/egress';
import { type Database, recordingEgress } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import { portalLink, type Runtime } from '@millrace/service';
import { IDENTITY_PROVIDER_PURPOSE, OpenIdClient } from '../identity-provider/open-id-client.js';
import { type ClientKeys } from './client-keys.js';
import { type organizationProviders } from './organization-provider.table.js';

export type ProviderSettings = Pick<Row<typeof organizationProviders>, 'orgId' | 'issuer' | 'clientId' | 'amr' | 'acr'>;

/** Scopes besides `openid`: the address that finds the account, and the name where the charter has accounts hold one. */
const SCOPES = ['email', 'profile'];
/** Clients whose provider's metadata are kept. */
const MAX_CLIENTS = 500;
/** After so long a provider's metadata are read again: it may have moved an endpoint. */
const METADATA_LIFE_MS = 3_600_000;

/** Speaks with the providers that organizations brought: each is a system of the customer's own, like its connections. */
export class ProviderClients {
  private readonly guard: EgressGuard;
  private readonly known = new Map<string, { readonly client: OpenIdClient; readonly until: number }>();

  constructor(
    private readonly runtime: Runtime,
    private readonly keys: ClientKeys,
    database: Database,
  ) {
    const { config, clock } = runtime;
    this.guard = new EgressGuard({
      region: config.region,
      privateCidrs: config.egress.privateCidrs,
      clock,
      record: recordingEgress(database),
      rules: {
        purposes: { [IDENTITY_PROVIDER_PURPOSE]: {} },
        subProcessor: () => undefined,
        // Nothing about anybody goes there.
        customerConnection: { purposes: [IDENTITY_PROVIDER_PURPOSE], ceiling: [] },
      },
    });
  }

  of(settings: ProviderSettings): OpenIdClient {
    const key = JSON.stringify(settings);
    const now = this.runtime.clock.now().getTime();
    const found = this.known.get(key);
    if (found && found.until > now) return found.client;
    this.known.delete(key);
    if (this.known.size >= MAX_CLIENTS) this.known.delete(this.known.keys().next().value!);
    const client = this.connect(settings);
    this.known.set(key, { client, until: now + METADATA_LIFE_MS });
    return client;
  }

  /** Where an organization's provider sends browsers back to: for each another, so that no provider gets another's code. */
  redirectUri(orgId: string): string {
    return portalLink(this.runtime.config, `${providerSignInPath}/${orgId}`);
  }

  private connect({ orgId, issuer, clientId, amr, acr }: ProviderSettings): OpenIdClient {
    const intent = {
      purpose: IDENTITY_PROVIDER_PURPOSE,
      categories: [],
      recipient: { kind: 'customer-connection', id: orgId },
    } as const;
    return new OpenIdClient(
      {
        issuer,
        clientId,
        scopes: SCOPES,
        redirectUri: this.redirectUri(orgId),
        secondFactor: { amr, acr },
        authentication: () => this.keys.authentication(orgId),
      },
      {
        clock: this.runtime.clock,
        fetch: (url, request) => this.guard.fetch(intent, url, request),
        problems: { away: identityProblems.providerAway, refused: identityProblems.providerSignInRefused },
      },
    );
  }
}
