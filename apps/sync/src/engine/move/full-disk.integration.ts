import { writeFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ConnectorError } from '@millrace/connector-sdk';
import { Folder } from './files.fixture.js';
import { Bridge, compileMapping, startMove } from './move.fixture.js';
import type { MoveFailed } from './move-partition.js';
import { type Space, spaceOf, TinyDisk } from './tiny-disk.fixture.js';

const ROWS = 3_000;
const DISK_MIB = 24;
const FIELDS = [{ from: 'id' }, { from: 'v' }];
const limits = { batchRows: 500 };

let bridge: Bridge;
let space: Space;
const disk = TinyDisk.mount(DISK_MIB);

beforeAll(async () => {
  bridge = await Bridge.open();
  space = await spaceOf(bridge.target, disk);
  await bridge.source.query(
    `CREATE TABLE full_of (id integer PRIMARY KEY, v text); INSERT INTO full_of SELECT i, 'CANARY' || repeat(md5(i::text), 40) FROM generate_series(1, ${ROWS}) i`,
  );
});
afterAll(async () => {
  await space?.remove();
  await bridge?.close();
  disk?.[Symbol.dispose]();
});

function expectOutOfSpace({ reason, result }: MoveFailed, state?: string): void {
  expect(reason).toMatchObject({ code: 'out-of-space', kind: 'transient', retryable: true });
  if (state) expect(reason).toMatchObject({ details: { sqlState: state } });
  expect((reason as ConnectorError).message).toContain('no disk space');
  expect(JSON.stringify([reason, result]) + (reason as ConnectorError).stack).not.toContain('CANARY');
  expect(result.discard.complete).toBe(true);
}

describe('a target whose disk is full', () => {
  it.each(['upsert', 'append'])(
    'says so, keeps whole batches, and goes on once there is room (mode: %s)',
    async (mode) => {
      await bridge.target.query(`DROP TABLE IF EXISTS crowded`);
      await bridge.target.query(`CREATE TABLE crowded (id integer PRIMARY KEY, v text) ${space.clause}`);
      const stream = await bridge.compile({ from: 'public.full_of', to: 'crowded', mode, key: ['id'], fields: FIELDS });
      await space.fill();
      const writeId = `full ${mode}`;
      const first = bridge.run(stream, { limits, writeId });
      expectOutOfSpace(
        await first.done.then(
          () => Promise.reject(new Error('There was room')),
          (error: unknown) => error as MoveFailed,
        ),
        '53100',
      );
      const kept = await bridge.lines('target', 'SELECT id FROM crowded');
      expect(kept.length).toBeLessThan(ROWS);
      expect(kept.length % limits.batchRows).toBe(0);
      await space.free();
      const resumeFrom = first.reports.at(-1)?.checkpoint;
      await bridge.run(stream, { limits, writeId, attempt: 2, ...(resumeFrom ? { resumeFrom } : {}) }).done;
      expect(await bridge.lines('target', 'SELECT * FROM crowded')).toEqual(
        await bridge.lines('source', 'SELECT * FROM full_of'),
      );
    },
  );
});

/** Only a real disk can be full of files. */
if (disk)
  describe('a file whose disk is full', () => {
    it.each(['append', 'replace'])('keeps whole batches, and goes on once there is room (mode: %s)', async (mode) => {
      using folder = new Folder(disk.path);
      const filler = path.join(disk.path, 'filler');
      await writeFile(filler, Buffer.alloc((DISK_MIB - 3) * 1024 * 1024)).catch(() => undefined);
      const target = await folder.open('csv');
      const mapping = { from: 'public.full_of', to: `${mode}.csv`, mode, key: ['id'], fields: FIELDS };
      const stream = await compileMapping(mapping, bridge.from, target);
      const first = startMove(stream, bridge.from, target, { limits });
      expectOutOfSpace(
        await first.done.then(
          () => Promise.reject(new Error('There was room')),
          (error: unknown) => error as MoveFailed,
        ),
      );
      const text = (await folder.read(`${mode}.csv`)) ?? '';
      expect(text.split('\n').length % limits.batchRows).toBeLessThanOrEqual(2);
      await rm(filler);
      const resumeFrom = first.reports.at(-1)?.checkpoint;
      await startMove(stream, bridge.from, target, { limits, attempt: 2, ...(resumeFrom ? { resumeFrom } : {}) }).done;
      const lines = (await folder.read(`${mode}.csv`))!.trimEnd().split('\n').slice(1);
      expect(new Set(lines).size).toBe(ROWS);
      expect(lines).toHaveLength(ROWS);
    });
  });
