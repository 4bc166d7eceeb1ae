import { createInterface } from 'node:readline/promises';

/** Asks somebody at the terminal for one line; from a pipe, reads the next line. Empty when there is none. */
export async function ask(question: string): Promise<string> {
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const ended = new Promise<string>((resolve) => asking.once('close', () => resolve('')));
    return (await Promise.race([asking.question(question), ended])).trim();
  } finally {
    asking.close();
  }
}
