import type { RecordedHolding } from '@millrace/charter';
import type { DataMap } from './data-map.schema.js';

/** The tables that hold something about people or organizations, as the record of processing activities lists them. */
export function recordedHoldings({ services }: DataMap): RecordedHolding[] {
  return services.flatMap(({ service, tables }) =>
    tables
      .filter(({ columns }) => columns.length > 0)
      .map(({ table, columns }) => ({
        service,
        table,
        categories: distinct(columns.map(({ category }) => category)),
        purposes: distinct(columns.flatMap(({ purposes }) => purposes)),
        retention: distinct(columns.map(({ retention }) => retention)),
      })),
  );
}

const distinct = (values: readonly string[]) => [...new Set(values)].sort();
