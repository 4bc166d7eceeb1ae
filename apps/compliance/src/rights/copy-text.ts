import { type BundleRows, contextNames, type PersonalCopy } from '@millrace/contracts';

/** How far a copy of everything about somebody has been written. */
export interface CopyPlace {
  readonly caseId: string;
  /** The service that comes next, by its place among all. */
  readonly context: number;
  /** Where that service goes on; absent at its beginning. */
  readonly cursor?: string;
  /** The table whose rows were written last and may go on. */
  readonly table?: string;
  readonly rows: number;
  /** Of a bundle: what its rows are sent for now. */
  readonly pass?: BundleRows['pass'];
}

/** What a service answers of what it holds. */
export interface Page {
  readonly tables: PersonalCopy['contexts'][number]['tables'];
  readonly next?: string;
}

export const isAtEnd = ({ context }: CopyPlace): boolean => context >= contextNames.length;

/** The document up to its first service. */
export function beginning(head: Omit<PersonalCopy, 'contexts'>): string {
  return `${JSON.stringify(head).slice(0, -1)},"contexts":[`;
}

/** The document after its last service. */
export const ending = ']}';

/** A page as it continues the document at a place, and the place after it. */
export function pageOf({ tables, next }: Page, place: CopyPlace): { text: string; place: CopyPlace } {
  const { caseId, context } = place;
  const isNew = place.cursor === undefined;
  const opening = isNew
    ? `${context > 0 ? ',' : ''}{"context":${JSON.stringify(contextNames[context])},"tables":[`
    : '';
  let open = isNew ? undefined : place.table;
  let text = opening;
  for (const { table, rows } of tables) {
    if (table !== open) text += `${open === undefined ? '' : ']},'}{"table":${JSON.stringify(table)},"rows":[`;
    else text += ',';
    text += rows.map((row) => JSON.stringify(row)).join(',');
    open = table;
  }
  const rows = place.rows + tables.reduce((sum, one) => sum + one.rows.length, 0);
  if (next !== undefined)
    return { text, place: { caseId, context, cursor: next, ...(open === undefined ? {} : { table: open }), rows } };
  return { text: `${text}${open === undefined ? '' : ']}'}]}`, place: { caseId, context: context + 1, rows } };
}

const PASSES: readonly unknown[] = [undefined, 'json', 'csv'];

export const writePlace = (place: CopyPlace): string => Buffer.from(JSON.stringify(place)).toString('base64url');

/** Undefined for what {@link writePlace} never gave. */
export function readPlace(text: string): CopyPlace | undefined {
  try {
    const place = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as CopyPlace;
    if (!PASSES.includes(place.pass)) return undefined;
    const isPlace = typeof place.caseId === 'string' && Number.isInteger(place.context) && place.context >= 0;
    return isPlace && Number.isInteger(place.rows) ? place : undefined;
  } catch {
    return undefined;
  }
}
