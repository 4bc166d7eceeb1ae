/** Runs a worker as a process of its own: `node worker-main.js --config region.yaml`. */
import { boundMemory } from './engine/move/bound-memory.js';

// Before anything else is loaded: a heap that has grown is not bounded any more.
boundMemory();
const { runProcess } = await import('@millrace/service');
const { startSyncWorker } = await import('./worker/start-sync-worker.js');

await runProcess(startSyncWorker);
