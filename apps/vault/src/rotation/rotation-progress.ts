import type { KeyRotation } from '@millrace/contracts';
import type { Tx } from '@millrace/persistence';

/** How far a rotation is, over all organizations that it concerns. */
export async function progressOf(tx: Tx, rotationId: string): Promise<KeyRotation> {
  const [row] = await tx.query<Omit<KeyRotation, 'rotationId'>>(
    `select count(*)::int as organizations, (count(*) filter (where ended_at is not null))::int as ended,
       (count(*) filter (where state = 'incomplete'))::int as incomplete,
       coalesce(sum(envelopes), 0)::int as envelopes, coalesce(sum(rewrapped), 0)::int as rewrapped,
       coalesce(sum(unreadable), 0)::int as unreadable
       from key_rotation where rotation_id = $1`,
    [rotationId],
  );
  return { rotationId, ...row! };
}
