/** A jest reporter that leaves the run's totals where `scripts/test.mjs` finds them (MILLRACE_TOTALS_FILE). */
import { writeFileSync } from 'node:fs';

export default class Totals {
  onRunComplete(
    _contexts,
    { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numRuntimeErrorTestSuites },
  ) {
    const file = process.env.MILLRACE_TOTALS_FILE;
    if (!file) return;
    // A file that could not even be loaded counts as one failed test, and so does a test that did not run.
    const failed = numFailedTests + numRuntimeErrorTestSuites + numPendingTests + numTodoTests;
    writeFileSync(file, JSON.stringify({ passed: numPassedTests, failed }));
  }
}
