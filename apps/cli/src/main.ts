import { run } from './run.js';

// Open handles (a connection that waits, a timer) must not keep a finished command alive.
process.exit(await run(process.argv.slice(2)));
