import type { Condition } from './field-value.js';

/** A field that a condition compares, with its place. */
export interface ComparedField {
  readonly field: string;
  readonly at: readonly PropertyKey[];
}

/** Every field that a condition compares, however deep; `path` leads to the condition. */
export function comparedFields(condition: Condition, path: readonly PropertyKey[]): ComparedField[] {
  if ('field' in condition) return [{ field: condition.field, at: [...path, 'field'] }];
  return Object.entries(condition as Record<string, readonly Condition[]>).flatMap(([join, parts]) =>
    parts.flatMap((part, index) => comparedFields(part, [...path, join, index])),
  );
}
