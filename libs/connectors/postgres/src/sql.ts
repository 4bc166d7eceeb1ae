/** Quotes an identifier. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function qualified(schema: string, name: string): string {
  return `${identifier(schema)}.${identifier(name)}`;
}

export function identifiers(names: readonly string[], prefix = ''): string {
  return names.map((name) => prefix + identifier(name)).join(', ');
}

/**
 * Quotes a value for a statement that takes no parameters (COPY). The E form means the same whatever the server's
 * `standard_conforming_strings`.
 */
export function literal(value: string): string {
  return `E'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** Splits `schema.name` at its first dot; without a dot the schema is `public`. */
export function streamParts(stream: string): { schema: string; name: string } {
  const dot = stream.indexOf('.');
  return dot < 0 ? { schema: 'public', name: stream } : { schema: stream.slice(0, dot), name: stream.slice(dot + 1) };
}
