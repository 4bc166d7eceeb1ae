import {
  type Input,
  type Output,
  partitionStateContext,
  positionStateContext,
  type resealState,
} from '@millrace/contracts';
import { isCryptoError, type SealContext, type Sealer } from '@millrace/crypto';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import { type OrganizationSealers } from './organization-sealers.js';

/** Keys of partitions and positions that are sealed anew between two transactions. */
const BATCH = 500;

interface SealedKey {
  readonly id: string;
  /** Whose key it is: a partition that was split off another has the key of that one. */
  readonly owner: string;
  readonly sealed: Buffer;
}

/** Where something is sealed with the organization's data key; all other state is sealed with one of these keys. */
const places = [
  { table: 'partition', owner: 'coalesce(key_of, id)', contextOf: partitionStateContext },
  { table: 'stream_position', owner: 'id', contextOf: positionStateContext },
] as const;

/** Seals what lies under an older data key with the newest, batch by batch, while runs go on. Safe to repeat. */
export class ResealState {
  constructor(private readonly sealers: OrganizationSealers) {}

  async execute({ orgId }: Input<typeof resealState>, call: Call): Promise<Output<typeof resealState>> {
    this.sealers.forget(orgId);
    const sealer = await this.sealers.of(orgId);
    const total = { resealed: 0, unreadable: 0 };
    for (const place of places) {
      for (let after: string | null = null; ;) {
        const from: string | null = after;
        const rows: SealedKey[] = await call.tx((tx) => read(tx, place, orgId, from), { orgId });
        const outcomes = rows.map((row) => ({ ...row, anew: resealed(sealer, row, place.contextOf(row.owner)) }));
        const changed = outcomes.flatMap(({ anew, ...row }) => (anew instanceof Buffer ? [{ ...row, anew }] : []));
        if (changed.length > 0) await call.tx((tx) => replace(tx, place.table, changed), { orgId });
        total.resealed += changed.length;
        total.unreadable += outcomes.filter(({ anew }) => anew === 'unreadable').length;
        if (rows.length < BATCH) break;
        after = rows.at(-1)!.id;
      }
    }
    return total;
  }
}

function resealed(sealer: Sealer, { sealed }: SealedKey, context: SealContext): Buffer | 'unreadable' | undefined {
  try {
    return sealer.reseal(sealed, context);
  } catch (error) {
    if (!isCryptoError(error)) throw error;
    return 'unreadable';
  }
}

function read(tx: Tx, { table, owner }: (typeof places)[number], orgId: string, after: string | null) {
  return tx.query<SealedKey>(
    `select id, ${owner} as owner, sealed_key as sealed from ${table}
      where org_id = $1 and sealed_key is not null and ($2::uuid is null or id > $2) order by id limit $3`,
    [orgId, after, BATCH],
  );
}

/** A key that was dropped or replaced meanwhile stays as it is. */
async function replace(tx: Tx, table: string, changed: readonly (SealedKey & { readonly anew: Buffer })[]) {
  await tx.query(
    `update ${table} set sealed_key = one.anew from unnest($1::uuid[], $2::bytea[], $3::bytea[]) as one (id, before, anew)
      where ${table}.id = one.id and ${table}.sealed_key = one.before`,
    [changed.map(({ id }) => id), changed.map(({ sealed }) => sealed), changed.map(({ anew }) => anew)],
  );
}
