import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DataMap, DataMapSchema } from '@millrace/privacy';
import { scratchDirectory } from '@millrace/testing';
import { millrace } from '../command-line.fixture.js';
import { projectRoot } from '../region/project.js';

const scratch = scratchDirectory();
const at = (name: string) => path.join(scratch.path, name);
const committed = path.join(projectRoot, 'docs/reference/data-map.json');
let map: DataMap;

beforeAll(async () => {
  const answer = await millrace(['data-map', 'show', '--json']);
  expect(answer).toMatchObject({ code: 0, stderr: '' });
  map = DataMapSchema.parse(answer.json());
  writeFileSync(at('before.json'), answer.stdout);
});
afterAll(() => scratch[Symbol.dispose]());

function write(name: string, document: unknown): string {
  writeFileSync(at(name), typeof document === 'string' ? document : JSON.stringify(document));
  return at(name);
}

describe('millrace data-map', () => {
  it('shows what is held by category, under the charter that is named or its file', async () => {
    expect(map.charter!.name).toBe('dataflow-xpert');
    const { stdout } = await millrace(['data-map', 'show', '--charter', 'fluxcascade']);
    expect(stdout).toMatch(/^The data map under fluxcascade of /);
    expect(stdout).toContain('the European Union (Ireland) (eu-west-1)');
    expect(stdout).toMatch(/\nIdentity: \d+\n/);
    expect(stdout).toMatch(
      /identity\.account +company, job_title.* personal +account \(\w+\) +account +\d+ \w+ +row deleted/,
    );
    expect(stdout).toMatch(/sync\.metric_result +result .*cached-metrics +not held under this charter/);
    expect(stdout).toMatch(/stays in .*identity\.organization.*: It belongs to the organization/);
    expect(stdout).toMatch(/\nRetention rules\n[^]* session +Sign-in sessions +\d+ \w+ from expiry +deleted/);
    const file = path.join(projectRoot, 'deploy/charters/fluxent.yaml');
    expect((await millrace(['data-map', 'show', '--charter', file, '--json'])).json<DataMap>().charter).toMatchObject({
      name: 'fluxent',
    });
  });

  it('reaches the end of a pipe whose reader is slow, much more than a pipe takes at once', async () => {
    const slowly = '"$0" "$1" data-map show --json | { head -c 1; sleep 0.5; cat; }';
    const program = path.join(projectRoot, 'bin/millrace.js');
    const { stdout } = await promisify(execFile)('sh', ['-c', slowly, process.execPath, program], {
      maxBuffer: 10_000_000,
    });
    expect(stdout.length).toBeGreaterThan(100_000);
    expect(JSON.parse(stdout)).toEqual(map);
  });

  it('diff says what changed for people, the worst first, and ends with 0', async () => {
    const after = structuredClone(map);
    const { tables } = after.services.find(({ service }) => service === 'identity')!;
    const columns = tables.find(({ table }) => table === 'account')!.columns;
    columns.find(({ column }) => column === 'phone')!.purposes.push('marketing');
    columns.splice(
      columns.findIndex(({ column }) => column === 'company'),
      1,
    );
    const answer = await millrace(['data-map', 'diff', at('before.json'), write('after.json', after)]);
    expect(answer).toMatchObject({ code: 0, stderr: '' });
    expect(answer.stdout).toBe(
      '\nWorse for people: 1\n  ! Used for one thing more, marketing: identity.account.phone.\n' +
        '\nBetter for people: 1\n  ✓ Not held any more, Identity (personal), used for account: identity.account.company.\n',
    );
    const json = await millrace(['data-map', 'diff', at('before.json'), at('after.json'), '--json']);
    expect(json).toMatchObject({ code: 0 });
    expect(json.json()).toMatchObject({ changes: [{ kind: 'purpose-added' }, { kind: 'column-removed' }] });
  });

  it('diff says that nothing changed, and what it could not compare', async () => {
    const answer = await millrace(['data-map', 'diff', committed, at('before.json')]);
    expect(answer).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing changed for people') });
    expect(answer.stdout).toContain('Only what services declare was compared');
  });

  it.each([
    ['cannot be read', () => at('missing.json')],
    ['it is not JSON', () => write('text.json', 'data: map')],
    ['it has no formatVersion', () => write('other.json', { charter: 'x' })],
    ['has the format version 2; this release reads 1 at most', () => write('newer.json', { formatVersion: 2 })],
    ['/services', () => write('half.json', { formatVersion: 1 })],
  ])('diff refuses a file: %s', async (said, file) => {
    expect(await millrace(['data-map', 'diff', committed, file()])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(said),
    });
  });

  it('show refuses what is no charter', async () => {
    expect(await millrace(['data-map', 'show', '--charter', 'nobody'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('“nobody” is neither a file nor one of'),
    });
    expect(await millrace(['data-map', 'show', '--charter', write('bad.yaml', 'charter: nothing\n')])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('bad.yaml is refused'),
    });
  });
});
