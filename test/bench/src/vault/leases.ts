import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type LocalRegion, startLocalRegion } from '@millrace/cli';
import {
  type Caller,
  createConnection,
  LEASE_GRANT_SECONDS,
  leaseAudience,
  leaseCredential,
  leaseIssuer,
  type ServiceName,
} from '@millrace/contracts';
import { generateLeaseKeyPair, type LeaseKeyPair, TokenSigner } from '@millrace/crypto';
import { delay, newId, stopwatch, systemClock } from '@millrace/kernel';
import { type Joined, joinRegion } from '@millrace/service';
import { median, rounded } from '../compete.js';
import type { Contest, Figures } from '../contest.js';
import type { BenchOptions } from '../options.js';

const PER_SECOND = 200;
const SECONDS = 8;
/** Leases that warm compilers, pools and caches and do not count. */
const WARM_UP = 400;

interface Place {
  readonly options: BenchOptions;
  readonly note: (line: string) => void;
}

export const leases: Contest<Place> = {
  name: 'leases',
  figures: {
    lease_p99_ms: {
      work: 'a lease, from the request to the sealed credential, at 200 a second whatever the answers take, 99th percentile; vault, ledger and client are processes of their own',
      unit: 'ms',
      atMost: 10,
    },
    lease_p50_ms: { work: 'the same, median', unit: 'ms' },
  },
  measure,
};

/** In a region as the command line starts it, where vault and ledger are processes of their own. */
async function measure(place: Place): Promise<Figures> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'millrace-bench-'));
  const region = await startLocalRegion({
    directory: path.join(directory, 'region'),
    services: ['compliance', 'vault'],
    separate: true,
    workers: 0,
  });
  const join = (name: ServiceName) => joinRegion(name, region);
  const parties = await Promise.all([join('gateway'), join('sync-worker')]);
  try {
    return await measureIn(region, parties, place);
  } finally {
    for (const { runtime } of parties) await runtime.connection.close();
    await region.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measureIn(
  region: LocalRegion,
  [gateway, worker]: readonly [Joined, Joined],
  { options, note }: Place,
): Promise<Figures> {
  const owner: Caller = { kind: 'user', userId: newId(), orgId: newId(), roles: ['owner'], sessionId: newId() };
  const { connectionId } = await gateway.runtime.client.call(
    createConnection,
    {
      name: 'bench',
      provider: 'postgres',
      config: { host: '127.0.0.1', port: 5432, database: 'shop', tls: 'disable' },
      credential: { username: 'reader', password: 'a database password' },
    },
    owner,
  );
  const keys = await generateLeaseKeyPair();
  const grantOf = await granting(region, { orgId: owner.orgId, connectionId }, keys);
  const asWorker: Caller = { kind: 'service', name: 'sync-worker' };
  const leaseOnce = (grant: string) =>
    worker.runtime.client.call(leaseCredential, { grant, workerKey: keys.publicKey }, asWorker);
  for (let index = 0; index < WARM_UP; index++) await leaseOnce(await grantOf());
  const [p50s, p99s]: [number[], number[]] = [[], []];
  for (let round = 0; round < options.pairs; round++) {
    // Signed beforehand: that is sync's work, not the vault's.
    const grants = await Promise.all(Array.from({ length: PER_SECOND * SECONDS }, grantOf));
    const times = (await atRate(grants, leaseOnce)).toSorted((one, other) => one - other);
    p50s.push(times[Math.floor(times.length * 0.5)]!);
    p99s.push(times[Math.floor(times.length * 0.99)]!);
    note(`  round ${round + 1}: median ${p50s.at(-1)!.toFixed(1)} ms, 99th percentile ${p99s.at(-1)!.toFixed(1)} ms`);
  }
  return { lease_p99_ms: rounded(median(p99s)), lease_p50_ms: rounded(median(p50s)) };
}

async function granting(
  { secrets, config }: LocalRegion,
  which: { readonly orgId: string; readonly connectionId: string },
  { thumbprint }: LeaseKeyPair,
): Promise<() => Promise<string>> {
  const signer = new TokenSigner(await secrets.signingKey('sync'), systemClock);
  const to = {
    expiresInSeconds: LEASE_GRANT_SECONDS,
    audience: leaseAudience(config.region),
    issuer: leaseIssuer,
    type: 'lease-grant',
  } as const;
  const run = { purpose: 'run', runId: newId(), partitionId: newId(), fence: 1 };
  return () => signer.sign({ ...which, ...run, grantId: newId(), workerKey: thumbprint }, to);
}

/** Asks at a steady rate, whether or not earlier answers have come; gives what each took, in milliseconds. */
async function atRate(grants: readonly string[], ask: (grant: string) => Promise<unknown>): Promise<number[]> {
  const since = stopwatch();
  const asked: Promise<number>[] = [];
  for (const [index, grant] of grants.entries()) {
    const early = (index * 1_000) / PER_SECOND - since();
    if (early > 1) await delay(early);
    const elapsed = stopwatch();
    asked.push(ask(grant).then(elapsed));
  }
  return Promise.all(asked);
}
