import { EgressGuard, type EgressRecord } from '@millrace/egress';
import {
  type ConfigOf,
  leaseCredential,
  leaseInfo,
  LeasedCredential,
  type Provider,
  readLeaseGrant,
  recordEgress,
  kernelProblems,
  vaultProblems,
} from '@millrace/contracts';
import { fromBase64url, type LeaseKeyPair, openSealed } from '@millrace/crypto';
import { ConnectorError, type Session, type SessionContext } from '@millrace/connector-sdk';
import { Problem, Secret } from '@millrace/kernel';
import type { Runtime } from '@millrace/service';
import { type Connectors, connectors } from './connectors.js';
import { IdleConnections } from './idle-connections.js';
import { organizationFiles } from './organization-files.js';

/** A session with a customer's system, and the organization's key for hashing fields. */
export interface OpenSystem {
  readonly session: Session;
  readonly fieldKey: Secret<Buffer>;
}

/** Purpose and data of every call to a customer's system: the records that the customer selected, in transit. */
const PURPOSE = 'sync';
const CATEGORIES = ['records-in-transit'] as const;

/** Opens sessions with customers' systems: a leased credential, through the egress guard, for as long as the work takes. */
export class SystemSessions {
  private readonly idle = new IdleConnections();

  constructor(
    private readonly runtime: Runtime,
    readonly workerKey: LeaseKeyPair,
  ) {}

  /** @throws Problem of the vault when the lease is refused; ConnectorError when the system cannot be reached */
  async open(grant: string, applicationName: string, signal: AbortSignal): Promise<OpenSystem> {
    const claims = readLeaseGrant(grant);
    const lease = await this.runtime.client.call(
      leaseCredential,
      { grant, workerKey: this.workerKey.publicKey },
      { kind: 'service', name: 'sync-worker' },
    );
    const plaintext = await openSealed(this.workerKey, fromBase64url(lease.sealed)!, leaseInfo(claims));
    const { fieldKey, ...proof } = LeasedCredential.parse(JSON.parse(plaintext.toString('utf8')));
    const { orgId, connectionId } = claims;
    const shelf = this.idle.shelfOf({ orgId, connectionId, config: lease.config, credential: plaintext });
    plaintext.fill(0);
    const files = await organizationFiles(this.runtime.config.files, orgId, lease.config);
    const context = { applicationName, signal, dial: this.dialFor(orgId, connectionId), files, shelf };
    const session = await openSession(lease, proof, context);
    return { session, fieldKey: new Secret(Buffer.from(fieldKey, 'base64url')) };
  }

  /** Nothing stays open behind the last session. */
  close(): void {
    this.idle.close();
  }

  private dialFor(orgId: string, connectionId: string) {
    const guard = this.guardFor(orgId);
    return ({ host, port }: { host: string; port: number }, signal: AbortSignal) => {
      const recipient = { kind: 'customer-connection', id: connectionId } as const;
      return guard.dial({ purpose: PURPOSE, categories: CATEGORIES, recipient, host, port }, { signal });
    };
  }

  /** Every decision is kept by sync before a byte leaves; when it cannot be kept, nothing leaves. */
  private guardFor(orgId: string): EgressGuard {
    const { config, clock, client } = this.runtime;
    const record = async (entry: EgressRecord) => {
      const { id, at, allowed, code, purpose, categories, recipientKind, recipientId, scope } = entry;
      const kept = { id, at, allowed, code, purpose, categories: [...categories], recipientKind, recipientId, scope };
      await client.call(recordEgress, { orgId, entry: kept }, { kind: 'service', name: 'sync-worker' });
    };
    return new EgressGuard({
      region: config.region,
      privateCidrs: config.egress.privateCidrs,
      clock,
      record,
      rules: {
        purposes: { [PURPOSE]: {} },
        subProcessor: () => undefined,
        customerConnection: { purposes: [PURPOSE], ceiling: CATEGORIES },
      },
    });
  }
}

/** One provider's settings go to that provider's connector: both come from one line of the contracts. */
async function openSession<P extends Provider>(
  { provider, config }: { readonly provider: P; readonly config: ConfigOf<P> },
  proof: Omit<LeasedCredential, 'fieldKey'>,
  context: SessionContext,
): Promise<Session> {
  const open: Connectors[P] = (connectors as Connectors)[provider];
  if (!open) throw new ConnectorError('no-connector');
  return open(config, proof, context);
}

/** Whether an error of opening a session or of the vault may pass by itself. */
export function isPassing(error: unknown): boolean {
  if (error instanceof ConnectorError) return error.retryable;
  // A worker signs its calls itself: only a clock that jumped meanwhile makes one of them void.
  const passing: readonly string[] = [vaultProblems.leaseRefused.code, kernelProblems.notSignedIn.code];
  return error instanceof Problem && (error.status >= 500 || passing.includes(error.code));
}
