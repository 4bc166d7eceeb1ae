import { existsSync } from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type AuditPage, checkPage, type PageVerdict } from '@millrace/ledger';

/** Checks pages of the ledger: on this thread, or on one of its own. */
export interface PageChecker {
  check(page: AuditPage): Promise<PageVerdict>;
  stop(): Promise<void>;
}

/** Each has a connection of its own that reads for it. */
const MAX_THREADS = 2;
const PROGRAM = fileURLToPath(new URL('./page-worker.js', import.meta.url));

/** One for each core, so that an audit leaves the service’s own thread to whoever else asks something of it. */
export function startPageCheckers(): PageChecker[] {
  const threads = Math.min(os.availableParallelism(), MAX_THREADS);
  // A thread starts from a file that has been built; straight from the sources everything runs on this thread.
  return Array.from({ length: threads }, () => (existsSync(PROGRAM) ? onThread() : onThisThread()));
}

function onThisThread(): PageChecker {
  return { check: async (page) => checkPage(page), stop: async () => undefined };
}

/** Answers come in the order of the pages; a thread that dies fails whoever waits for it. */
function onThread(): PageChecker {
  const worker = new Worker(PROGRAM, { name: 'ledger-audit' });
  const waiting: PromiseWithResolvers<PageVerdict>[] = [];
  worker.on('message', (verdict: PageVerdict) => waiting.shift()?.resolve(verdict));
  worker.on('error', (error) => waiting.splice(0).forEach((one) => one.reject(error)));
  worker.on('exit', () => waiting.splice(0).forEach((one) => one.reject(new Error('The audit was stopped'))));
  return {
    check(page) {
      const answer = Promise.withResolvers<PageVerdict>();
      waiting.push(answer);
      // Handed over rather than copied: nobody else looks at them.
      const { leaves, personal, hashes } = page;
      worker.postMessage(
        page,
        [leaves, personal, hashes].map(({ buffer }) => buffer as ArrayBuffer),
      );
      return answer.promise;
    },
    stop: async () => void (await worker.terminate()),
  };
}
