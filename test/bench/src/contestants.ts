import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { stopwatch } from '@millrace/kernel';
import type { MoverReport, MoverTask } from './mover.js';

const run = promisify(execFile);
const MOVER = fileURLToPath(new URL('./mover-process.js', import.meta.url));

/** Moves all rows once. Exchangeable: the whole platform can stand in for the engine's own process. */
export type Mover = (task: MoverTask) => Promise<MoverReport>;

/** The engine in a process of its own, so that its memory is nobody else's. `nodeArgs` such as `--cpu-prof`. */
export function engineMover(nodeArgs: readonly string[] = []): Mover {
  return async (task) => {
    const { stdout } = await run(process.execPath, [...nodeArgs, MOVER, JSON.stringify(task)]);
    return JSON.parse(stdout) as MoverReport;
  };
}

/** The version of the psql on the PATH; undefined without one. A package's wrapper that is not psql does not count. */
export function psqlVersion(): string | undefined {
  try {
    return /^psql \(PostgreSQL\) (\S+)/.exec(execFileSync('psql', ['--version'], { encoding: 'utf8' }))?.[1];
  } catch {
    return undefined;
  }
}

/** `psql COPY … TO STDOUT | psql COPY … FROM STDIN`, both binary, over a pipe of the kernel. Gives milliseconds. */
export async function nativePipe(sourceUrl: string, targetUrl: string, select: string, table: string): Promise<number> {
  const elapsed = stopwatch();
  const script = `psql -XqAt "$SOURCE" -c "COPY ($SELECT) TO STDOUT (FORMAT BINARY)" | psql -XqAt "$TARGET" -c "COPY $TABLE FROM STDIN (FORMAT BINARY)"`;
  const env = { ...process.env, SOURCE: sourceUrl, TARGET: targetUrl, SELECT: select, TABLE: table };
  const child = spawn('bash', ['-o', 'pipefail', '-c', script], { stdio: 'inherit', env });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`The native pipe ended with status ${code}`);
  return elapsed();
}
