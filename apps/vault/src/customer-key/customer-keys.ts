import type { CustomerKeyPlace } from '@millrace/contracts';
import { type KeyProvider, openEnvelope, organizationKeyName, type SecondHolders } from '@millrace/crypto';
import type { Database, Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import type { Runtime } from '@millrace/service';
import { envelopeContext } from '../organization/envelope-context.js';
import { organizationOf } from '../organization/organization-of-key.js';
import type { ProviderGuard } from '../provider/provider-guard.js';
import { CustomerEngine, type CustomerRole } from './customer-engine.js';
import { customerKeys } from './customer-key.table.js';

export type CustomerKeyRow = Row<typeof customerKeys>;

/**
 * How long what is known of an organization's second holder may be old. Whatever was wrapped meanwhile is found by the
 * last pass of the rotation, which begins ten seconds after the change.
 */
const KNOWN_MS = 1_000;
/** Organizations that are remembered; beyond, the one that was asked about first is asked about again. */
const MAX_KNOWN = 10_000;

interface Known {
  readonly at: number;
  readonly found: Promise<{ readonly row: CustomerKeyRow; readonly engine: CustomerEngine } | undefined>;
}

/** The engines of customers who keep a part of their organization's key. */
export class CustomerKeys implements SecondHolders {
  private readonly known = new Map<string, Known>();
  /** By row and the moment when it was set, since an engine keeps its token and its role may change. */
  private readonly engines = new Map<string, Promise<CustomerEngine>>();

  constructor(
    private readonly runtime: Pick<Runtime, 'clock'>,
    private readonly database: Database,
    private readonly guard: ProviderGuard,
    private readonly region: KeyProvider,
  ) {}

  async toWrapWith(keyName: string): Promise<CustomerEngine | undefined> {
    const found = await this.find(keyName);
    return found?.row.isJoined ? found.engine : undefined;
  }

  async toUnwrapWith(keyName: string): Promise<CustomerEngine | undefined> {
    return (await this.find(keyName))?.engine;
  }

  /** Whether the organization's engine does what it should, asked now. */
  async works(orgId: string): Promise<boolean> {
    const engine = await this.toUnwrapWith(organizationKeyName(orgId));
    return (
      engine !== undefined &&
      engine.check().then(
        () => true,
        () => false,
      )
    );
  }

  /** One that nobody relies on yet. */
  candidate(keyId: string, place: CustomerKeyPlace, role: CustomerRole): CustomerEngine {
    return new CustomerEngine(keyId, place, role, this.guard, this.runtime.clock);
  }

  /** The engine of a row. */
  engineOf(row: CustomerKeyRow): Promise<CustomerEngine> {
    const name = `${row.id}/${row.setAt.getTime()}`;
    const kept = this.engines.get(name);
    if (kept) return kept;
    const engine = this.open(row);
    this.engines.set(name, engine);
    drop(this.engines);
    engine.catch(() => this.engines.delete(name));
    return engine;
  }

  private find(keyName: string): Known['found'] {
    const orgId = organizationOf(keyName);
    if (!orgId) return Promise.resolve(undefined);
    const now = this.runtime.clock.now().getTime();
    const known = this.known.get(orgId);
    if (known && Math.abs(now - known.at) <= KNOWN_MS) return known.found;
    const found = this.lookUp(orgId);
    this.known.delete(orgId);
    this.known.set(orgId, { at: now, found });
    drop(this.known);
    found.catch(() => this.known.delete(orgId));
    return found;
  }

  private async lookUp(orgId: string): Known['found'] {
    const row = await this.database.region({ kind: 'service' }, (tx) => customerKeyOf(tx, orgId));
    return row ? { row, engine: await this.engineOf(row) } : undefined;
  }

  private async open(row: CustomerKeyRow): Promise<CustomerEngine> {
    const context = envelopeContext(customerKeys, 'role', row);
    const keyName = organizationKeyName(row.orgId);
    const opened = await openEnvelope(this.region, { keyName, context, envelope: row.role });
    try {
      return this.candidate(row.id, placeOf(row), JSON.parse(opened.toString('utf8')) as CustomerRole);
    } finally {
      opened.fill(0);
    }
  }
}

export function customerKeyOf(tx: Tx, orgId: string): Promise<CustomerKeyRow | null> {
  return tx.table(customerKeys).findOneBy({ orgId });
}

/** Where a customer's engine is, as the API says it. */
export function placeOf(row: Omit<CustomerKeyPlace, 'namespace' | 'certificates'> & Nullable): CustomerKeyPlace {
  const { address, mount, namespace, keyName, loginMount, certificates } = row;
  return {
    address,
    mount,
    keyName,
    loginMount,
    ...(namespace === null ? {} : { namespace }),
    ...(certificates === null ? {} : { certificates }),
  };
}

type Nullable = Pick<CustomerKeyRow, 'namespace' | 'certificates'>;

function drop(map: Map<string, unknown>): void {
  if (map.size > MAX_KNOWN) map.delete(map.keys().next().value!);
}
