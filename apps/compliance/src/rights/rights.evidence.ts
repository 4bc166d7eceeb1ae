import type { EvidenceReader } from '@millrace/service';

/** Erasures that are open, done, past their target, or done without a certificate. */
export const erasureDeadline: EvidenceReader = async ({ tx, runtime }) => {
  const [row] = await tx.query(
    `select count(*) filter (where state <> 'done')::int as open, count(*) filter (where state = 'done')::int as completed,
       count(*) filter (where state <> 'done' and target_at < $1)::int as overdue,
       count(*) filter (where state = 'done' and certificate is null)::int as "withoutCertificate"
     from rights_case where type = 'erasure'`,
    [runtime.clock.now()],
  );
  return { ...row };
};
