import { boundMemory } from '../../../apps/sync/dist/engine/move/bound-memory.js';
import type { MoverTask } from './mover.js';

// As a worker does: before anything else is loaded.
boundMemory();
const { move } = await import('./mover.js');
process.stdout.write(`${JSON.stringify(await move(JSON.parse(process.argv[2]!) as MoverTask))}\n`);
