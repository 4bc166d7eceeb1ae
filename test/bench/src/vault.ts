import { runBench } from './bench.js';
import { parseOptions } from './options.js';
import { envelopes } from './vault/envelopes.js';
import { rotation, SECRETS } from './vault/rotation.js';
import { withVault } from './vault/vault-arena.js';

await runBench(
  {
    name: 'vault',
    contests: [envelopes, rotation],
    within: withVault,
    circumstances: ({ pairs }) => `${SECRETS} secrets, medians of ${pairs} interleaved rounds`,
  },
  parseOptions(process.argv.slice(2)),
);
