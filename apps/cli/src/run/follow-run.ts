import { type Run, type runStates, watchRun } from '@millrace/contracts';
import { delay, Problem, stopwatch } from '@millrace/kernel';
import type { ApiClient } from '../api/api-client.js';

const FINAL: readonly (typeof runStates)[number][] = ['succeeded', 'failed', 'cancelled'];
/** How long the region may be out of reach while a run is followed; a restart of a part takes a few seconds. */
const MAX_SILENCE_MS = 60_000;
const RETRY_MS = 500;
/** Failures that pass: the edge or a service is being restarted. */
const PASSING: readonly string[] = ['cli.not-reachable', 'kernel.unavailable', 'kernel.internal'];

/** Follows a run live until it has ended, and gives its end. A line that breaks is taken up again. */
export async function followRun(
  client: ApiClient,
  runId: string,
  onProgress: (run: Run) => void,
  signal?: AbortSignal,
): Promise<Run> {
  let sinceHeard = stopwatch();
  for (;;) {
    try {
      for await (const run of client.watch(watchRun, { runId })) {
        sinceHeard = stopwatch();
        signal?.throwIfAborted();
        onProgress(run);
        if (FINAL.includes(run.state)) return run;
      }
    } catch (error) {
      const isPassing = !(error instanceof Problem) || PASSING.includes(error.code);
      if (!isPassing || sinceHeard() > MAX_SILENCE_MS) throw error;
    }
    await delay(RETRY_MS, signal);
  }
}
