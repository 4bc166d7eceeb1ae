import { generateLeaseKeyPair } from '@millrace/crypto';
import { type RunningWorker, type StartOptions, startWorker } from '@millrace/service';
import { WorkerModule } from './worker.module.js';

export interface WorkerOptions extends StartOptions {
  /** Partitions that this worker moves at once. Default 4: while one waits for its systems, another works. */
  readonly concurrency?: number;
}

/** Starts a worker: it moves partitions and looks at connections, owns no database and keeps nothing. */
export async function startSyncWorker({ concurrency = 4, ...options }: WorkerOptions): Promise<RunningWorker> {
  return startWorker('sync-worker', WorkerModule.of(await generateLeaseKeyPair(), concurrency), options);
}
