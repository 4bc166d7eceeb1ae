import {
  ACCOUNT_COLUMNS,
  ACCOUNTS,
  ACCOUNTS_DOCUMENT,
  changeAccounts,
  checkAccounts,
  fillAccounts,
} from '../accounts.js';
import type { Arena } from '../arena.js';
import { compete, median, medianRatio } from '../compete.js';
import type { Contest, Figures } from '../contest.js';
import { nativeRead, nativeUpsert } from '../psql.js';

/** The table is larger than that of the other contests, so that reading all of it would show. */
const TIMES_ROWS = 5;

export const incremental: Contest = {
  name: 'incremental',
  figures: {
    incremental_ratio: {
      work: '1 % of 5 M rows changed, read by an indexed cursor and upserted: our time ÷ that of psql reading just the changed rows and merging them',
      atMost: 1.5,
      aim: 1.1,
    },
    incremental_read_ratio: {
      work: 'the same without the writing on either side: our reading and mapping ÷ psql reading just the changed rows into /dev/null',
      atMost: 1.5,
      aim: 1.1,
    },
    incremental_to_read_ratio: {
      work: 'our whole time, writing included, ÷ that of psql reading just the changed rows into /dev/null',
    },
    incremental_ms: { work: 'our time, from connecting to the last commit', unit: 'ms' },
  },
  measure,
};

async function measure(arena: Arena): Promise<Figures> {
  const { rows, pairs } = arena.options;
  await fillAccounts(arena, rows * TIMES_ROWS);
  const contestants = {
    ours: () => ours(arena),
    psql: () => byHand(arena),
    ourReading: () => ourReading(arena),
    psqlReading: () => reading(arena),
  };
  const times = await compete(pairs, contestants, arena.note);
  await checkAccountsAtEnd(arena);
  return {
    incremental_ratio: medianRatio(times.ours, times.psql),
    incremental_read_ratio: medianRatio(times.ourReading, times.psqlReading),
    incremental_to_read_ratio: medianRatio(times.ours, times.psqlReading),
    incremental_ms: Math.round(median(times.ours)),
  };
}

async function ours(arena: Arena): Promise<number> {
  const position = await changeAccounts(arena);
  const { elapsedMs } = await arena.move({ document: ACCOUNTS_DOCUMENT, position });
  await checkAccounts(arena, 'changed');
  return elapsedMs;
}

async function byHand(arena: Arena): Promise<number> {
  const select = selectSince(await changeAccounts(arena));
  const elapsedMs = await nativeUpsert({ ...arena, select }, ACCOUNTS, ACCOUNT_COLUMNS);
  await checkAccounts(arena, 'changed');
  return elapsedMs;
}

async function ourReading(arena: Arena): Promise<number> {
  const position = await changeAccounts(arena);
  const { elapsedMs } = await arena.move({ document: ACCOUNTS_DOCUMENT, position, readOnly: true });
  return elapsedMs;
}

/** Leaves the target as it is: the next change touches the same rows, so that the next contestant brings them along. */
async function reading(arena: Arena): Promise<number> {
  const select = selectSince(await changeAccounts(arena));
  return nativeRead({ ...arena, select });
}

const selectSince = ([cursor]: readonly [string, string]) =>
  `SELECT * FROM ${ACCOUNTS} WHERE updated_at > '${cursor}' ORDER BY updated_at`;

/** Once over everything: what did not change must not have changed either. */
async function checkAccountsAtEnd(arena: Arena): Promise<void> {
  await ours(arena);
  await checkAccounts(arena, 'all');
}
