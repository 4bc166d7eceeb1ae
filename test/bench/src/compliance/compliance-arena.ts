import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type LocalRegion, startLocalRegion } from '@millrace/cli';
import { type Joined, joinRegion } from '@millrace/service';
import type { BenchOptions } from '../options.js';
import { type EntrySource, entrySource } from './entry-source.js';

/** Services whose entries reach the ledger side by side, as in a region with all of them. */
const SOURCES = ['gateway', 'identity', 'vault', 'sync'] as const;

/** A region as the command line starts it, in which compliance is a process of its own. */
export interface ComplianceArena {
  readonly options: BenchOptions;
  readonly note: (line: string) => void;
  /** The region as it stands, and who speaks to it. */
  readonly place: () => { readonly operator: Joined; readonly sources: readonly EntrySource[] };
  /** Stops everything and starts it again, database included: nothing of it is warm then but the system's file cache. */
  readonly restart: () => Promise<void>;
}

export async function withCompliance<Result>(
  options: BenchOptions,
  note: ComplianceArena['note'],
  work: (arena: ComplianceArena) => Promise<Result>,
): Promise<Result> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'millrace-bench-'));
  let open = await openPlace(directory, []);
  const restart = async () => {
    const { sources } = open;
    await closePlace(open);
    open = await openPlace(directory, sources);
  };
  try {
    return await work({ options, note, place: () => open, restart });
  } finally {
    await closePlace(open);
    rmSync(directory, { recursive: true, force: true });
  }
}

interface Place {
  readonly region: LocalRegion;
  readonly operator: Joined;
  readonly parties: readonly Joined[];
  readonly sources: readonly EntrySource[];
}

async function openPlace(directory: string, before: readonly EntrySource[]): Promise<Place> {
  const region = await startLocalRegion({
    directory: path.join(directory, 'region'),
    services: ['compliance'],
    separate: true,
    workers: 0,
  });
  const operator = await joinRegion('operator', region);
  const parties = await Promise.all(SOURCES.map((name) => joinRegion(name, region)));
  const sources = SOURCES.map((name, index) => entrySource(name, parties[index]!, before[index]?.lastNumber() ?? 0));
  return { region, operator, parties, sources };
}

async function closePlace({ region, operator, parties }: Place): Promise<void> {
  for (const { runtime } of [operator, ...parties]) await runtime.connection.close();
  await region.stop();
}
