/** `npm run check`: everything that can be said about the code without running the product. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { capture, nodeProgram, root } from './runtime.mjs';

const tool = (name) => path.join(root, 'node_modules', name);

/** Each check by name, with the arguments that Node runs it with. */
export const checks = [
  { name: 'types', args: [tool('typescript/bin/tsc'), '-p', 'test/tsconfig.json'] },
  { name: 'lint', args: [tool('eslint/bin/eslint.js'), '.'] },
  {
    name: 'imports',
    args: [tool('dependency-cruiser/bin/dependency-cruise.mjs'), '--config', '.dependency-cruiser.cjs', 'apps', 'libs'],
  },
  { name: 'format', args: [tool('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.'] },
  { name: 'probes', args: ['scripts/lint-probes.mjs'] },
  { name: 'lock file', args: ['scripts/check-lock.mjs'] },
  { name: 'required packages', args: ['scripts/check-required.mjs'] },
];

/** How many checks run side by side: one for each of the two cores that the product is measured on. */
const LANES = 2;

/** Runs every check, prints what the failing ones said, and gives their names. */
export async function runChecks(selection = checks) {
  const waiting = [...selection];
  const failed = [];
  const lane = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      if (!(await runCheck(check))) failed.push(check.name);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return failed;
}

async function runCheck({ name, args }) {
  const start = performance.now();
  const { code, output } = await capture(nodeProgram(), args);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  if (code !== 0) console.log(output.trimEnd());
  return code === 0;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const names = process.argv.slice(2);
  const failed = await runChecks(names.length > 0 ? checks.filter(({ name }) => names.includes(name)) : checks);
  process.exitCode = failed.length === 0 ? 0 : 1;
}
