import { standardTables } from '@millrace/persistence';
import { type DataMap, declareDataMap } from '@millrace/privacy';
import { loadDefinitions } from '../region/service-packages.js';

/** What the tables of every service are declared to hold; no region is needed. */
export async function declaredDataMap(): Promise<DataMap> {
  const definitions = await loadDefinitions();
  return declareDataMap(
    definitions.map(({ name, tables }) => ({ service: name, tables: [...standardTables, ...tables] })),
  );
}

/** The content of `docs/reference/data-map.json`, by which a review sees what a change makes services hold. */
export async function declaredDataMapText(): Promise<string> {
  return `${JSON.stringify(await declaredDataMap(), null, 2)}\n`;
}
