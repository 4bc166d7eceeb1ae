import { connectionRevoked, type EventData, organizationClosed, vaultProblems } from '@millrace/contracts';
import { type HeardEvent, Hears } from '@millrace/messaging';
import { Runtime } from '@millrace/service';
import { Controller } from '@nestjs/common';
import { markRemoved } from '../metric/forget-results.js';
import { OrganizationSealers } from '../partition/organization-sealers.js';
import { announce } from '../run/announce.js';
import { endRun, lockRun } from '../run/end-run.js';

/** Runs that use a revoked connection end at once; workers are refused with their next report. */
@Controller()
export class OnConnectionRevoked {
  constructor(
    private readonly runtime: Runtime,
    private readonly sealers: OrganizationSealers,
  ) {}

  @Hears(connectionRevoked)
  async revoked({ connectionId }: EventData<typeof connectionRevoked>, { tx }: HeardEvent) {
    await markRemoved(tx, connectionId, this.runtime.clock.now());
    const active = await tx.query<{ id: string }>(
      'select id from run where ended_at is null and (source_connection_id = $1 or target_connection_id = $1)',
      [connectionId],
    );
    const { code, title } = vaultProblems.connectionRevoked;
    for (const { id } of active) {
      const run = await lockRun(tx, id);
      if (!run || run.endedAt) continue;
      const ended = await endRun(tx, run, { state: 'failed', failure: { code, detail: title } }, this.runtime.clock);
      announce(this.runtime, ended.run, ended.parts);
    }
    // After the runs: whoever asks for a query holds its run first.
    await tx.query('delete from connection_budget where connection_id = $1', [connectionId]);
  }

  @Hears(organizationClosed)
  async closed({ orgId }: EventData<typeof organizationClosed>, { tx }: HeardEvent) {
    this.sealers.forget(orgId);
    await tx.query('delete from pipeline where org_id = $1', [orgId]);
    await tx.query('delete from run where org_id = $1', [orgId]);
    for (const table of ['feed', 'connection_budget', 'query_estimate'])
      await tx.query(`delete from ${table} where org_id = $1`, [orgId]);
    await tx.query('delete from work_pause where org_id = $1', [orgId]);
  }
}
