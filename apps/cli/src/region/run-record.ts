import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { RegionDirectory } from './region-directory.js';

const RunRecord = z.object({
  /** The process that started the region and stops it. */
  pid: z.int(),
  mode: z.enum(['one-process', 'separate']),
  startedAt: z.string(),
  /** Milliseconds from the command to the last service that was ready. */
  readyInMs: z.int(),
  gatewayUrl: z.string(),
  postgres: z.string(),
  nats: z.string(),
  /** The folder with the mails of the region, when they stay on this machine. */
  mails: z.string().optional(),
  /** Health and metrics of each party. */
  operations: z.record(z.string(), z.string()),
  /** Process ids when it was ready; a restart gives new ones. */
  processes: z.record(z.string(), z.int()),
});

/** What a running region says about itself to other commands. */
export type RunRecord = z.output<typeof RunRecord>;

/** The record of a region that is up; undefined when it is not. */
export function readRunRecord(directory: RegionDirectory): RunRecord | undefined {
  if (directory.owner === undefined || !existsSync(directory.runFile)) return undefined;
  const parsed = RunRecord.safeParse(JSON.parse(readFileSync(directory.runFile, 'utf8')));
  return parsed.success && parsed.data.pid === directory.owner ? parsed.data : undefined;
}

/** Written beside and moved into place, so that nobody reads half of it. */
export function writeRunRecord(directory: RegionDirectory, record: RunRecord): void {
  const draft = `${directory.runFile}.new`;
  writeFileSync(draft, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, directory.runFile);
}

export function removeRunRecord(directory: RegionDirectory): void {
  rmSync(directory.runFile, { force: true });
}
