import { describe, expect, it } from '@jest/globals';
import { CharterSet } from './charter-set.js';
import { edited, shipped } from './shipped.fixture.js';

const first = shipped('dataflow-xpert');
const second = edited('dataflow-xpert', [
  [['version'], '2026-09-01'],
  [['effective'], '2026-10-01'],
  [['retention', 'access-log', 'keep'], 'P60D'],
]);

describe('the versions of a charter', () => {
  const set = new CharterSet([second, first]);

  it('hold from the start of their effective date, to the millisecond', () => {
    expect(set.at(new Date('2026-10-01T03:59:59.999Z'))).toBe(first);
    expect(set.at(new Date('2026-10-01T04:00:00.000Z'))).toBe(second);
  });

  it('refuse an instant before the first one', () => {
    expect(() => set.at(new Date('2026-04-22T03:59:59.999Z'))).toThrow('takes effect on 2026-04-22, not before');
  });

  it('name the next one, which people must be told about', () => {
    expect(set.after(new Date('2026-09-02T00:00:00Z'))).toBe(second);
    expect(set.after(new Date('2026-10-02T00:00:00Z'))).toBeUndefined();
  });

  it('belong to one operator', () => {
    expect(() => new CharterSet([first, shipped('fluxent')])).toThrow('do not belong to one operator');
    expect(() => new CharterSet([])).toThrow('at least one version');
  });

  it('cannot take effect together or in the wrong order', () => {
    expect(() => new CharterSet([first, shipped('dataflow-xpert')])).toThrow('take effect on 2026-04-22');
    const late = edited('dataflow-xpert', [
      [['version'], '2026-05-01'],
      [['effective'], '2026-11-01'],
    ]);
    expect(() => new CharterSet([first, second, late])).toThrow('takes effect after a newer one');
  });
});
