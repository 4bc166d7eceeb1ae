import { eachElement, eachMember, isNull, isString, skipSpace, stringAt } from './scan.js';

/** Where a value lies, as `[from, to)`. */
export interface JsonRange {
  readonly from: number;
  readonly to: number;
}

/** The names of a path such as `$.data.items`, or of one without `$.`; `$` alone is the whole. */
export function pathNames(path: string): readonly string[] {
  const names = path.replace(/^\$\.?/, '');
  return names === '' ? [] : names.split('.');
}

/** The value behind `names`, from the value at `range`; undefined when a name is missing or its parent is no object. */
export function findPath(bytes: Buffer, range: JsonRange, names: readonly string[]): JsonRange | undefined {
  let found: JsonRange | undefined = range;
  for (const name of names) {
    found = memberOf(bytes, found, name);
    if (!found) return undefined;
  }
  return found;
}

/** The elements of the array at `range`; undefined when it is none. */
export function elementsOf(bytes: Buffer, range: JsonRange): JsonRange[] | undefined {
  if (bytes[range.from] !== 0x5b) return undefined;
  const elements: JsonRange[] = [];
  eachElement(bytes, range.from, range.to, (from, to) => elements.push({ from, to }));
  return elements;
}

/** A string or number as text; undefined for null, and for a range that is none. */
export function scalarText(bytes: Buffer, range: JsonRange | undefined): string | undefined {
  if (!range || isNull(bytes, range.from)) return undefined;
  return isString(bytes, range.from)
    ? stringAt(bytes, range.from, range.to)
    : bytes.toString('latin1', range.from, range.to);
}

/** The whole of a document, without the white space around it. */
export function documentRange(bytes: Buffer): JsonRange {
  return { from: skipSpace(bytes, 0, bytes.length), to: bytes.length };
}

/** The last member of that name wins, as in every other reader of JSON. */
function memberOf(bytes: Buffer, range: JsonRange, name: string): JsonRange | undefined {
  if (bytes[range.from] !== 0x7b) return undefined;
  let found: JsonRange | undefined;
  eachMember(bytes, range.from, range.to, (nameFrom, nameTo, from, to) => {
    if (isName(bytes, nameFrom, nameTo, name)) found = { from, to };
  });
  return found;
}

function isName(bytes: Buffer, from: number, to: number, name: string): boolean {
  return stringAt(bytes, from - 1, to + 1) === name;
}
