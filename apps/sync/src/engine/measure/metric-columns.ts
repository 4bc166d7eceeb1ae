import type { StreamSchema } from '@millrace/connector-sdk';
import type { StreamMapping } from '../document/pipeline-document.js';
import { NO_COLUMN } from '../document/check-metrics.js';
import type { Report } from '../mapping/fault-report.js';
import type { ColumnPlan } from '../mapping/resolve-column.js';
import type { MetricColumn } from './metric-plan.js';
import { openness } from './open-column.js';

/** Why a column's values may not be shown. */
export const TELLS = {
  pseudonym: 'The column holds pseudonyms of single people, which no result may show.',
  personal: 'The column looks as if it told about a person, and no result may show that.',
} as const;
const INSTEAD = 'Choose another column, or make the value coarser by the step "generalise" or "lookup".';

/** The columns that a metric can see, and what they tell. */
export class MetricColumns {
  constructor(
    private readonly columns: readonly ColumnPlan[],
    private readonly mapping: StreamMapping,
    private readonly source: StreamSchema,
    readonly report: Report,
  ) {}

  /** The column of that name; if the stream does not fill it, that is reported at `path`. */
  find(name: string, path: readonly PropertyKey[]): MetricColumn | undefined {
    const cell = this.columns.findIndex(({ column }) => column.name === name);
    if (cell >= 0) return { name, cell, kind: this.columns[cell]!.column.kind };
    this.report(path, NO_COLUMN);
    return undefined;
  }

  plan({ cell }: MetricColumn): ColumnPlan {
    return this.columns[cell]!;
  }

  opennessOf({ cell }: MetricColumn) {
    return openness(this.columns[cell]!, this.mapping, this.source);
  }

  /** The column if its values may be shown; otherwise that is reported. */
  open(name: string, path: readonly PropertyKey[]): MetricColumn | undefined {
    const column = this.find(name, path);
    const tells = column && this.opennessOf(column);
    if (!column || !tells) return undefined;
    if (tells === 'open') return column;
    this.report(path, `${TELLS[tells]} ${INSTEAD}`);
    return undefined;
  }

  /** The columns as a condition sees them. */
  get schema(): StreamSchema {
    const fields = this.columns.map(({ column }) => ({ ...column, privacy: 'unknown' }) as const);
    return { ...this.source, fields };
  }
}
