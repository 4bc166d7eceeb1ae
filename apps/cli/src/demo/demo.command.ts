import type { Command } from 'commander';
import { DEFAULT_CHARTER, DEFAULT_REGION, shippedCharters } from '../region/charters.js';
import { countUpTo } from '../terminal/arguments.js';
import type { DemoOptions } from './demo.js';

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('start everything and show the main job, with real data, in front of your eyes')
    .option('--charter <name>', `the charter to sign up under: ${shippedCharters().join(', ')}`, DEFAULT_CHARTER)
    .option('--region <name>', 'the name of the region', DEFAULT_REGION)
    .option('--workers <count>', 'how many worker processes move records', countUpTo(64), 1)
    .option('--directory <path>', 'where the region keeps everything (default: .millrace/<charter>)')
    .option('--exit', 'end after the last step, with status 0 only if everything that was shown held')
    .option('--json', 'print one JSON document at the end')
    .action(async (options: DemoOptions) => (await import('./demo.js')).demo(options));
}
