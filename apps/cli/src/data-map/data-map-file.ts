import { readFileSync } from 'node:fs';
import { Problem } from '@millrace/kernel';
import { type DataMap, DATA_MAP_FORMAT, DataMapSchema } from '@millrace/privacy';
import { z } from 'zod';
import { cliProblems } from '../region/problems.js';

/** Faults that are told; a file of another kind has one for everything in it. */
const MOST_FAULTS = 5;

const Versioned = z.looseObject({ formatVersion: z.int().positive() });

/** @throws Problem `cli.usage` for a file that cannot be read, is no data map, or is one of a newer format */
export function readDataMap(file: string): DataMap {
  const json = readJson(file);
  const versioned = Versioned.safeParse(json);
  if (!versioned.success) throw wrongFile(`${file} is not a data map: it has no formatVersion.`);
  const { formatVersion } = versioned.data;
  if (formatVersion > DATA_MAP_FORMAT)
    throw wrongFile(
      `${file} has the format version ${formatVersion}; this release reads ${DATA_MAP_FORMAT} at most. Use a newer one.`,
    );
  const read = DataMapSchema.safeParse(json);
  if (read.success) return read.data;
  const errors = read.error.issues
    .slice(0, MOST_FAULTS)
    .map((issue) => ({ path: `/${issue.path.join('/')}`, message: issue.message }));
  throw new Problem(cliProblems.usage, { detail: `${file} is not a data map.`, errors });
}

function readJson(file: string): unknown {
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw wrongFile(`${file} cannot be read (${code}).`, cause);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw wrongFile(`${file} is not a data map: it is not JSON.`, cause);
  }
}

const wrongFile = (detail: string, cause?: unknown) => new Problem(cliProblems.usage, { detail, cause });
