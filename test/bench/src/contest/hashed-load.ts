import { createFieldHasher } from '@millrace/crypto';
import type { Arena } from '../arena.js';
import { compete, medianRatio } from '../compete.js';
import type { Contest, Figures } from '../contest.js';
import { digest } from '../digest.js';
import { FIELD_KEY } from '../mover.js';
import { checkCopy, COPY, emptyCopy, fillPeople, NATIVE_SELECT, peopleDocument } from '../people.js';
import { nativePipe } from '../psql.js';

/** Hashes that are made anew here and compared; every record's other columns are compared by digest. */
const COMPARED_HASHES = 1_000;
const OTHER_COLUMNS = 'id, zip, lat, visit_count, balance, active, created_at, remark';
const OTHER_SELECT = `SELECT ${OTHER_COLUMNS} FROM (${NATIVE_SELECT}) AS p (id, zip, lat, visit_count, email, balance, active, created_at, remark)`;

export const hashedLoad: Contest = {
  name: 'hashed-load',
  figures: {
    full_load_hmac_ratio: {
      work: 'first load with a keyed hash (HMAC-SHA-256) of one field as well: speed ÷ that of the pipe, which hashes nothing',
      atLeast: 0.6,
      aim: 0.85,
    },
  },
  measure,
};

async function measure(arena: Arena): Promise<Figures> {
  const { rows, pairs } = arena.options;
  await fillPeople(arena, rows);
  const ours = async () => {
    await emptyCopy(arena);
    const { elapsedMs } = await arena.move({ document: peopleDocument({ hashEmail: true }) });
    await checkHashedCopy(arena);
    return elapsedMs;
  };
  const native = async () => {
    await emptyCopy(arena);
    const elapsedMs = await nativePipe({ ...arena, select: NATIVE_SELECT }, COPY);
    await checkCopy(arena);
    return elapsedMs;
  };
  const times = await compete(pairs, { ours, native }, arena.note);
  return { full_load_hmac_ratio: medianRatio(times.native, times.ours) };
}

async function checkHashedCopy({ source, target, options }: Arena): Promise<void> {
  const other = `SELECT ${OTHER_COLUMNS} FROM ${COPY}`;
  if ((await digest(source, OTHER_SELECT)) !== (await digest(target, other)))
    throw new Error('The contents of the hashed copy differ');
  const sample = `WHERE id % ${Math.max(1, Math.floor(options.rows / COMPARED_HASHES))} = 0 ORDER BY id`;
  const emails = await source.query<{ email: string }>(`SELECT email FROM people ${sample}`);
  const hashes = await target.query<{ email: string }>(`SELECT email FROM ${COPY} ${sample}`);
  const hash = createFieldHasher(FIELD_KEY);
  if (emails.rows.some(({ email }, index) => hash(email) !== hashes.rows[index]?.email))
    throw new Error('The hashes of the copy differ');
}
