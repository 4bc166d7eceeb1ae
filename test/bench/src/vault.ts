import { runBench } from './bench.js';
import { parseOptions } from './options.js';
import { envelopes } from './vault/envelopes.js';
import { leases } from './vault/leases.js';
import { rotation, SECRETS } from './vault/rotation.js';
import { withVault } from './vault/vault-arena.js';

await runBench(
  {
    name: 'vault',
    contests: [envelopes, rotation, leases],
    within: withVault,
    circumstances: ({ pairs }) => `${SECRETS} secrets, medians of ${pairs} interleaved rounds`,
  },
  parseOptions(process.argv.slice(2)),
);
