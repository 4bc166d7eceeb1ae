import type { Writable } from 'node:stream';
import type { ClientBase } from 'pg';
import type { DataSource, EntityManager } from 'typeorm';

/** What TypeORM begins a transaction with. */
const BEGIN = 'START TRANSACTION';
/** Settings stand inside a statement without parameters; these are all that an id or a digest consists of. */
const HARMLESS = /^[0-9a-f-]*$/;

/**
 * Runs `work` in a transaction in which `settings` hold. The beginning and the settings go ahead on the wire: nobody waits
 * for their answer before the first statement of the work, so that a transaction costs one way to the server less, twice.
 * A beginning that fails, fails the commit.
 * @throws Error when a setting could be anything but an id or a digest
 */
export async function inTransaction<T>(
  source: DataSource,
  settings: Readonly<Record<string, string>>,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  const beginning = beginningWith(settings);
  const runner = source.createQueryRunner();
  try {
    const client = (await runner.connect()) as ClientBase;
    let begun: Promise<unknown> | undefined;
    const query = runner.query.bind(runner) as typeof runner.query;
    runner.query = async (statement: string, ...rest: unknown[]) => {
      if (statement !== BEGIN) return query(statement, ...(rest as []));
      begun = sendAhead(client, beginning);
      // Whoever fails first is heard below.
      begun.catch(() => undefined);
      return [];
    };
    await runner.startTransaction();
    try {
      const result = await work(runner.manager);
      await begun;
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

/** Holds a statement back until the next one is ready to go in the same packet; alone it goes when this turn is over. */
function sendAhead(client: ClientBase, statement: string): Promise<unknown> {
  const { stream } = (client as unknown as { connection: { stream: Writable } }).connection;
  stream.cork();
  setImmediate(() => stream.uncork());
  return client.query(statement);
}

function beginningWith(settings: Readonly<Record<string, string>>): string {
  const calls = Object.entries(settings).map(([name, value]) => {
    if (!HARMLESS.test(value)) throw new Error(`The scope’s ${name} is neither an id nor a digest`);
    return `set_config('${name}', '${value}', true)`;
  });
  return calls.length === 0 ? BEGIN : `${BEGIN}; select ${calls.join(', ')}`;
}
