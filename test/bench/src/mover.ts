import { readFileSync } from 'node:fs';
import net from 'node:net';
import { postgres, type PostgresConfig } from '@millrace/connector-postgres';
import { Secret, type Session } from '@millrace/connector-sdk';
import { createFieldHasher, createFieldTokenizer, Sealer } from '@millrace/crypto';
import { stopwatch } from '@millrace/kernel';
import {
  compilePipeline,
  movePartition,
  parsePipeline,
  planPartition,
  validatePipeline,
} from '../../../apps/sync/dist/engine/index.js';

/** What the bench tells its child process, as JSON in the first argument. */
export interface MoverTask {
  readonly source: PostgresConfig;
  readonly target: PostgresConfig;
  readonly user: string;
  readonly password: string;
  readonly document: unknown;
  readonly attempt: number;
  readonly limits?: { readonly batchRows?: number; readonly batchBytes?: number };
}

/** What the child answers, as one line of JSON. */
export interface MoverReport {
  /** From opening the connections to the last commit, discovery and compilation included; the process's own start is not. */
  readonly elapsedMs: number;
  readonly written: number;
  readonly checkpoints: number;
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
  const { document, faults } = parsePipeline(task.document);
  if (!document) throw new Error(JSON.stringify(faults));
  const [from, to] = await Promise.all([source.discover({ signal }), target.discover({ signal })]);
  const wrong = validatePipeline(document, from, to);
  if (wrong.length > 0) throw new Error(JSON.stringify(wrong));
  const [stream] = compilePipeline(document, {
    source: from,
    target: to,
    fieldHasher: createFieldHasher(Buffer.alloc(32, 7)),
    tokenizer: createFieldTokenizer(Buffer.alloc(32, 7)),
  });
  const plan = await planPartition({ stream: stream!, source, position: undefined, signal });
  const marks = new Sealer(Buffer.alloc(32, 9));
  let checkpoints = 0;
  const onCheckpoint = async () => void checkpoints++;
  const { attempt, limits } = task;
  const result = await movePartition({
    stream: stream!,
    source,
    target,
    ...plan,
    marks: { seal: (checkpoint) => marks.seal(JSON.stringify(checkpoint), {}).toString('base64url'), open: unexpected },
    writeId: 'bench',
    attempt,
    signal,
    onCheckpoint,
    limits,
  });
  await Promise.all([source.close(), target.close()]);
  const cpu = process.cpuUsage();
  return {
    elapsedMs: elapsed(),
    written: result.counts.written,
    checkpoints,
    peakMb: peakMb(),
    cpuMs: (cpu.user + cpu.system) / 1_000,
    discarded: result.discard.complete,
  };
}

/** A single attempt finds no mark of an earlier one. */
const unexpected = (): never => {
  throw new Error('The target remembers a write that nobody made');
};

/** A session over a dialer without an egress guard. */
export function openSystem(
  config: PostgresConfig,
  { user, password }: Pick<MoverTask, 'user' | 'password'>,
  signal: AbortSignal,
): Promise<Session> {
  const dial = ({ host, port }: { host: string; port: number }) =>
    new Promise<net.Socket>((resolve, reject) => {
      const socket = net.connect({ host, port });
      socket.once('error', reject).once('connect', () => resolve(socket.off('error', reject)));
    });
  return postgres.open(config, new Secret({ user, password }), { dial, applicationName: 'millrace-bench', signal });
}

/** The most memory that the process ever had in RAM, as the kernel counted it. */
export function peakMb(): number {
  const status = readFileSync('/proc/self/status', 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)![1]) / 1_024;
}
