import { describe, expect, it } from '@jest/globals';
import { stepped } from '../mapping.fixture.js';

const DOCUMENT = '{"a":{"b":"ü","c":[1,2,{"d":null}]},"n":12345678901234567890.10,"s":"","o d":true,"😀":"x"}';

describe('jsonPath', () => {
  it.each([
    ['$.a.b', 'ü'],
    ["$['a']['b']", 'ü'],
    ['$.a.c[0]', '1'],
    ['$.a.c[-1].d', null],
    ['$.a.c', '[1,2,{"d":null}]'],
    ['$.s', ''],
    ["$['o d']", 'true'],
    ["$['😀']", 'x'],
    ['$.missing.deeper', null],
    ['$.a.c[*]', '! several-results'],
    ['$.a.c[?@ > 1]', '2'],
    ['$.n', '12345678901234567890.10'],
    ['$..d', null],
    [{ path: '$.a.c[*]', all: true }, '[1,2,{"d":null}]'],
    [{ path: '$.nothing', all: true }, '[]'],
    [{ path: '$.n', all: true }, '[12345678901234567890.10]'],
  ])('%j', (path, result) => expect(stepped([{ jsonPath: path }], DOCUMENT)).toBe(result));

  it('reads json and jsonb without a cast, and goes on with text', () => {
    for (const kind of ['json', 'jsonb'] as const)
      expect(stepped([{ jsonPath: '$.a.b' }, { case: 'upper' }], DOCUMENT, kind)).toBe('Ü');
    expect(stepped([{ jsonPath: '$.a.c[1]' }], DOCUMENT, 'jsonb', 'integer')).toBe('2');
    expect(stepped([{ jsonPath: { path: '$.a.c[0:2]', all: true } }], DOCUMENT, 'text', 'jsonb')).toBe('[1,2]');
  });

  it('keeps the digits of a number inside of what it finds', () => {
    const exact = '{"x":{"y":[1e400,0.1000000000000000055,-0,1.0]}}';
    expect(stepped([{ jsonPath: '$.x' }], exact)).toBe('{"y":[1e400,0.1000000000000000055,-0,1.0]}');
  });

  it('refuses what is no JSON and lets null pass', () => {
    expect(stepped([{ jsonPath: '$.a' }], '{')).toBe('! not-json');
    expect(stepped([{ jsonPath: '$.a' }], '')).toBe('! not-json');
    expect(stepped([{ jsonPath: '$.a' }], null)).toBeNull();
    expect(stepped([{ jsonPath: '$' }], 'null')).toBeNull();
  });
});
