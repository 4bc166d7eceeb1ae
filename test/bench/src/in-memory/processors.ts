import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./processor.main.js', import.meta.url));

/** What a process does: map so many orders, or turn a loop so many times. */
export interface ProcessorTask {
  readonly work: 'map' | 'spin';
  readonly amount: number;
}

/** Starts processes, lets them warm up, has all begin at once, and gives the milliseconds until the last is done. */
export async function together(processes: number, task: ProcessorTask): Promise<number> {
  const children = Array.from({ length: processes }, () => fork(PROGRAM, [JSON.stringify(task)]));
  try {
    await Promise.all(children.map((child) => answer(child)));
    const reports = await Promise.all(
      children.map((child) => {
        child.send(task);
        return answer(child) as Promise<{ elapsedMs: number }>;
      }),
    );
    return Math.max(...reports.map(({ elapsedMs }) => elapsedMs));
  } finally {
    for (const child of children) child.kill();
  }
}

/** @throws Error when the process ends instead */
async function answer(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`A process of the bench ended with status ${code}`);
  });
  ended.catch(() => {});
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [unknown];
  return message;
}
