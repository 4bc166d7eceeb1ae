import { parseArgs } from 'node:util';
import type { StartOptions } from './join-region.js';
import { loadRegionConfig } from './region-config.js';
import { SecretsDirectory } from './secrets-directory.js';

/**
 * The life of a process that is one party of a region: reads `--config region.yaml`, starts, and stops in good order
 * when it is told to (SIGTERM, SIGINT) or when the program that started it is gone.
 */
export async function runProcess(start: (options: StartOptions) => Promise<{ stop(): Promise<void> }>): Promise<void> {
  const { config: file } = parseArgs({ options: { config: { type: 'string', default: 'region.yaml' } } }).values;
  const config = loadRegionConfig(file);
  const party = await start({ config, secrets: new SecretsDirectory(config.secrets) });
  const stop = () => void party.stop().then(() => process.exit(0));
  process.on('SIGTERM', stop).on('SIGINT', stop);
  // Started by a program with a channel to us: when that program is gone, nobody else would stop this one.
  process.once('disconnect', stop);
  process.channel?.unref();
}
