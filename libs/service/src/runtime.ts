import { CharterSet, loadCharter, type Charter } from '@millrace/charter';
import type { ServiceName } from '@millrace/contracts';
import type { Clock } from '@millrace/kernel';
import type { Instruments, NatsConnection, OperationClient } from '@millrace/messaging';
import type { Logger, Metrics } from '@millrace/observability';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { HeldKeys } from './held-keys.js';
import type { RegionConfig } from './region-config.js';
import type { SecretsDirectory } from './secrets-directory.js';

/** What every part of a service may use; provided under this class in Nest's container. */
export class Runtime {
  readonly service!: ServiceName;
  readonly config!: RegionConfig;
  readonly clock!: Clock;
  readonly secrets!: SecretsDirectory;
  readonly keys!: HeldKeys;
  readonly charters!: CharterSet;
  readonly connection!: NatsConnection;
  readonly client!: OperationClient;
  readonly log!: Logger;
  readonly metrics!: Metrics;
  readonly instruments!: Instruments;

  constructor(parts: Omit<Runtime, 'charter'>) {
    Object.assign(this, parts);
  }

  /** The charter in force now. */
  get charter(): Charter {
    return this.charters.at(this.clock.now());
  }
}

/** Reads every version of the region's charter. @throws CharterError naming file, line and rule of each fault */
export function readCharters(config: RegionConfig): CharterSet {
  const charters = config.charters.map((file) => loadCharter(readFileSync(file, 'utf8'), path.basename(file)));
  const refused = charters.find((charter) => !charter.allowsRegion(config.region));
  if (refused)
    throw new Error(`Charter ${refused.name} does not allow the region ${config.region}; see its residency section`);
  return new CharterSet(charters);
}
