import type { DataSource, EntityManager } from 'typeorm';

/** What TypeORM begins a transaction with. */
const BEGIN = 'START TRANSACTION';
/** Settings stand inside a statement without parameters; these are all that an id or a digest consists of. */
const HARMLESS = /^[0-9a-f-]*$/;

/**
 * Runs `work` in a transaction in which `settings` hold. They go to the server with the transaction's beginning, as one
 * message, so that a scope costs no way of its own.
 * @throws Error when a setting could be anything but an id or a digest
 */
export async function inTransaction<T>(
  source: DataSource,
  settings: Readonly<Record<string, string>>,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  const beginning = beginningWith(settings);
  const runner = source.createQueryRunner();
  const query = runner.query.bind(runner) as typeof runner.query;
  runner.query = (statement: string, ...rest: unknown[]) =>
    query(statement === BEGIN ? beginning : statement, ...(rest as []));
  try {
    await runner.startTransaction();
    try {
      const result = await work(runner.manager);
      await runner.commitTransaction();
      return result;
    } catch (error) {
      // The first error is the one that says why.
      await runner.rollbackTransaction().catch(() => undefined);
      throw error;
    }
  } finally {
    await runner.release();
  }
}

function beginningWith(settings: Readonly<Record<string, string>>): string {
  const calls = Object.entries(settings).map(([name, value]) => {
    if (!HARMLESS.test(value)) throw new Error(`The scope’s ${name} is neither an id nor a digest`);
    return `set_config('${name}', '${value}', true)`;
  });
  return calls.length === 0 ? BEGIN : `${BEGIN}; select ${calls.join(', ')}`;
}
