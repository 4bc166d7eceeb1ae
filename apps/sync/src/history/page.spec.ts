import { expect, it } from '@jest/globals';
import { pageOf } from './page.js';

it.each([
  ['a list that is done', ['a', 'b'], 2, ['a', 'b'], undefined],
  ['a list that goes on', ['a', 'b', 'c'], 2, ['a', 'b'], 'b'],
  ['an empty list', [], 2, [], undefined],
])('shows %s', (_, found, limit, items, last) => expect(pageOf(found, limit)).toEqual({ items, last }));

it('ends a page early when an answer could not hold more, but never gives none', () => {
  const large = 'x'.repeat(400_000);
  expect(pageOf([large, large, large], 2)).toEqual({ items: [large], last: large });
  const huge = 'x'.repeat(900_000);
  expect(pageOf([huge, 'a'], 2)).toEqual({ items: [huge], last: huge });
});
