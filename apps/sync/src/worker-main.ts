import { parseArgs } from 'node:util';
import { loadRegionConfig, SecretsDirectory } from '@millrace/service';
import { startSyncWorker } from './worker/start-sync-worker.js';

const { values } = parseArgs({
  options: { config: { type: 'string' }, concurrency: { type: 'string', default: '2' } },
});
if (!values.config) throw new Error('Say which region: --config <region.yaml>');
const config = loadRegionConfig(values.config);
const worker = await startSyncWorker({
  config,
  secrets: new SecretsDirectory(config.secrets),
  concurrency: Number(values.concurrency),
});

const stop = () => void worker.stop().then(() => process.exit(0));
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
process.send?.('ready');
