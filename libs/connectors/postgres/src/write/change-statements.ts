import type { WriteRequest } from '@millrace/connector-sdk';
import type { CatalogColumn, CatalogTable } from '../catalog/read-catalog.js';
import { identifier, identifiers, qualified } from '../sql.js';
import { markStatement, names, roles, stageColumn, staged, targetColumns } from './write-statements.js';

/** From here on MERGE tells what it did to each row. */
const MERGE_RETURNING_VERSION = 170_000;
/** Statement sets kept; a table has few combinations of columns that stay. */
const MAX_KNOWN = 100;

const STAGE = 'pg_temp.millrace_stage';
const OPERATION = 'millrace_operation';

/** Every statement gives one row `inserted, updated, deleted`. */
export interface ApplyStatements {
  /** One MERGE; undefined on servers whose MERGE does not tell what it did. */
  readonly merge: string | undefined;
  /** The same one after another, for the case that another writer or another unique key interferes. */
  readonly conflict: string;
}

/** The statements of a writer of changes. */
export class ChangeStatements {
  readonly createStage: string;
  readonly copyStage: string;
  readonly mark: string;
  /** In order of preference; the second works wherever a plain deletion is allowed. */
  readonly empty: readonly string[];
  private readonly target: string;
  private readonly columns: readonly CatalogColumn[];
  private readonly others: readonly CatalogColumn[];
  private readonly matched: string;
  /** Column in which a deletion leaves its time; undefined when the record goes. */
  private readonly markColumn: string | undefined;
  private readonly known = new Map<string, ApplyStatements>();

  constructor(
    table: CatalogTable,
    private readonly request: WriteRequest,
    private readonly version: number,
  ) {
    this.target = qualified(table.schema, table.name);
    this.columns = targetColumns(table, request);
    const { others, matched } = roles(this.columns, request.key);
    this.others = others;
    this.matched = matched;
    const { deletes } = request;
    this.markColumn = deletes?.kind === 'mark' ? identifier(deletes.column) : undefined;
    const stage = [`0::int2 AS ${OPERATION}`, ...this.columns.map(stageColumn)];
    this.createStage = `CREATE TEMPORARY TABLE millrace_stage ON COMMIT DELETE ROWS AS SELECT ${stage.join(', ')} FROM ${this.target} WITH NO DATA`;
    this.copyStage = `COPY ${STAGE} (${OPERATION}, ${names(this.columns)}) FROM STDIN (FORMAT BINARY)`;
    this.mark = markStatement(request);
    this.empty = this.emptyStatements();
  }

  /** `kept` are the sets of cells that stay in the target, by the number that the stage names. */
  apply(kept: readonly (readonly number[])[]): ApplyStatements {
    const name = kept.map((set) => set.join()).join(';');
    const known = this.known.get(name);
    if (known) return known;
    if (this.known.size >= MAX_KNOWN) this.known.clear();
    const value = (column: CatalogColumn, told: string, other: string) => {
      const cell = this.columns.indexOf(column);
      const sets = kept.flatMap((set, number) => (set.includes(cell) ? [number] : []));
      return sets.length === 0
        ? told
        : `CASE WHEN s.${OPERATION} IN (${sets.join(', ')}) THEN ${other} ELSE ${told} END`;
    };
    const statements = { merge: this.mergeStatement(value), conflict: this.conflictStatements(value, kept.length > 1) };
    this.known.set(name, statements);
    return statements;
  }

  private emptyStatements(): readonly string[] {
    const { deletes } = this.request;
    if (!deletes) return [];
    if (this.markColumn)
      return [`UPDATE ${this.target} SET ${this.markColumn} = now() WHERE ${this.markColumn} IS NULL`];
    return [`TRUNCATE ${this.target}`, `DELETE FROM ${this.target}`];
  }

  private mergeStatement(value: Value): string | undefined {
    if (this.version < MERGE_RETURNING_VERSION) return undefined;
    const gone = `s.${OPERATION} < 0`;
    const update = this.updateClause(value);
    const clauses = [
      `WHEN MATCHED AND ${gone} ${this.whenGone()}`,
      ...(update ? [`WHEN MATCHED AND NOT ${gone} AND ${update.condition} THEN UPDATE SET ${update.set}`] : []),
      `WHEN NOT MATCHED AND s.${OPERATION} = 0 THEN INSERT (${names(this.columns)}) VALUES (${this.columns.map(staged).join(', ')})`,
    ];
    return (
      `WITH merged AS (MERGE INTO ${this.target} AS t USING ${STAGE} AS s ON ${this.matched} ${clauses.join(' ')} ` +
      `RETURNING merge_action() AS action, ${gone} AS gone) ` +
      `SELECT count(*) FILTER (WHERE action = 'INSERT')::int AS inserted, ` +
      `count(*) FILTER (WHERE action = 'UPDATE' AND NOT gone)::int AS updated, ` +
      `count(*) FILTER (WHERE gone)::int AS deleted FROM merged`
    );
  }

  private whenGone(): string {
    if (!this.request.deletes) return 'THEN DO NOTHING';
    if (this.markColumn) return `AND t.${this.markColumn} IS NULL THEN UPDATE SET ${this.markColumn} = now()`;
    return 'THEN DELETE';
  }

  private conflictStatements(value: Value, partial: boolean): string {
    const excluded = ({ name }: CatalogColumn) => `excluded.${identifier(name)}`;
    const whole = this.updateClause((column) => excluded(column));
    const action = whole ? `UPDATE SET ${whole.set} WHERE ${whole.condition}` : 'NOTHING';
    const insert =
      `INSERT INTO ${this.target} AS t (${names(this.columns)}) SELECT ${this.columns.map(staged).join(', ')} FROM ${STAGE} AS s ` +
      `WHERE s.${OPERATION} = 0 ON CONFLICT (${identifiers(this.request.key)}) DO ${action} RETURNING (t.xmax = 0) AS inserted`;
    const update = partial ? this.updateClause(value) : undefined;
    return [
      ...this.removal(),
      `WITH written AS (${insert}) SELECT count(*) FILTER (WHERE inserted)::int AS inserted, ` +
        `count(*) FILTER (WHERE NOT inserted)::int AS updated, 0 AS deleted FROM written`,
      ...(update
        ? [
            `WITH changed AS (UPDATE ${this.target} AS t SET ${update.set} FROM ${STAGE} AS s WHERE ${this.matched} ` +
              `AND s.${OPERATION} > 0 AND ${update.condition} RETURNING 1) ` +
              `SELECT 0 AS inserted, count(*)::int AS updated, 0 AS deleted FROM changed`,
          ]
        : []),
    ].join('; ');
  }

  private removal(): string[] {
    if (!this.request.deletes) return [];
    const where = `${this.matched} AND s.${OPERATION} < 0`;
    const remove = this.markColumn
      ? `UPDATE ${this.target} AS t SET ${this.markColumn} = now() FROM ${STAGE} AS s WHERE ${where} AND t.${this.markColumn} IS NULL`
      : `DELETE FROM ${this.target} AS t USING ${STAGE} AS s WHERE ${where}`;
    return [
      `WITH gone AS (${remove} RETURNING 1) SELECT 0 AS inserted, 0 AS updated, count(*)::int AS deleted FROM gone`,
    ];
  }

  /**
   * What an update sets and when it is needed at all. Compared byte by byte, as for an upsert; what stays is compared as
   * null with null, so that a long value is not fetched for it.
   */
  private updateClause(value: Value): { set: string; condition: string } | undefined {
    const { others, markColumn } = this;
    const sets = others.map((column) => {
      const name = identifier(column.name);
      return `${name} = ${value(column, staged(column), `t.${name}`)}`;
    });
    if (markColumn) sets.push(`${markColumn} = NULL`);
    if (sets.length === 0) return undefined;
    const held = others.map((column) => heldValue(column, value)).join(', ');
    const given = others.map((column) => value(column, staged(column), 'NULL')).join(', ');
    const differs = others.length > 0 ? `ROW(${held})::record OPERATOR(pg_catalog.*<>) ROW(${given})::record` : 'false';
    const condition = markColumn ? `(${differs} OR t.${markColumn} IS NOT NULL)` : differs;
    return { set: sets.join(', '), condition };
  }
}

/** The value that a column gets: `told` by the stage, or the `other` where it stays. */
type Value = (column: CatalogColumn, told: string, other: string) => string;

function heldValue(column: CatalogColumn, value: Value): string {
  const name = `t.${identifier(column.name)}`;
  const shown = value(column, name, 'NULL');
  return shown.startsWith('CASE') ? shown : name;
}
