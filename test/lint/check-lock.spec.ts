import { describe, expect, it } from '@jest/globals';
// @ts-expect-error -- a plain script, run by Node before anything is compiled
import { findFaults } from '../../scripts/check-lock.mjs';

const documented = '| `used` | for this | instead of that |';

function faults(packages: Record<string, object>, root: Record<string, object> = {}): string[] {
  const manifests = [{ file: 'package.json', content: root }];
  return findFaults({ lock: { packages }, manifests, documented }) as string[];
}

describe('the check of the lock file', () => {
  it('accepts a sound lock', () => {
    const packages = {
      '': { optionalDependencies: { used: '1.0.0' } },
      'node_modules/used': { version: '1.0.0', license: '(MIT OR GPL-3.0)', optionalDependencies: { native: '1' } },
      'node_modules/used/node_modules/native': { version: '1.0.0', license: 'Apache-2.0 AND MIT', optional: true },
      'node_modules/tool': { version: '1.0.0', license: 'GPL-3.0', dev: true },
    };
    expect(faults(packages, { dependencies: { used: '1.0.0' } })).toEqual([]);
  });

  it('names optional dependencies without an entry, which npm ci would refuse', () => {
    const packages = {
      'node_modules/a': { version: '1.0.0', license: 'MIT', optionalDependencies: { 'a-darwin': '1' } },
    };
    expect(faults(packages)).toEqual([expect.stringContaining('node_modules/a needs a-darwin, which has no entry')]);
  });

  it('names registries', () => {
    const packages = { 'node_modules/a': { license: 'MIT', resolved: 'https://example.org/a.tgz' } };
    expect(faults(packages)).toEqual([expect.stringContaining('node_modules/a names a registry')]);
  });

  it.each(['GPL-3.0', 'AGPL-3.0-only', 'MIT AND GPL-2.0', 'SEE LICENSE IN LICENSE', undefined])(
    'refuses licence %s in what ships',
    (license) => {
      expect(faults({ 'node_modules/a': { license } })).toEqual([expect.stringContaining('is not on the list')]);
    },
  );

  it.each(['^1.0.0', '~1.0.0', '1', 'latest', '>=1.0.0', 'git+https://example.org/a.git'])(
    'refuses version %s',
    (version) => {
      expect(faults({}, { devDependencies: { a: version } })).toEqual([expect.stringContaining('must be pinned')]);
    },
  );

  it('asks for a line in the documentation', () => {
    expect(faults({}, { dependencies: { other: '1.0.0' } })).toEqual([
      expect.stringContaining('say what other is for'),
    ]);
  });
});
