import type { SqlRunner } from '@millrace/privacy';

/** To whom calls were allowed with which categories of data; systems that customers connected count as one recipient. */
export async function recipientsReached(tx: SqlRunner) {
  const reached = await tx.query<{ kind: string; recipient: string | null; categories: string[]; calls: number }>(
    `select recipient_kind as kind, case recipient_kind when 'customer-connection' then null else recipient_id end as recipient,
       categories, count(*)::int as calls
     from egress_log where allowed group by 1, 2, 3 order by 1, 2`,
  );
  return { reached };
}
