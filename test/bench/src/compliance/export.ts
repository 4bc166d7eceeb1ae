import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { type LocalRegion, startLocalRegion } from '@millrace/cli';
import { hashOpaqueToken } from '@millrace/crypto';
import { newId, stopwatch, systemClock } from '@millrace/kernel';
import pg from 'pg';
import { rounded } from '../compete.js';
import type { Contest, Figures } from '../contest.js';
import type { BenchOptions } from '../options.js';
import { personFills } from './person-fills.js';

interface Place {
  readonly options: BenchOptions;
  readonly note: (line: string) => void;
}

/** Neither of them is ours. */
const SERVERS = ['postgres', 'nats'];
/** A field that every row of one table has and no other. */
const MARKS = ['"eventId"', '"requestId"', '"leafIndex"'];

export const exportCopy: Contest<Place> = {
  name: 'export',
  figures: {
    export_1m_peak_mb: {
      work: 'most memory (VmHWM) of any service while somebody downloads their copy, a million rows of three services',
      unit: 'MB',
      atMost: 300,
    },
    export_1m_s: { work: 'the download, from the request to its last byte', unit: 's' },
    bundle_1m_peak_mb: {
      work: 'the same (VmHWM) once they have downloaded it as a signed ZIP too',
      unit: 'MB',
      atMost: 300,
    },
    bundle_1m_s: { work: 'the download of the ZIP; every row is read twice', unit: 's' },
  },
  measure,
};

async function measure({ options: { rows }, note }: Place): Promise<Figures> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'millrace-bench-'));
  const region = await startLocalRegion({ directory: path.join(directory, 'region'), separate: true, workers: 0 });
  try {
    const token = await somebody(region, rows);
    note(`  ${rows} rows are there`);
    const elapsed = stopwatch();
    const { found, bytes } = await download(region.gatewayUrl, token);
    const seconds = elapsed() / 1_000;
    // Their own download and a few entries of the region itself are among them.
    if (found < rows || found > rows + 100) throw new Error(`The copy has ${found} of ${rows} rows`);
    const copy = peaksOf(region);
    note(`  ${(bytes / 1e6).toFixed(0)} MB in ${seconds.toFixed(1)} s; ${copy.words}`);
    const again = stopwatch();
    const file = path.join(directory, 'bundle.zip');
    await downloadBundle(region.gatewayUrl, token, file);
    const bundleSeconds = again() / 1_000;
    const inBundle = await rowsOf(file);
    if (inBundle < rows || inBundle > rows + 100) throw new Error(`The bundle has ${inBundle} of ${rows} rows`);
    const bundle = peaksOf(region);
    note(`  ${(statSync(file).size / 1e6).toFixed(0)} MB as a ZIP in ${bundleSeconds.toFixed(1)} s; ${bundle.words}`);
    return {
      export_1m_peak_mb: rounded(copy.most),
      export_1m_s: rounded(seconds),
      bundle_1m_peak_mb: rounded(bundle.most),
      bundle_1m_s: rounded(bundleSeconds),
    };
  } finally {
    await region.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A person who is signed in and of whom there is much; answers what their browser holds. */
async function somebody(region: LocalRegion, rows: number): Promise<string> {
  const [userId, orgId, now] = [newId(), newId(), systemClock.now()];
  const token = randomBytes(32).toString('base64url');
  await sql(region, 'identity', [
    [
      `insert into account (id, email, email_lookup, password_hash, pepper_version, created_at)
       values ($1, 'ada@example.com', sha256('ada'), $2, 1, $3)`,
      [userId, `$2b$12$${'a'.repeat(53)}`, now],
    ],
    [`insert into organization (id, name, created_at) values ($1, 'Bench', $2)`, [orgId, now]],
    [`insert into membership (org_id, user_id, role, created_at) values ($1, $2, 'viewer', $3)`, [orgId, userId, now]],
    [
      `insert into session (id, user_id, org_id, token_hash, created_at, confirmed_at, last_seen_at, expires_at)
       values ($1, $2, $3, decode($4, 'hex'), $5, $5, $5, $5::timestamptz + interval '1 hour')`,
      [newId(), userId, orgId, hashOpaqueToken(token), now],
    ],
  ]);
  for (const { service, share, sql: text } of personFills)
    await sql(region, service, [
      [text, [userId, now, Math.round(rows * share)]],
      ['analyze', []],
    ]);
  return token;
}

async function sql(
  region: LocalRegion,
  database: string,
  statements: readonly (readonly [string, readonly unknown[]])[],
): Promise<void> {
  const client = new pg.Client({ connectionString: region.superuserUrl(database) });
  await client.connect();
  try {
    for (const [text, values] of statements) await client.query(text, [...values]);
  } finally {
    await client.end();
  }
}

/** Reads the whole copy as a browser would, and counts the rows in it. */
function download(gatewayUrl: string, token: string): Promise<{ found: number; bytes: number }> {
  return new Promise((resolve, reject) => {
    const answered = (answer: IncomingMessage) => {
      let [found, bytes, tail] = [0, 0, ''];
      answer.setEncoding('latin1').on('data', (chunk: string) => {
        bytes += chunk.length;
        const text = tail + chunk;
        for (const mark of MARKS) found += text.split(mark).length - 1 - (tail.split(mark).length - 1);
        tail = text.slice(-20);
      });
      answer.once('end', () => {
        if (answer.statusCode === 200 && answer.complete && tail.endsWith(']}')) resolve({ found, bytes });
        else reject(new Error(`The download ended with status ${answer.statusCode}: ${tail}`));
      });
      answer.once('error', reject);
    };
    const url = new URL('/api/v1/auth/me/export', gatewayUrl);
    get(url, { headers: { cookie: `sessionid=${token}` }, agent: false }, answered).once('error', reject);
  });
}

async function downloadBundle(gatewayUrl: string, token: string, file: string): Promise<void> {
  const url = new URL('/api/v1/auth/me/export/bundle', gatewayUrl);
  const answer = await new Promise<IncomingMessage>((resolve, reject) =>
    get(url, { headers: { cookie: `sessionid=${token}` }, agent: false }, resolve).once('error', reject),
  );
  if (answer.statusCode !== 200) throw new Error(`The bundle was answered with status ${answer.statusCode}`);
  await pipeline(answer, createWriteStream(file));
}

/** How many rows there are in a bundle, once it was checked as its owner would. */
async function rowsOf(file: string): Promise<number> {
  const checked = await promisify(execFile)(process.execPath, ['bin/millrace.js', 'bundle', 'check', file, '--json']);
  return (JSON.parse(checked.stdout) as { manifest: { rows: number } }).manifest.rows;
}

function peaksOf(region: LocalRegion): { readonly most: number; readonly words: string } {
  const peaks = [...region.processes()].filter(([name]) => !SERVERS.includes(name)).map(peakOf);
  return {
    most: Math.max(...peaks.map(([, mb]) => mb)),
    words: `${peaks.map(([name, mb]) => `${name} ${mb.toFixed(0)}`).join(', ')} MB`,
  };
}

function peakOf([name, { pid }]: [string, { readonly pid: number }]): [string, number] {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return [name, Number(/^VmHWM:\s+(\d+) kB/m.exec(status)![1]) / 1_024];
}
