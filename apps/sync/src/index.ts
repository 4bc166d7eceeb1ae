import type { ServiceDefinition } from '@millrace/service';
import { migrations } from './migrations/index.js';
import { evidence } from './sync.evidence.js';
import { SyncModule } from './sync.module.js';
import { tables } from './tables.js';

/** Pipelines, runs and the partitions that workers move. */
export const definition: ServiceDefinition = { name: 'sync', tables, migrations, module: SyncModule, evidence };
export { startSyncWorker, type WorkerOptions } from './worker/start-sync-worker.js';
