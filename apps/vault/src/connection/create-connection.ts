import {
  charterNameOf,
  type Connection,
  factsOf,
  type DirectProvider,
  type TokenSource,
  vaultProblems,
} from '@millrace/contracts';
import { newId, Problem, Secret } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import { type Runtime } from '@millrace/service';
import { type Proof, type Proofs } from '../credential/sealed-credential.js';
import { proofsOfToken, renewalDue } from '../grant/proofs-of-grant.js';
import { accountOfKeyFile, obtainToken } from '../provider/obtain-token.js';
import { ProviderError } from '../provider/provider-error.js';
import { type ProviderGuard } from '../provider/provider-guard.js';
import { checkDirectory } from './directory-rule.js';
import { type ConnectionDraft, type ConnectionStore } from './store-connection.js';
import { checkTransport } from './transport-rule.js';

export type DirectDraft = Extract<ConnectionDraft, { provider: DirectProvider }>;

/** Makes a connection with a credential that a person has, or with none; what is stored of it is sealed first. */
export class CreateConnection {
  constructor(
    private readonly runtime: Runtime,
    private readonly store: ConnectionStore,
    private readonly guard: ProviderGuard,
  ) {}

  /**
   * @throws Problem `vault.provider-refused` with the charter's own words, `vault.name-taken`, `vault.credential-refused`
   * or `vault.provider-unreachable` where a token is obtained with the credential, or `kernel.invalid-input` for a host or
   * an encryption that cannot be allowed
   */
  async execute(draft: DirectDraft, given: Proof, call: Call): Promise<Connection> {
    const { auth, token, account } = factsOf(draft.provider).direct!;
    refuseUnlessAllowed(this.runtime, draft.provider, auth);
    this.checkSettings(draft);
    const id = newId(this.runtime.clock);
    const credential = given.reveal();
    const name = account?.(draft.config) ?? credential['username'] ?? (await this.accountOf(credential));
    const proofs = token ? await this.obtain(id, token, draft, credential) : { leased: given };
    const renewAt = token && proofs.expiresAt ? this.renewAt(proofs.expiresAt) : undefined;
    return this.store.add({ id, draft, account: name, auth, scopes: [], proofs, renewAt }, call);
  }

  private checkSettings(draft: DirectDraft): void {
    const { egress, files } = this.runtime.config;
    if (draft.provider === 'postgres') checkTransport(draft.config, egress.privateCidrs);
    if (draft.provider === 'csv' || draft.provider === 'ndjson') checkDirectory(draft.config, files.directories);
  }

  private async accountOf({ keyFile = '' }: Readonly<Record<string, string>>): Promise<string> {
    return this.asking(() => Promise.resolve(accountOfKeyFile(keyFile)));
  }

  /** The first token shows that the credential is good. */
  private async obtain(
    connectionId: string,
    source: TokenSource,
    { config }: DirectDraft,
    credential: Readonly<Record<string, string>>,
  ): Promise<Proofs> {
    const { clock } = this.runtime;
    const fetch = (url: string, request: Parameters<ProviderGuard['fetch']>[2]) =>
      this.guard.fetch(connectionId, url, request);
    const grant = await this.asking(() => obtainToken({ source, config, credential, clock, fetch }));
    return proofsOfToken(grant, credential, clock.now());
  }

  private renewAt(expiresAt: Date): Date {
    const now = this.runtime.clock.now();
    return renewalDue(now, expiresAt.getTime() - now.getTime());
  }

  private async asking<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      const { credentialRefused, providerUnreachable } = vaultProblems;
      throw new Problem(error.fault === 'unreachable' ? providerUnreachable : credentialRefused, { cause: error });
    }
  }
}

/** @throws Problem `vault.provider-refused` with the charter's own words */
export function refuseUnlessAllowed(
  { charter }: Pick<Runtime, 'charter'>,
  provider: ConnectionDraft['provider'],
  auth: Parameters<Runtime['charter']['connection']>[1],
): void {
  const verdict = charter.connection(charterNameOf(provider), auth);
  if (!verdict.allowed) throw new Problem(vaultProblems.providerRefused, { detail: verdict.reason });
}

/** Nothing proves a connection that asks for no proof. */
export const noProof: Proof = new Secret({});
