import type { Session } from '@millrace/connector-sdk';
import { createFieldHasher, createFieldTokenizer } from '@millrace/crypto';
import {
  type CompiledStream,
  compilePipeline,
  followChanges,
  movePartition,
  parsePipeline,
  planPartition,
} from '../../../apps/sync/dist/engine/index.js';
import { type MoverTask, openSystem, peakMb } from './mover.js';

/** What the bench tells the process that follows, as JSON in the first argument. */
export interface FollowTask extends Omit<MoverTask, 'attempt' | 'limits'> {
  readonly feed: string;
}

/** What that process says, a line of JSON each: after the snapshot, with each report, and at its end. */
export type FollowLine =
  | { readonly kind: 'ready' }
  | { readonly kind: 'durable'; readonly changes: number }
  | { readonly kind: 'ended'; readonly peakMb: number; readonly cpuMs: number; readonly discarded: boolean };

/** Reports often, because the bench waits for them; the product reports as seldom as its default says. */
const REPORT_EVERY_MS = 50;

/** Reads the snapshot, then follows until a line comes in. */
export async function follow(task: FollowTask): Promise<void> {
  const stop = new AbortController();
  const { signal } = stop;
  const [source, target] = await Promise.all([
    openSystem(task.source, task, signal),
    openSystem(task.target, task, signal),
  ]);
  const stream = await compile(task, source, target);
  process.stdin.once('data', () => stop.abort(new Error('asked to stop')));
  const before = process.cpuUsage();
  let cpu = before;
  const failure = await followChanges({
    streams: [stream],
    source,
    target,
    feed: task.feed,
    writeId: 'bench',
    signal,
    beforeChanges: async () => {
      await snapshot(stream, source, target, signal);
      cpu = process.cpuUsage();
      say({ kind: 'ready' });
    },
    onCheckpoint: async ({ counts }) => say({ kind: 'durable', changes: counts[stream.name]!.read }),
    limits: { reportEveryMs: REPORT_EVERY_MS },
  }).catch((error: unknown) => error as { result: { discard: { complete: boolean } }; reason: unknown });
  const used = process.cpuUsage(cpu);
  if (!signal.aborted) throw (failure as { reason: unknown }).reason;
  await source.log!.dropFeed(task.feed, new AbortController().signal);
  await Promise.all([source.close(), target.close()]);
  const discarded = (failure as { result: { discard: { complete: boolean } } }).result.discard.complete;
  say({ kind: 'ended', peakMb: peakMb(), cpuMs: (used.user + used.system) / 1_000, discarded });
  process.stdin.destroy();
}

async function compile(task: FollowTask, source: Session, target: Session): Promise<CompiledStream> {
  const { signal } = new AbortController();
  const { document, faults } = parsePipeline(task.document);
  if (!document) throw new Error(JSON.stringify(faults));
  const [from, to] = await Promise.all([source.discover({ signal }), target.discover({ signal })]);
  const fieldHasher = createFieldHasher(Buffer.alloc(32, 7));
  const tokenizer = createFieldTokenizer(Buffer.alloc(32, 7));
  return compilePipeline(document, { source: from, target: to, fieldHasher, tokenizer })[0]!;
}

async function snapshot(stream: CompiledStream, source: Session, target: Session, signal: AbortSignal): Promise<void> {
  const plan = await planPartition({ stream, source, position: undefined, signal });
  const unused = (): never => {
    throw new Error('An upsert keeps no marks');
  };
  await movePartition({
    stream,
    source,
    target,
    ...plan,
    marks: { seal: unused, open: unused },
    writeId: 'bench',
    attempt: 1,
    signal,
    onCheckpoint: async () => undefined,
  });
}

function say(line: FollowLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
