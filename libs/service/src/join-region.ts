import type { ServiceName } from '@millrace/contracts';
import { type Clock, systemClock } from '@millrace/kernel';
import { type CallSeals, type CallTokens, connectNats, OperationClient } from '@millrace/messaging';
import { createCallSeals } from './call-seals.js';
import { createCallTokens } from './call-tokens.js';
import { heldKeys } from './held-keys.js';
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
  const signer = secrets.signer(name, clock);
  // A party without keys of its own does not start.
  const [seals] = await Promise.all([createCallSeals(name, secrets), signer.keyId()]);
  const { log, metrics, instruments } = createInstruments(name, config, clock);
  const connection = await connectNats({
    servers: config.nats.servers,
    user: name,
    password: await secrets.natsPassword(name),
  });
  const verifier = secrets.verifier(clock);
  const tokens = createCallTokens({
    service: name,
    region: config.region,
    signer,
    verifier,
  });
  const client = new OperationClient({ connection, tokens, seals, instruments, clock });
  const runtime = new Runtime({
    service: name,
    config,
    clock,
    secrets,
    keys: heldKeys(name, { secrets, seals, signer, verifier }),
    charters,
    connection,
    client,
    log,
    metrics,
    instruments,
  });
  return { runtime, tokens, seals };
}
