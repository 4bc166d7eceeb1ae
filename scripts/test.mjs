/**
 * `npm test` builds, checks and runs every test and ends with the line `N passed, N failed`, where each check counts
 * as one test. `npm test -- <jest arguments>` runs jest alone.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { checks, runChecks } from './check.mjs';
import { JEST, nodeProgram, root, run } from './runtime.mjs';
import { chromium, ensureProgram } from './system-program.mjs';

/** Two cores carry two workers beside the shared servers; more of them only wait for one another. */
const WORKERS = 2;

/** Property tests draw the same inputs on every run, so that a build that passed passes again; `--seed` takes others. */
const SEED = '--seed=20261126';

const jestArguments = process.argv.slice(2);
process.exitCode = jestArguments.length > 0 ? await someTests() : await everything();

function someTests() {
  const seeded = jestArguments.some((argument) => argument.startsWith('--seed'));
  return run(nodeProgram(), [...JEST, ...(seeded ? [] : [SEED]), ...jestArguments]);
}

async function everything() {
  const build = await run(nodeProgram(), [path.join(root, 'node_modules/typescript/bin/tsc'), '-b']);
  // Said and not fatal: the tests that need it fail and say so again.
  const missing = await ensureProgram(chromium);
  if (missing) console.log(missing);
  const brokenChecks = await runChecks();
  const tests = await runAllTests();
  const failed = tests.failed + brokenChecks.length + (build === 0 ? 0 : 1);
  const passed = tests.passed + checks.length - brokenChecks.length + (build === 0 ? 1 : 0);
  if (build !== 0) console.log('The build failed.');
  if (brokenChecks.length > 0) console.log(`Failed checks: ${brokenChecks.join(', ')}`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && tests.code === 0 ? 0 : 1;
}

async function runAllTests() {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'millrace-totals-'));
  const file = path.join(directory, 'totals.json');
  try {
    const reporters = ['--reporters=default', `--reporters=${path.join(root, 'scripts/jest-totals.mjs')}`];
    const env = { ...process.env, MILLRACE_TOTALS_FILE: file };
    // Forced, because a test that left something open must not keep the run from ending.
    const code = await run(nodeProgram(), [...JEST, SEED, '-w', String(WORKERS), '--forceExit', ...reporters], { env });
    return { code, ...readTotals(file) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Without totals jest died before its end, which is one failure. */
function readTotals(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 1 };
  }
}
