/** Runs a worker as a process of its own: `node worker-main.js --config region.yaml [--concurrency 2]`. */
import { parseArgs } from 'node:util';
import { boundMemory } from './engine/move/bound-memory.js';

// Before anything else is loaded: a heap that has grown is not bounded any more.
boundMemory();
const { loadRegionConfig, SecretsDirectory } = await import('@millrace/service');
const { startSyncWorker } = await import('./worker/start-sync-worker.js');

const { values } = parseArgs({
  options: { config: { type: 'string', default: 'region.yaml' }, concurrency: { type: 'string', default: '2' } },
});
const config = loadRegionConfig(values.config);
const worker = await startSyncWorker({
  config,
  secrets: new SecretsDirectory(config.secrets),
  concurrency: Number(values.concurrency),
});
const stop = () => void worker.stop().then(() => process.exit(0));
process.on('SIGTERM', stop).on('SIGINT', stop);
// Started by a program with a channel to us: when that program is gone, nobody else would stop this one.
process.once('disconnect', stop);
process.channel?.unref();
