import { Initial1763800000000 } from './initial.js';

/** In the order in which they are applied. */
export const migrations = [Initial1763800000000];
