import { runBench } from './bench.js';
import { withCompliance } from './compliance/compliance-arena.js';
import { erase } from './compliance/erase.js';
import { exportCopy } from './compliance/export.js';
import { ledgerAppend } from './compliance/ledger-append.js';
import { ledgerVerify } from './compliance/ledger-verify.js';
import { partitionSweep, sweep } from './compliance/sweep.js';
import { parseOptions } from './options.js';

await runBench(
  {
    name: 'compliance',
    contests: [ledgerAppend, ledgerVerify, sweep, partitionSweep, erase, exportCopy],
    within: withCompliance,
    circumstances: ({ pairs }) => `medians of ${pairs} rounds`,
  },
  parseOptions(process.argv.slice(2)),
);
