import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { searchFiles } from './byte-search.js';

const CHUNK_BYTES = 4 << 20;
const marker = 'canary-0123456789abcdef';

describe('the search of the canary test', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(path.join(os.tmpdir(), 'millrace-bytes-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it.each([0, CHUNK_BYTES - marker.length, CHUNK_BYTES - 7, CHUNK_BYTES - 1, CHUNK_BYTES, 2 * CHUNK_BYTES - 30])(
    'finds a marker at byte %i, also where a chunk ends',
    (offset) => {
      const file = path.join(directory, `at-${offset}`);
      writeFileSync(file, Buffer.concat([Buffer.alloc(offset, 'c'), Buffer.from(marker), Buffer.alloc(9, 'y')]));
      expect(searchFiles({ directories: [directory], markers: [marker] })).toEqual({
        files: 1,
        bytes: offset + marker.length + 9,
        found: [{ file, marker }],
      });
      rmSync(file);
    },
  );
});
