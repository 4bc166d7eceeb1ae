import { kernelProblems } from '@millrace/contracts';
import { backoff, delay, Problem, stopwatch } from '@millrace/kernel';

/** A restart of sync, its database or the broker takes seconds; a minute later the partition is given up and goes to another. */
const GIVE_UP_AFTER_MS = 60_000;

/** A call that was on its way while the clock jumped carries a token of another time; the next is signed anew. */
const AWAY: readonly string[] = [kernelProblems.unavailable.code, kernelProblems.notSignedIn.code];

/** Sends a report again while nobody answers, so that a restart elsewhere does not cost the work of a batch. */
export async function persistently<T>(send: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const elapsed = stopwatch();
  for (let attempt = 1; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      const isAway = error instanceof Problem ? AWAY.includes(error.code) : isDisconnected(error);
      if (!isAway || elapsed() > GIVE_UP_AFTER_MS) throw error;
      await delay(backoff(attempt, 100, 2_000) + 50, signal);
    }
  }
}

/** The client's own errors while the broker is away. */
function isDisconnected(error: unknown): boolean {
  const code = (error as { code?: string } | undefined)?.code ?? '';
  return ['DISCONNECT', 'CONNECTION_CLOSED', 'TIMEOUT', '503'].includes(code);
}
