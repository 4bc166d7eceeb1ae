import { describe, expect, it } from '@jest/globals';
import type { Problem } from '@millrace/kernel';
import { checkDirectory } from './directory-rule.js';

const asked = { directory: 'marker', streams: {} };
const refusalOf = (names: readonly string[]): Problem | undefined => {
  try {
    checkDirectory(
      asked,
      names.map((name) => ({ name, path: `/srv/${name}` })),
    );
    return undefined;
  } catch (error) {
    return error as Problem;
  }
};

describe('the directory of a connection to files', () => {
  it('is one that the operator offers', () => {
    expect(refusalOf(['inbox', 'marker'])).toBeUndefined();
  });

  it.each([
    [[], 'offers no directory for files'],
    [['inbox'], 'must be the name of a directory'],
  ])('is refused where %j are offered, in words that name neither what was asked nor what there is', (names, words) => {
    const { details } = refusalOf(names)!;
    expect(details.errors).toEqual([{ path: '/config/directory', message: expect.stringContaining(words) }]);
    expect(JSON.stringify(details)).not.toMatch(/marker|inbox|srv/);
  });
});
