import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { LOOPBACK } from '@millrace/embedded';
import { Problem } from '@millrace/kernel';
import { RegionConfig } from '@millrace/service';
import { parse, stringify } from 'yaml';
import { shippedCharters } from './charters.js';
import { cliProblems } from './problems.js';
import { chartersFolder } from './project.js';
import type { RegionDirectory } from './region-directory.js';
import { type RegionPorts, wishedPorts } from './region-ports.js';

const HEADER = `# The configuration of this region. Ports are chosen when it starts; everything else may be edited.
# Paths are relative to this file.
`;

/** What a region can never change. */
export interface RegionIdentity {
  readonly charter: string;
  readonly region: string;
}

/** The sender of mails that stay on this machine; tells our own mailbox from a mail server of the operator's. */
const MAILBOX_SENDER = 'no-reply@millrace.example';

/** The port at which the mailbox was or may be; undefined when the operator configured a mail server. */
export function mailboxPort(config: RegionConfig | undefined): number | undefined {
  if (config?.mail === undefined) return wishedPorts.mail;
  return config.mail.from === MAILBOX_SENDER ? config.mail.port : undefined;
}

/** What an earlier start wrote; undefined before the first one. */
export function readRegionFile(directory: RegionDirectory): RegionConfig | undefined {
  if (!existsSync(directory.regionFile)) return undefined;
  return RegionConfig.parse(parse(readFileSync(directory.regionFile, 'utf8')));
}

/** @throws Problem `cli.other-region` when the directory was made for another region or charter, `cli.unknown-charter` */
export function assertSameRegion(directory: RegionDirectory, wished: RegionIdentity): void {
  if (!shippedCharters().includes(wished.charter)) {
    throw new Problem(cliProblems.unknownCharter, {
      detail: `There is no charter of that name; choose one of ${shippedCharters().join(', ')}.`,
    });
  }
  const existing = readRegionFile(directory);
  if (!existing) return;
  const charter = path.basename(existing.charters[0]!, '.yaml');
  if (charter === wished.charter && existing.region === wished.region) return;
  throw new Problem(cliProblems.otherRegion, {
    detail: `${directory.path} belongs to the region ${existing.region} under the charter ${charter}, not to ${wished.region} under ${wished.charter}. Name another directory with --directory.`,
  });
}

/** Writes the region's file anew with these ports; whatever else an operator put into it stays. */
export function writeRegionFile(directory: RegionDirectory, identity: RegionIdentity, ports: RegionPorts): void {
  const existing = readRegionFile(directory);
  const charter = path.relative(directory.path, path.join(chartersFolder, `${identity.charter}.yaml`));
  const config = RegionConfig.parse({
    region: identity.region,
    charters: [charter],
    secrets: 'secrets',
    egress: { privateCidrs: ['127.0.0.0/8', '::1/128'] },
    logs: { level: 'info', directory: 'logs' },
    ...existing,
    postgres: { host: LOOPBACK, port: ports.postgres },
    nats: { servers: [`nats://${LOOPBACK}:${ports.nats}`] },
    // A loopback address without TLS: browsers would drop cookies marked Secure.
    http: { secureCookies: false, ...existing?.http, host: LOOPBACK, port: ports.gateway },
    operations: { host: LOOPBACK, ports: { ...ports.operations } },
    ...(ports.mail === undefined ? {} : { mail: { host: LOOPBACK, port: ports.mail, from: MAILBOX_SENDER } }),
  });
  writePrivate(directory.regionFile, `${HEADER}${stringify(config)}`);
}

/** A copy of the region's file for one more worker, which needs an operations port of its own. */
export function writeWorkerFile(directory: RegionDirectory, number: number, operationsPort: number): string {
  const config = readRegionFile(directory)!;
  const file = directory.at(`worker-${number}.yaml`);
  const ports = { ...config.operations.ports, 'sync-worker': operationsPort };
  writePrivate(file, `${HEADER}${stringify({ ...config, operations: { ...config.operations, ports } })}`);
  return file;
}

function writePrivate(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
  chmodSync(file, 0o600);
}
