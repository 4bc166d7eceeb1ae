import { createWriteStream, rmSync, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { exportBundle } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { ApiClient } from '../api/api-client.js';
import { cliProblems } from '../region/problems.js';

/**
 * Writes the caller's bundle to a new file that only they can read; answers its size in bytes. Of a download that did not come to
 * its end nothing is left.
 * @throws Problem `cli.usage` for a file that is there already or cannot be made, `cli.not-reachable` when the download breaks off
 */
export async function downloadBundle(client: ApiClient, file: string): Promise<number> {
  const target = await newFile(file);
  try {
    const body = await client.download(exportBundle, {});
    await pipeline(Readable.fromWeb(body), target).catch((cause: unknown) => {
      throw new Problem(cliProblems.notReachable, { detail: 'The download broke off; ask again.', cause });
    });
    return target.bytesWritten;
  } catch (error) {
    target.destroy();
    rmSync(file, { force: true });
    throw error;
  }
}

async function newFile(file: string): Promise<WriteStream> {
  const target = createWriteStream(file, { flags: 'wx', mode: 0o600 });
  try {
    await once(target, 'open');
    return target;
  } catch (cause) {
    const isThere = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    const detail = isThere ? `${file} is there already; name another file.` : `The file ${file} cannot be made.`;
    throw new Problem(cliProblems.usage, { detail, cause });
  }
}
