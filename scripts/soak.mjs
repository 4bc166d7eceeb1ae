/**
 * `npm run soak -- [minutes] [--seed=number]`: the tests of chance in their long form. For `minutes` (default 10) workers of
 * a whole region are killed and held up while a source goes on changing; for half as long again the engine's property
 * tests draw other inputs, over and over. Both follow one seed, which is printed, so that what was found is found again.
 */
import { randomInt } from 'node:crypto';
import path from 'node:path';
import { JEST, nodeProgram, root, run } from './runtime.mjs';

const DEFAULT_MINUTES = 10;
/** Jest takes a seed of 32 bits with its sign. */
const MAX_SEED = 2 ** 31 - 1;

const CHAOS = ['test/chaos/killed-workers'];
const PROPERTIES = [
  'apps/sync/src/engine/move/move-property',
  'apps/sync/src/engine/move/incremental',
  'apps/sync/src/engine/move/remove-deleted',
  'apps/sync/src/engine/follow/follow-property',
  'apps/sync/src/engine/mapping',
  'libs/connectors/postgres/src/garbage',
  'libs/connector-sdk/src/cell',
  'libs/connector-sdk/src/json',
];

const given = process.argv.slice(2);
const minutes = Number(given.find((argument) => !argument.startsWith('--')) ?? DEFAULT_MINUTES);
const seed = Number(
  given.find((argument) => argument.startsWith('--seed='))?.slice('--seed='.length) ?? randomInt(MAX_SEED),
);
if (!(minutes > 0) || !Number.isInteger(seed)) {
  console.error('usage: npm run soak -- [minutes] [--seed=whole number]');
  process.exit(1);
}
process.exitCode = await soak();

async function soak() {
  console.log(
    `Soaking for ${minutes} minutes with seed ${seed}; again with: npm run soak -- ${minutes} --seed=${seed}`,
  );
  const build = await run(nodeProgram(), [path.join(root, 'node_modules/typescript/bin/tsc'), '-b']);
  if (build !== 0) return build;
  const chaos = await jest(seed, CHAOS, { MILLRACE_SOAK_MINUTES: String(minutes) });
  return chaos === 0 ? properties() : chaos;
}

async function properties() {
  const end = performance.now() + minutes * 30_000;
  for (let drawn = seed; ; drawn = (drawn + 1) % MAX_SEED) {
    console.log(`Property tests with seed ${drawn}`);
    const code = await jest(drawn, PROPERTIES);
    if (code !== 0 || performance.now() > end) return code;
  }
}

function jest(number, paths, env = {}) {
  const args = [...JEST, `--seed=${number}`, '--runInBand', ...paths];
  return run(nodeProgram(), args, { env: { ...process.env, ...env } });
}
