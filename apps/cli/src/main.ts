import { run } from './run.js';

const code = await run(process.argv.slice(2));
await Promise.all([process.stdout, process.stderr].map(written));
// Open handles (a connection that waits, a timer) must not keep a finished command alive.
process.exit(code);

/** Resolves when a pipe has taken everything, which an exit would cut off at what fits into it, or has no reader any more. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.once('error', () => resolve());
    stream.write('', () => resolve());
  });
}
