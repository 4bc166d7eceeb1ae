/**
 * `fast-check` as tests import it: its random inputs follow jest's seed (`--seed`), so that a run can be repeated and a
 * build that passed passes again. `npm test` names a fixed seed; the long runs of `make soak` draw one.
 */
import { jest } from '@jest/globals';
import fc from '../../node_modules/fast-check/lib/fast-check.js';

fc.configureGlobal({ seed: jest.getSeed() });

export default fc;
export * from '../../node_modules/fast-check/lib/fast-check.js';
