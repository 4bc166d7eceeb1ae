import { identityProblems, staffCallbackPath } from '@millrace/contracts';
import { EgressGuard, type SubProcessor } from '@millrace/egress';
import { Problem } from '@millrace/kernel';
import { type Database, recordingEgress } from '@millrace/persistence';
import { portalLink, readSecretFile, type Runtime, type StaffProvider as Settings } from '@millrace/service';
import * as oauth from 'oauth4webapi';
import { IDENTITY_PROVIDER_PURPOSE, OpenIdClient } from '../identity-provider/open-id-client.js';
import { type Attempt } from '../identity-provider/sign-in-attempts.js';

/** The category of the register under which a charter lists whoever signs its staff in. */
const REGISTER_CATEGORY = 'identity';

/** What an ID token says of one of the staff. */
export interface StaffClaims {
  readonly issuer: string;
  readonly subject: string;
  readonly groups: readonly string[];
  readonly name?: string;
  readonly title?: string;
  readonly team?: string;
  readonly usedSecondFactor: boolean;
}

/** The operator's identity provider: the region's configuration names it, and its charter's register lists it. */
export class StaffProvider {
  private known: OpenIdClient | undefined;

  constructor(
    private readonly runtime: Runtime,
    private readonly database: Database,
  ) {}

  /** @throws Problem `identity.no-staff-provider` where the region names none, or its charter lists none */
  get settings(): Settings {
    const { staff } = this.runtime.config;
    if (!staff || !this.runtime.charter.isOn('staff-sso')) throw new Problem(identityProblems.noStaffProvider);
    return staff;
  }

  /** Where somebody goes to sign in. @throws Problem `identity.staff-provider-away` */
  signInUrl(attempt: Attempt): Promise<string> {
    return this.client(this.settings).signInUrl(attempt);
  }

  /** @throws Problem `identity.staff-sign-in-refused`, `identity.staff-provider-away` */
  async exchange(answer: URLSearchParams, attempt: Attempt): Promise<StaffClaims> {
    const { settings } = this;
    const { claims, usedSecondFactor } = await this.client(settings).exchange(answer, attempt);
    return {
      issuer: claims.iss,
      subject: claims.sub,
      groups: listOf(claims[settings.groupsClaim]),
      ...textOf('name', claims['name']),
      ...textOf('title', claims['title']),
      ...textOf('team', claims['team']),
      usedSecondFactor,
    };
  }

  private client(settings: Settings): OpenIdClient {
    this.known ??= this.connect(settings);
    return this.known;
  }

  private connect({ issuer, clientId, scopes, secondFactor, clientSecretFile }: Settings): OpenIdClient {
    const { config, clock } = this.runtime;
    let named: ReadonlySet<string> = new Set();
    const guard = new EgressGuard({
      region: config.region,
      privateCidrs: config.egress.privateCidrs,
      clock,
      record: recordingEgress(this.database),
      rules: {
        purposes: { [IDENTITY_PROVIDER_PURPOSE]: {} },
        subProcessor: (id) => this.registered(id, [new URL(issuer).hostname, ...named]),
        customerConnection: { purposes: [], ceiling: [] },
      },
    });
    const authentication = async () => {
      const secret = await readSecretFile(clientSecretFile);
      if (secret) return oauth.ClientSecretPost(secret.reveal());
      throw new Problem(identityProblems.noStaffProvider, { detail: 'The client’s secret is missing.' });
    };
    const redirectUri = portalLink(config, staffCallbackPath);
    return new OpenIdClient(
      { issuer, clientId, scopes, redirectUri, secondFactor, authentication },
      {
        clock,
        fetch: (url, request, hosts) => {
          named = hosts;
          const recipient = { kind: 'sub-processor', id: this.entry()?.id ?? REGISTER_CATEGORY } as const;
          return guard.fetch({ purpose: IDENTITY_PROVIDER_PURPOSE, categories: [], recipient }, url, request);
        },
        problems: { away: identityProblems.staffProviderAway, refused: identityProblems.staffSignInRefused },
      },
    );
  }

  private entry() {
    return this.runtime.charter.document.subProcessors.find(({ category }) => category === REGISTER_CATEGORY);
  }

  private registered(id: string, hosts: readonly string[]): SubProcessor | undefined {
    const { config, charter } = this.runtime;
    const entry = this.entry();
    if (!entry || entry.id !== id) return undefined;
    const here = charter.document.residency.regions[config.region]?.country === entry.location;
    return {
      enabled: entry.enabled,
      region: here ? config.region : entry.location.toLowerCase(),
      ceiling: entry.ceiling,
      purposes: [IDENTITY_PROVIDER_PURPOSE],
      hosts,
    };
  }
}

function textOf(name: 'name' | 'title' | 'team', claim: unknown): Partial<Record<typeof name, string>> {
  const text = typeof claim === 'string' ? claim.trim().slice(0, 200) : '';
  return text === '' ? {} : { [name]: text };
}

function listOf(claim: unknown): string[] {
  const list = Array.isArray(claim) ? claim : [claim];
  return list.filter((one): one is string => typeof one === 'string');
}
