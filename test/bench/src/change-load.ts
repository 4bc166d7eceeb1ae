import type pg from 'pg';

/** Rows before the first change; a third of each transaction's rows goes at one end and comes at the other. */
export const FIRST_ROWS = 200_000;
/** Rows that one transaction changes: 34 inserted, 33 updated here and there, 33 deleted. */
export const ROWS_PER_TRANSACTION = 100;

const ROW = `i, lpad((i % 99999)::text, 5, '0'), round((i % 180000) / 1000.0 - 90, 4)::text, i % 1000,
  'person' || i || '@example.org', (i % 1000000) / 100.0, i % 3 = 0, timestamptz '2020-01-01' + i * interval '1 second',
  'County ' || i % 3000, repeat(md5(i::text), 3)`;

const CHANGE = `CREATE OR REPLACE FUNCTION change(step bigint) RETURNS void LANGUAGE sql AS $$
  INSERT INTO people SELECT ${ROW} FROM generate_series(${FIRST_ROWS} + step * 34 + 1, ${FIRST_ROWS} + step * 34 + 34) i;
  UPDATE people SET visits = visits + 1, balance = balance + 1
    WHERE id IN (SELECT step * 33 + 1000 + (k * 5881) % 190000 FROM generate_series(1, 33) k);
  DELETE FROM people WHERE id BETWEEN step * 33 + 1 AND step * 33 + 33 $$`;

/** Transactions of mixed changes, one after another on each of several connections. */
export class ChangeLoad {
  private next = 0;
  private committed = 0;

  constructor(private readonly sources: readonly pg.Client[]) {}

  async prepare(): Promise<void> {
    await this.sources[0]!.query(CHANGE);
  }

  /** Changes that are committed. */
  get changes(): number {
    return this.committed * ROWS_PER_TRANSACTION;
  }

  /** Goes on until `go` says no; `go` may take its time. */
  async run(go: () => Promise<boolean>): Promise<void> {
    await Promise.all(
      this.sources.map(async (source) => {
        while (await go()) {
          await source.query({ name: 'change', text: 'SELECT change($1)', values: [this.next++] });
          this.committed++;
        }
      }),
    );
  }
}
