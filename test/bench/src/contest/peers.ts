import { execFile } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { stopwatch } from '@millrace/kernel';
import type { Arena } from '../arena.js';
import { compete, medianRatio } from '../compete.js';
import type { Contest, Figures, Requirement } from '../contest.js';
import { digest } from '../digest.js';
import { emptyTwin, fillPeople, TWIN_DOCUMENT } from '../people.js';

const run = promisify(execFile);

/** Then it hangs, as pgloader 3.6.9 did once its heap was full: it takes 17 s for a million rows on two busy cores. */
const GIVE_UP_MS = 300_000;

/** Another mover of tables. None is installed here: who is on the PATH takes part. */
interface Peer {
  readonly program: string;
  /** Its arguments for the table `people`, to a target in which the empty table exists. `directory` is its own. */
  readonly arguments: (arena: Arena, directory: string) => readonly string[];
}

const PEERS: readonly Peer[] = [
  {
    program: 'pgloader',
    arguments: ({ sourceUrl, targetUrl }, directory) => {
      const file = path.join(directory, 'people.load');
      // Its manual asks for a smaller prefetch (default 100,000 rows) when the heap runs out, and so it did.
      const options = 'data only, no truncate, concurrency = 1, workers = 2, prefetch rows = 10000';
      const tables = `INCLUDING ONLY TABLE NAMES MATCHING 'people' IN SCHEMA 'public'`;
      writeFileSync(file, `LOAD DATABASE FROM ${sourceUrl} INTO ${targetUrl} WITH ${options} ${tables};\n`);
      return ['--root-dir', directory, file];
    },
  },
  {
    program: 'pgcopydb',
    arguments: ({ sourceUrl, targetUrl }, directory) => [
      ...['copy', 'table-data', '--dir', path.join(directory, 'pgcopydb'), '--not-consistent'],
      ...['--table-jobs', '2', '--source', sourceUrl, '--target', targetUrl],
    ],
  },
];

const keyOf = ({ program }: Peer) => `vs_${program}`;

export const peers: Contest = {
  name: 'peers',
  figures: Object.fromEntries(
    PEERS.map((peer): [string, Requirement] => [
      keyOf(peer),
      { work: `first load of a table as it is: our speed ÷ that of ${peer.program}`, atLeast: 1 },
    ]),
  ),
  measure,
};

async function measure(arena: Arena): Promise<Figures> {
  const figures: Record<string, number> = {};
  for (const peer of PEERS.filter(isInstalled)) {
    try {
      figures[keyOf(peer)] = await against(peer, arena);
    } catch (error) {
      // A version that does not know this server, for instance. The others still count.
      arena.note(`  ${peer.program} did not get through: ${String(error).slice(0, 500)}`);
    }
  }
  return figures;
}

async function against(peer: Peer, arena: Arena): Promise<number> {
  const { rows, pairs } = arena.options;
  await fillPeople(arena, rows);
  const expected = await digest(arena.source, 'SELECT * FROM people');
  const fromEmpty = async (work: () => Promise<number>) => {
    await emptyTwin(arena);
    const elapsedMs = await work();
    if ((await digest(arena.target, 'SELECT * FROM people')) !== expected) throw new Error('The contents differ');
    return elapsedMs;
  };
  const ours = () => fromEmpty(async () => (await arena.move({ document: TWIN_DOCUMENT })).elapsedMs);
  const theirs = () => fromEmpty(() => runPeer(peer, arena));
  const times = await compete(pairs, { ours, [peer.program]: theirs }, arena.note);
  return medianRatio(times[peer.program]!, times['ours']!);
}

async function runPeer(peer: Peer, arena: Arena): Promise<number> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'millrace-bench-'));
  try {
    const words = peer.arguments(arena, directory);
    const elapsed = stopwatch();
    await run(peer.program, words, { timeout: GIVE_UP_MS, killSignal: 'SIGKILL' });
    return elapsed();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function isInstalled({ program }: Peer): boolean {
  return (process.env['PATH'] ?? '').split(path.delimiter).some((directory) => {
    try {
      accessSync(path.join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
