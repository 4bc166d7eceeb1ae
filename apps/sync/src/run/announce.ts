import { liveSubject } from '@millrace/contracts';
import type { Runtime } from '@millrace/service';
import { briefRun, type PartitionRow, type RunRow, viewRun } from './run-view.js';

/** Tells whoever watches a run what has become of it. Called after the commit; nobody's work depends on its arrival. */
export function announce({ connection, log }: Runtime, run: RunRow, parts: readonly PartitionRow[]): void {
  try {
    connection.publish(
      liveSubject(run.orgId, 'run', run.id),
      new TextEncoder().encode(JSON.stringify(briefRun(viewRun(run, parts)))),
    );
  } catch {
    log.debug('progress was not announced', { runId: run.id });
  }
}
