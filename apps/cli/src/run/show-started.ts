import type { Run } from '@millrace/contracts';
import type { ApiCommand } from '../api/api-command.js';
import { CheckFailed } from '../terminal/failure.js';
import { grouped, type Terminal } from '../terminal/terminal.js';
import { followRun } from './follow-run.js';
import { ProgressBar, rowsPerSecond } from './progress-bar.js';

/**
 * Shows a run that has been started, to its end if that is asked for.
 * @throws CheckFailed when it was followed and did not succeed
 */
export async function showStarted(
  { client, console }: ApiCommand,
  started: Run,
  options: { readonly follow?: boolean },
): Promise<void> {
  const { terminal } = console;
  if (!options.follow) {
    terminal.tick(`run ${started.runId} is ${started.state}`);
    return console.result(started);
  }
  const bar = new ProgressBar(terminal);
  const run = await followRun(client, started.runId, (progress) => bar.show(progress));
  bar.end(run);
  showRun(terminal, run);
  console.result(run);
  if (run.state !== 'succeeded') throw new CheckFailed('The run did not succeed');
}

export function showRun(terminal: Terminal, run: Run): void {
  const { counts, failure } = run;
  terminal.mark(
    run.state === 'succeeded' ? 'tick' : run.state === 'failed' ? 'cross' : 'dot',
    `${run.pipeline}: the run is ${run.state}`,
    failure && `${failure.detail} (${failure.code})`,
  );
  terminal.fact('run', run.runId);
  for (const { stream } of run.streams.filter(({ needsApproval }) => needsApproval))
    terminal.mark('warn', `${stream} waits: it would go over the budget`, `millrace runs approve ${run.runId}`);
  terminal.fact('read / written', `${grouped(counts.read)} / ${grouped(counts.written)}`);
  terminal.fact('new / changed / same', [counts.inserted, counts.updated, counts.unchanged].map(grouped).join(' / '));
  terminal.fact('rejected', grouped(counts.rejected));
  const rate = rowsPerSecond(run);
  if (rate > 0) terminal.fact('rate', `${grouped(rate)} rows/s`);
}
