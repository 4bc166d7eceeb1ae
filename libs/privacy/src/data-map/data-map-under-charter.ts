import type { Charter } from '@millrace/charter';
import type { DataMap, MappedColumn } from './data-map.schema.js';

/** A data map with what a charter says about it: lawful bases, periods, places and recipients. */
export function dataMapUnder(charter: Charter, { formatVersion, services }: DataMap): DataMap {
  const { residency } = charter.document;
  return {
    formatVersion,
    charter: {
      name: charter.name,
      version: charter.version,
      digest: charter.digest,
      locations: Object.entries(residency.regions).map(([region, { country, place }]) => ({ region, country, place })),
      recipients: recipientsOf(charter).map(({ id, title, name, purpose, location, ceiling }) => ({
        id,
        title,
        ...(name === undefined ? {} : { name }),
        purpose,
        location,
        ceiling: [...ceiling],
      })),
    },
    services: services.map(({ service, tables }) => ({
      service,
      tables: tables.map((table) => ({
        ...table,
        columns: table.columns.map((column) => ({ ...column, underCharter: saidAbout(charter, column) })),
      })),
    })),
  };
}

const recipientsOf = ({ document }: Charter) => document.subProcessors.filter(({ enabled }) => enabled);

function saidAbout(
  charter: Charter,
  { purposes, retention, category, form }: MappedColumn,
): NonNullable<MappedColumn['underCharter']> {
  const period = charter.document.retention[retention];
  return {
    bases: purposes.flatMap((purpose) => {
      const one = charter.publishedPurpose(purpose);
      return one ? [{ purpose, basis: one.basis, title: one.title }] : [];
    }),
    ...(period && { period: structuredClone(period) }),
    recipients: recipientsOf(charter)
      .filter(
        ({ ceiling }) => ceiling.includes(category) || (form === 'email-address' && ceiling.includes('email-address')),
      )
      .map(({ id }) => id),
  };
}
