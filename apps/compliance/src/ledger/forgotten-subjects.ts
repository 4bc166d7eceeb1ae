import { createFieldHasher, deriveKey } from '@millrace/crypto';
import type { Secret } from '@millrace/kernel';
import type { Tx } from '@millrace/persistence';
import type { Runtime } from '@millrace/service';
import type { PersonalField } from './leaf-of-entry.js';

/** The erasure list: whose personal fields the ledger must not store any more, known by keyed hashes only. */
export class ForgottenSubjects {
  private readonly hash: (userId: string) => Buffer;

  constructor(regionKey: Secret<Buffer>) {
    const hasher = createFieldHasher(deriveKey(regionKey.reveal(), 'ledger/forgotten-subject'));
    this.hash = (userId) => Buffer.from(hasher(userId) as string, 'hex');
  }

  /** The list of a region, under the region's key. */
  static async of({ secrets }: Runtime): Promise<ForgottenSubjects> {
    return new ForgottenSubjects(await secrets.regionKey('lookup'));
  }

  /** Puts people on the list; what the ledger holds about them is deleted by the caller. */
  async add(tx: Tx, userIds: readonly string[], since: Date): Promise<void> {
    await tx.query(
      'insert into forgotten_subject (subject_hash, since) select hash, $2 from unnest($1::bytea[]) as one(hash) on conflict do nothing',
      [userIds.map(this.hash), since],
    );
  }

  /** Those of some people who are on the list. */
  async among(tx: Tx, userIds: readonly string[]): Promise<Set<string>> {
    const hashes = new Map(userIds.map((id) => [this.hash(id).toString('hex'), id]));
    const rows = await tx.query<{ hash: string }>(
      `select encode(subject_hash, 'hex') as hash from forgotten_subject where subject_hash = any($1::bytea[])`,
      [[...hashes.keys()].map((hex) => Buffer.from(hex, 'hex'))],
    );
    return new Set(rows.map((row) => hashes.get(row.hash)!));
  }

  /** The fields that may be stored: those about nobody on the list. */
  async without<F extends PersonalField>(tx: Tx, fields: readonly F[]): Promise<readonly F[]> {
    const people = [...new Set(fields.flatMap((field) => field.subjectId ?? []))];
    if (people.length === 0) return fields;
    const forgotten = await this.among(tx, people);
    return forgotten.size ? fields.filter((field) => !field.subjectId || !forgotten.has(field.subjectId)) : fields;
  }
}
