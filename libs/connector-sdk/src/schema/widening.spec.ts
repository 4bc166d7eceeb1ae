import { describe, expect, it } from '@jest/globals';
import type { CellKind } from './cell-kind.js';
import { rounds, widens } from './widening.js';

const typed = (kind: CellKind, sourceType: string) => ({ kind, sourceType });

describe('a column that becomes wider', () => {
  it.each([
    [typed('int2', 'smallint'), typed('int4', 'integer')],
    [typed('int4', 'integer'), typed('int8', 'bigint')],
    [typed('int8', 'bigint'), typed('numeric', 'numeric')],
    [typed('int4', 'integer'), typed('int8', '')],
    [typed('numeric', 'numeric(10,2)'), typed('numeric', 'numeric(12,4)')],
    [typed('numeric', 'numeric(10,2)'), typed('numeric', 'numeric')],
    [typed('text', 'character varying(40)'), typed('text', 'character varying(41)')],
    [typed('text', 'character varying(40)'), typed('text', 'text')],
    [typed('timestamptz', 'timestamp(3) with time zone'), typed('timestamptz', 'timestamp with time zone')],
  ])('keeps every value: %j to %j', (from, to) => expect(widens(from, to)).toBe(true));

  it.each([
    [typed('int4', 'integer'), typed('int4', 'integer')],
    [typed('int8', 'bigint'), typed('int4', 'integer')],
    [typed('int8', 'bigint'), typed('float8', 'double precision')],
    [typed('int8', 'bigint'), typed('numeric', 'numeric(10,2)')],
    [typed('numeric', 'numeric(10,2)'), typed('numeric', 'numeric(10,4)')],
    [typed('text', 'text'), typed('text', 'character varying(40)')],
    [typed('text', 'character(4)'), typed('text', 'text')],
    [typed('text', 'mood'), typed('text', 'text')],
    [typed('text', 'text'), typed('jsonb', 'jsonb')],
    [typed('timestamptz', 'timestamp with time zone'), typed('timestamptz', 'timestamp(6) with time zone')],
  ])('is not meant by %j to %j', (from, to) => expect(widens(from, to)).toBe(false));
});

it.each([
  ['numeric(10,2)', 'numeric(10,1)', true],
  ['numeric', 'numeric(10,2)', true],
  ['numeric(10,2)', 'numeric', false],
  ['timestamp with time zone', 'timestamp(0) with time zone', true],
  ['interval', 'interval(3)', true],
  ['text', 'integer', false],
])('%s in %s rounds: %s', (from, to, expected) => expect(rounds(from, to)).toBe(expected));
