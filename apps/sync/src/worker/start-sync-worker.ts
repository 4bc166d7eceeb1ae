import { generateLeaseKeyPair } from '@millrace/crypto';
import { type RunningWorker, Runtime, type StartOptions, startWorker, wire } from '@millrace/service';
import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { InspectOperations } from './inspect.operations.js';
import { MovePartition } from './move-claimed-partition.js';
import { SystemSessions } from './system-sessions.js';
import { WorkLoop } from './work-loop.js';

export interface WorkerOptions extends StartOptions {
  /** Partitions that this worker moves at once. Default 2. */
  readonly concurrency?: number;
}

/** Starts a worker: it moves partitions and looks at connections, owns no database and keeps nothing. */
export async function startSyncWorker({ concurrency = 2, ...options }: WorkerOptions): Promise<RunningWorker> {
  const workerKey = await generateLeaseKeyPair();
  let loop: WorkLoop | undefined;

  @Module({
    controllers: [InspectOperations],
    providers: [
      {
        provide: SystemSessions,
        inject: [Runtime],
        useFactory: (runtime: Runtime) => new SystemSessions(runtime, workerKey),
      },
      wire(MovePartition, Runtime, SystemSessions),
    ],
  })
  class WorkerModule implements OnApplicationBootstrap {
    constructor(
      private readonly runtime: Runtime,
      private readonly mover: MovePartition,
    ) {}

    onApplicationBootstrap(): void {
      loop = new WorkLoop({ runtime: this.runtime, mover: this.mover, concurrency });
      loop.start();
    }
  }

  return startWorker('sync-worker', WorkerModule, options, async () => loop?.stop());
}
