import { startTestRegion, type TestRegion } from '@millrace/testing';
import { definition } from '@millrace/vault';
import type { Figures } from '../contest.js';
import type { BenchOptions } from '../options.js';

/** Where the contests of the vault are held: a region with nothing but a vault. */
export interface VaultArena {
  readonly options: BenchOptions;
  readonly region: TestRegion;
  readonly note: (line: string) => void;
}

export async function withVault(
  options: BenchOptions,
  note: VaultArena['note'],
  work: (arena: VaultArena) => Promise<Figures>,
): Promise<Figures> {
  const region = await startTestRegion({ definitions: [definition] });
  try {
    return await work({ options, region, note });
  } finally {
    await region.stop();
  }
}
