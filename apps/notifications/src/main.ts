/** Runs notifications as a process of its own: `node main.js --config region.yaml`. */
import { runProcess, startService } from '@millrace/service';
import { definition } from './index.js';

await runProcess((options) => startService(definition, options));
