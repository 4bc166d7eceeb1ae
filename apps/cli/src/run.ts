import { createProgram } from './program.js';
import { documentOf, exitCodeOf, exitCodes, isSaid, sentencesOf } from './terminal/failure.js';

/** Runs one command and gives its exit code: 0 done, 1 refused or a check failed, 2 wrong usage, 3 not reachable. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync([...args], { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    if (!isSaid(error)) tell(error, args.includes('--json'));
    return exitCodeOf(error);
  }
}

function tell(error: unknown, isJson: boolean): void {
  for (const sentence of sentencesOf(error)) process.stderr.write(`${sentence}\n`);
  if (isJson) process.stdout.write(`${JSON.stringify({ error: documentOf(error) }, null, 2)}\n`);
}
