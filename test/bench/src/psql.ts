import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stopwatch } from '@millrace/kernel';

/** The version of the psql on the PATH; undefined without one. A package's wrapper that is not psql does not count. */
export function psqlVersion(): string | undefined {
  try {
    return /^psql \(PostgreSQL\) (\S+)/.exec(execFileSync('psql', ['--version'], { encoding: 'utf8' }))?.[1];
  } catch {
    return undefined;
  }
}

/** The databases of a pipe, and what is read from the one. */
interface Pipe {
  readonly sourceUrl: string;
  readonly targetUrl: string;
  readonly select: string;
}

/** `psql COPY … TO STDOUT | psql COPY … FROM STDIN`, both binary, over a pipe of the kernel. Gives milliseconds. */
export function nativePipe(pipe: Pipe, table: string): Promise<number> {
  return pipeInto(pipe, [`COPY ${table} FROM STDIN (FORMAT BINARY)`]);
}

/** What one writes by hand to merge: a temporary table, a binary COPY into it, INSERT … ON CONFLICT DO UPDATE, commit. */
export function nativeUpsert(pipe: Pipe, table: string, columns: readonly string[]): Promise<number> {
  const update = columns.map((column) => `${column} = excluded.${column}`).join(', ');
  return pipeInto(pipe, [
    'BEGIN',
    `CREATE TEMPORARY TABLE stage (LIKE ${table}) ON COMMIT DROP`,
    'COPY stage FROM STDIN (FORMAT BINARY)',
    `INSERT INTO ${table} SELECT * FROM stage ON CONFLICT (id) DO UPDATE SET ${update}`,
    'COMMIT',
  ]);
}

/** `psql COPY … TO STDOUT > /dev/null`: reading alone. */
export function nativeRead({ sourceUrl, select }: Pick<Pipe, 'sourceUrl' | 'select'>): Promise<number> {
  return shell('psql -XqAt "$SOURCE" -c "$READ" > /dev/null', { SOURCE: sourceUrl, READ: copyOut(select) });
}

function pipeInto({ sourceUrl, targetUrl, select }: Pipe, statements: readonly string[]): Promise<number> {
  const names = statements.map((_, index) => `STATEMENT${index}`);
  return shell(
    `psql -XqAt "$SOURCE" -c "$READ" | psql -XqAt -v ON_ERROR_STOP=1 "$TARGET" ${names.map((name) => `-c "$${name}"`).join(' ')}`,
    {
      SOURCE: sourceUrl,
      TARGET: targetUrl,
      READ: copyOut(select),
      ...Object.fromEntries(names.map((name, index) => [name, statements[index]!])),
    },
  );
}

const copyOut = (select: string) => `COPY (${select}) TO STDOUT (FORMAT BINARY)`;

async function shell(script: string, variables: Readonly<Record<string, string>>): Promise<number> {
  const elapsed = stopwatch();
  const env = { ...process.env, ...variables };
  const child = spawn('bash', ['-o', 'pipefail', '-c', script], { stdio: ['ignore', 2, 2], env });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`The contestant by hand ended with status ${code}`);
  return elapsed();
}
