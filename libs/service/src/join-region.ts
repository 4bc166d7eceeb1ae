import type { ServiceName } from '@millrace/contracts';
import { type Clock, systemClock } from '@millrace/kernel';
import { type CallSeals, type CallTokens, connectNats, OperationClient } from '@millrace/messaging';
import { createCallSeals } from './call-seals.js';
import { createCallTokens } from './call-tokens.js';
import { createInstruments } from './instruments.js';
import type { RegionConfig } from './region-config.js';
import { readCharters, Runtime } from './runtime.js';
import type { SecretsDirectory } from './secrets-directory.js';

export interface StartOptions {
  readonly config: RegionConfig;
  readonly secrets: SecretsDirectory;
  /** Default: the system's clock. */
  readonly clock?: Clock;
}

export interface Joined {
  readonly runtime: Runtime;
  readonly tokens: CallTokens;
  readonly seals: CallSeals;
}

/** Joins a region as one of its parties: charter, keys, NATS, and a client for the operations that name the party. */
export async function joinRegion(
  name: ServiceName,
  { config, secrets, clock = systemClock }: StartOptions,
): Promise<Joined> {
  const charters = readCharters(config);
  const { log, metrics, instruments } = createInstruments(name, config, clock);
  const connection = await connectNats({
    servers: config.nats.servers,
    user: name,
    password: await secrets.natsPassword(name),
  });
  const tokens = createCallTokens({
    service: name,
    region: config.region,
    key: await secrets.signingKey(name),
    trusted: secrets.verifyingKeys(),
    clock,
  });
  const seals = createCallSeals(name, secrets);
  const client = new OperationClient({ connection, tokens, seals, instruments, clock });
  const runtime = new Runtime({
    service: name,
    config,
    clock,
    secrets,
    charters,
    connection,
    client,
    log,
    metrics,
    instruments,
  });
  return { runtime, tokens, seals };
}
