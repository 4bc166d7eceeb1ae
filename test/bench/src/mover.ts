import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { postgres, type PostgresConfig } from '@millrace/connector-postgres';
import { Secret, type Session } from '@millrace/connector-sdk';
import { createFieldHasher, createFieldTokenizer, Sealer } from '@millrace/crypto';
import { stopwatch } from '@millrace/kernel';
import {
  type CompiledStream,
  compilePipeline,
  movePartition,
  nextPosition,
  parsePipeline,
  planPartition,
  type StreamPosition,
  validatePipeline,
} from '../../../apps/sync/dist/engine/index.js';
import { memorySink } from './in-memory/memory-session.js';

/** Keys of a bench: they hide nothing. */
export const FIELD_KEY = Buffer.alloc(32, 7);

/** What the bench tells its child process, as JSON in the first argument. */
export interface MoverTask {
  readonly source: PostgresConfig;
  readonly target: PostgresConfig;
  readonly user: string;
  readonly password: string;
  readonly document: unknown;
  /** Where an incremental read goes on: the cursor and the key of the last record of the run before. */
  readonly position?: readonly string[];
  /** Read in no order and without checkpoints, so that an interruption would mean to start over. */
  readonly unresumable?: boolean;
  /** Forget what is read instead of writing it, after everything else was done as usual. */
  readonly readOnly?: boolean;
}

/** What the child answers, as one line of JSON. */
export interface MoverReport {
  /** From opening the connections to the last commit, discovery and compilation included; the process's own start is not. */
  readonly elapsedMs: number;
  readonly written: number;
  readonly checkpoints: number;
  /** VmHWM: the most memory that the process ever had in RAM, as the kernel counted it. */
  readonly peakMb: number;
  readonly cpuMs: number;
  readonly discarded: boolean;
}

export async function move(task: MoverTask): Promise<MoverReport> {
  const { signal } = new AbortController();
  const elapsed = stopwatch();
  const [source, target] = await Promise.all([
    openSystem(task.source, task, signal),
    openSystem(task.target, task, signal),
  ]);
  const { stream, plan } = await prepare(task, { source, target, signal });
  const checkpoints = checkpointKeeper(task.unresumable === true);
  const result = await movePartition({
    stream,
    source,
    target: task.readOnly ? memorySink() : target,
    ...plan,
    marks: { seal: checkpoints.seal, open: unexpected },
    writeId: 'bench',
    attempt: 1,
    signal,
    onCheckpoint: checkpoints.keep,
  });
  await Promise.all([source.close(), target.close()]);
  const { user, system } = process.cpuUsage();
  return {
    elapsedMs: elapsed(),
    written: result.counts.written,
    checkpoints: checkpoints.count(),
    peakMb: peakMb(),
    cpuMs: (user + system) / 1_000,
    discarded: result.discard.complete,
  };
}

interface Sides {
  readonly source: Session;
  readonly target: Session;
  readonly signal: AbortSignal;
}

/** What a worker does before the first record: discovers both sides, checks the document, compiles it, fixes the bounds. */
async function prepare(task: MoverTask, { source, target, signal }: Sides) {
  const { document, faults } = parsePipeline(task.document);
  if (!document) throw new Error(JSON.stringify(faults));
  const [from, to] = await Promise.all([source.discover({ signal }), target.discover({ signal })]);
  const wrong = validatePipeline(document, from, to);
  if (wrong.length > 0) throw new Error(JSON.stringify(wrong));
  const [compiled] = compilePipeline(document, {
    source: from,
    target: to,
    fieldHasher: createFieldHasher(FIELD_KEY),
    tokenizer: createFieldTokenizer(FIELD_KEY),
  });
  const stream = compiled!;
  if (task.unresumable) {
    const unordered = { ...stream, partition: { ...stream.partition, key: [] } };
    return { stream: unordered, plan: { order: 'key' as const, bounds: {} } };
  }
  const position = task.position && positionAt(stream, task.position);
  return { stream, plan: await planPartition({ stream, source, position, signal }) };
}

/** What a first run that ended there would have left for the next. */
function positionAt(stream: CompiledStream, end: readonly string[]): StreamPosition {
  const position = nextPosition(stream, { order: 'key', bounds: {}, end }, undefined);
  if (!position) throw new Error('The run would read everything: there is no position to go on from');
  return position;
}

/** Seals each checkpoint and makes it durable in a file, as the platform does in its database. */
function checkpointKeeper(idle: boolean) {
  const sealer = new Sealer(Buffer.alloc(32, 9));
  const seal = (checkpoint: unknown) => sealer.seal(JSON.stringify(checkpoint), {}).toString('base64url');
  let count = 0;
  const file = path.join(mkdtempSync(path.join(os.tmpdir(), 'millrace-bench-')), 'checkpoint');
  process.once('exit', () => rmSync(path.dirname(file), { recursive: true, force: true }));
  const keep = async ({ checkpoint }: { checkpoint: unknown }): Promise<void> => {
    if (idle) return;
    count++;
    await writeFile(file, seal(checkpoint), { flush: true });
  };
  return { seal, keep, count: () => count };
}

/** A single attempt finds no mark of an earlier one. */
const unexpected = (): never => {
  throw new Error('The target remembers a write that nobody made');
};

export function openSystem(
  config: PostgresConfig,
  { user, password }: MoverTask,
  signal: AbortSignal,
): Promise<Session> {
  const dial = ({ host, port }: { host: string; port: number }) =>
    new Promise<net.Socket>((resolve, reject) => {
      const socket = net.connect({ host, port });
      socket.once('error', reject).once('connect', () => resolve(socket.off('error', reject)));
    });
  return postgres.open(config, new Secret({ user, password }), { dial, applicationName: 'millrace-bench', signal });
}

export function peakMb(): number {
  const status = readFileSync('/proc/self/status', 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)![1]) / 1_024;
}
