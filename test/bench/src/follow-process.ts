import { boundMemory } from '../../../apps/sync/dist/engine/move/bound-memory.js';
import type { FollowTask } from './follower.js';

// As a worker does: before anything else is loaded.
boundMemory();
const { follow } = await import('./follower.js');
await follow(JSON.parse(process.argv[2]!) as FollowTask);
