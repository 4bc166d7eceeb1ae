import type { LeaseKeyPair } from '@millrace/crypto';
import { Runtime, wire } from '@millrace/service';
import { type DynamicModule, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { InspectOperations } from './inspect.operations.js';
import { MovePartition } from './move-claimed-partition.js';
import { SystemSessions } from './system-sessions.js';
import { WorkLoop } from './work-loop.js';

@Module({})
export class WorkerModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly loop: WorkLoop,
    private readonly sessions: SystemSessions,
  ) {}

  /** What a worker is made of; `workerKey` is the pair that credentials are leased to for as long as the process lives. */
  static of(workerKey: LeaseKeyPair, concurrency: number): DynamicModule {
    return {
      module: WorkerModule,
      controllers: [InspectOperations],
      providers: [
        {
          provide: SystemSessions,
          inject: [Runtime],
          useFactory: (runtime: Runtime) => new SystemSessions(runtime, workerKey),
        },
        wire(MovePartition, Runtime, SystemSessions),
        {
          provide: WorkLoop,
          inject: [Runtime, MovePartition],
          useFactory: (runtime: Runtime, mover: MovePartition) => new WorkLoop({ runtime, mover, concurrency }),
        },
      ],
    };
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  /** What is being moved stops at its last checkpoint and goes back to the queue. */
  async onApplicationShutdown(): Promise<void> {
    await this.loop.stop();
    this.sessions.close();
  }
}
