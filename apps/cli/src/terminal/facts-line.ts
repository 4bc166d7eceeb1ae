/** Longest list whose items are shown; longer ones are counted. */
const MAX_ITEMS = 6;

/** Facts of any shape in one line: `accounts 3, weak 0, region us-east-1`, cut to `maxLength` characters. */
export function factsLine(facts: unknown, maxLength: number): string {
  const line = describe(facts);
  return line.length <= maxLength ? line : `${line.slice(0, Math.max(0, maxLength - 1))}…`;
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return describeList(value);
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, inner]) => `${words(name)} ${isPlainObject(inner) ? `(${describe(inner)})` : describe(inner)}`)
    .join(', ');
}

function describeList(items: readonly unknown[]): string {
  if (items.length === 0) return 'none';
  const isShort = items.length <= MAX_ITEMS && items.every((item) => typeof item !== 'object');
  return isShort ? items.join(' ') : String(items.length);
}

const isPlainObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** `unsealedPositions` becomes `unsealed positions`. */
function words(name: string): string {
  return name.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
}
