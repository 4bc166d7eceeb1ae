import { chmodSync, existsSync, mkdirSync, readdirSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { liveOwner } from '@millrace/embedded';
import { Problem } from '@millrace/kernel';
import { cliProblems } from './problems.js';
import { regionsHome } from './project.js';

/** Everything that a region on one machine keeps: secrets, configuration, data, logs. Only its owner may enter. */
export class RegionDirectory {
  readonly path: string;

  constructor(directory: string) {
    this.path = path.resolve(directory);
  }

  readonly at = (...names: string[]): string => path.join(this.path, ...names);

  get regionFile(): string {
    return this.at('region.yaml');
  }
  get runFile(): string {
    return this.at('run.json');
  }
  get secrets(): string {
    return this.at('secrets');
  }
  get logs(): string {
    return this.at('logs');
  }
  get postgres(): string {
    return this.at('postgres');
  }
  /** The cluster that plays the customer's in the demo. */
  get customerPostgres(): string {
    return this.at('customer-postgres');
  }
  get nats(): string {
    return this.at('nats');
  }

  /** Every mail of the region, while it has no mail server of its operator's. */
  get mails(): string {
    return this.at('mails');
  }

  get exists(): boolean {
    return existsSync(this.regionFile);
  }

  /** The process that runs this region now, if any. */
  get owner(): number | undefined {
    return existsSync(this.postgres) ? liveOwner(realpathSync(this.postgres)) : undefined;
  }

  /**
   * Makes the directory, closed to other users.
   * @throws Problem `cli.foreign-directory` for a directory that holds something else: its mode is not ours to change
   */
  prepare(): void {
    if (existsSync(this.path) && !this.isOurs()) {
      throw new Problem(cliProblems.foreignDirectory, {
        detail: `${this.path} holds something other than a region. Name an empty directory.`,
      });
    }
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
    chmodSync(this.path, 0o700);
  }

  private isOurs(): boolean {
    if (!statSync(this.path).isDirectory()) return false;
    return existsSync(this.secrets) || readdirSync(this.path).length === 0;
  }
}

/** Where the region of a charter lies unless another directory is named. */
export function defaultDirectory(charter: string): string {
  return path.join(regionsHome, charter);
}

/**
 * The region that a command means when it names none: the one that is up, else the only one there is.
 * @throws Problem `cli.no-region` when there is none, or several of which none is up
 */
export function findRegion(named: string | undefined): RegionDirectory {
  if (named !== undefined) {
    const directory = new RegionDirectory(named);
    if (directory.exists) return directory;
    throw new Problem(cliProblems.noRegion, {
      detail: `${directory.path} holds no region. Create one with \`millrace up --directory …\`.`,
    });
  }
  const known = existsSync(regionsHome)
    ? readdirSync(regionsHome).map((name) => new RegionDirectory(path.join(regionsHome, name)))
    : [];
  const regions = known.filter((one) => one.exists);
  const up = regions.filter((one) => one.owner !== undefined);
  const candidates = up.length ? up : regions;
  if (candidates.length === 1) return candidates[0]!;
  if (candidates.length === 0) throw new Problem(cliProblems.noRegion);
  const names = candidates.map((one) => one.path).join(', ');
  throw new Problem(cliProblems.noRegion, {
    detail: `There are several regions (${names}); name one with --directory.`,
  });
}
