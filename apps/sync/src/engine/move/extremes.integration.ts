import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ConnectorError } from '@millrace/connector-sdk';
import { Folder } from './files.fixture.js';
import { Bridge, compileMapping, faultsOf, startMove } from './move.fixture.js';
import type { MoveFailed } from './move-partition.js';

const COLUMNS = 10_000;
const names = Array.from({ length: COLUMNS }, (_, index) => `field_${index}`);
const fields = names.map((from) => ({ from }));
const MIB = 1024 * 1024;

let folder: Folder;
let bridge: Bridge;

beforeAll(async () => {
  folder = new Folder();
  bridge = await Bridge.open();
});
afterAll(async () => {
  await bridge.close();
  folder[Symbol.dispose]();
});

describe('a stream of ten thousand columns', () => {
  const value = (row: number, index: number) => `${row}-${index}`;

  beforeAll(async () => {
    const rows = [0, 1, 2].map((row) => names.map((_, index) => value(row, index)));
    await folder.write('wide.csv', [names, ...rows].map((row) => `${row.join(',')}\n`).join(''));
    const objects = rows.map((row) => Object.fromEntries(row.map((one, index) => [names[index]!, one])));
    await folder.write('wide.ndjson', objects.map((one) => `${JSON.stringify(one)}\n`).join(''));
  });

  it.each([
    ['csv', 'ndjson'],
    ['ndjson', 'csv'],
  ] as const)('goes from %s to %s', async (from, to) => {
    const [source, target] = [await folder.open(from), await folder.open(to)];
    const mapping = { from: `wide.${from}`, to: `from-${from}.${to}`, mode: 'append', fields };
    const stream = await compileMapping(mapping, source, target);
    const { counts } = await startMove(stream, source, target).done;
    expect(counts).toMatchObject({ read: 3, inserted: 3, rejected: 0 });
    const last = (await folder.read(`from-${from}.${to}`))!.trimEnd().split('\n').at(-1)!;
    expect(last).toContain(value(2, COLUMNS - 1));
    expect(last.split('2-')).toHaveLength(COLUMNS + 1);
  });

  it('is refused before the first byte by a target that holds fewer', async () => {
    const mapping = { from: 'wide.csv', to: 'wide', mode: 'append', fields };
    const faults = await faultsOf(mapping, await folder.open('csv'), bridge.to);
    expect(faults).toEqual([
      { path: '/streams/0/fields', message: expect.stringMatching(/1600 columns.*Select fewer/) },
    ]);
    expect(await faultsOf({ ...mapping, fields: fields.slice(0, 1_600) }, await folder.open('csv'), bridge.to)).toEqual(
      [],
    );
  });
});

describe('a record of fifty megabytes', () => {
  const huge = 'CANARY'.repeat((50 * MIB) / 6);

  beforeAll(async () => {
    await folder.write('huge.ndjson', `{"id":"1","v":"small"}\n{"id":"2","v":"${huge}"}\n{"id":"3","v":"small"}\n`);
    await folder.write('huge.csv', `id,v\n1,small\n2,"${huge}"\n3,small\n`);
    await bridge.source.query(`CREATE TABLE huge (id text PRIMARY KEY, v text)`);
    await bridge.source.query(
      `INSERT INTO huge VALUES ('1', 'small'), ('2', repeat('CANARY', ${Math.ceil((50 * MIB) / 6)})), ('3', 'small')`,
    );
  });

  it.each(['ndjson', 'csv', 'postgres'] as const)(
    'is refused from %s with a clear code and in bounded memory',
    async (kind) => {
      const source = kind === 'postgres' ? bridge.from : await folder.open(kind, { [`huge.${kind}`]: { key: ['id'] } });
      const from = kind === 'postgres' ? 'public.huge' : `huge.${kind}`;
      const mapping = {
        from,
        to: `from_${kind}`,
        mode: 'append',
        key: ['id'],
        fields: [{ from: 'id' }, { from: 'v' }],
      };
      const stream = await compileMapping(mapping, source, bridge.to);
      const failure = await startMove(stream, source, bridge.to).done.catch((error: unknown) => error as MoveFailed);
      const { reason, result } = failure as MoveFailed;
      expect(reason).toMatchObject({ code: 'record-too-large', kind: 'record', details: { stream: from } });
      expect(JSON.stringify(reason) + (reason as ConnectorError).stack).not.toContain('CANARY');
      expect(result.discard).toMatchObject({ complete: true });
      expect(result.discard.peakBytes).toBeLessThan(3 * 32 * MIB);
      expect(await bridge.lines('target', `SELECT * FROM from_${kind}`)).toEqual([]);
    },
  );

  it('passes where the limit is higher', async () => {
    const mapping = { from: 'public.huge', to: 'passed', key: ['id'], fields: [{ from: 'id' }, { from: 'v' }] };
    const limits = { maxRecordBytes: 64 * MIB };
    await bridge.run(await bridge.compile(mapping), { limits }).done;
    expect(await bridge.lines('target', 'SELECT id, length(v) FROM passed')).toHaveLength(3);
  });
});
