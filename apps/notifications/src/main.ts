/** Runs notifications as a process of its own: `node main.js --config region.yaml`. It stops in good order when it is told to. */
import { parseArgs } from 'node:util';
import { loadRegionConfig, SecretsDirectory, startService } from '@millrace/service';
import { definition } from './index.js';

const { config: file } = parseArgs({ options: { config: { type: 'string', default: 'region.yaml' } } }).values;
const config = loadRegionConfig(file);
const service = await startService(definition, { config, secrets: new SecretsDirectory(config.secrets) });
const stop = () => void service.stop().then(() => process.exit(0));
process.on('SIGTERM', stop).on('SIGINT', stop);
// Started by a program with a channel to us: when that program is gone, nobody else would stop this one.
process.once('disconnect', stop);
process.channel?.unref();
