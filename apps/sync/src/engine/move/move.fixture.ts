import type { Session } from '@millrace/connector-sdk';
import { createFieldHasher, createFieldTokenizer } from '@millrace/crypto';
import type { Fault } from '@millrace/kernel';
import { type TestDatabase, testStack } from '@millrace/testing';
import { never, openSession } from '../../../../../libs/connectors/postgres/src/session.fixture.js';
import { parsePipeline } from '../document/parse-pipeline.js';
import { compilePipeline } from '../mapping/compile-pipeline.js';
import type { CompiledStream } from '../mapping/compiled-stream.js';
import { validatePipeline } from '../mapping/validate-pipeline.js';
import { movePartition } from './move-partition.js';
import type { Checkpoint, CheckpointReport, PartitionMove } from './partition-move.js';

export const HASHER = createFieldHasher(Buffer.alloc(32, 1));
export const TOKENIZER = createFieldTokenizer(Buffer.alloc(32, 1));

export interface Mapping {
  readonly from: string;
  readonly to: string;
  readonly key?: readonly string[];
  readonly fields: readonly Record<string, unknown>[];
  readonly [option: string]: unknown;
}

/** What validation says against a mapping between two systems; nothing when it is good. */
export async function faultsOf(mapping: Mapping, from: Session, to: Session): Promise<readonly Fault[]> {
  return (await understand(mapping, from, to)).faults;
}

/** @throws Error with the faults of a mapping that is not good */
export async function compileMapping(mapping: Mapping, from: Session, to: Session): Promise<CompiledStream> {
  const { document, source, target, faults } = await understand(mapping, from, to);
  if (!document || faults.length > 0) throw new Error(JSON.stringify(faults));
  return compilePipeline(document, { source, target, fieldHasher: HASHER, tokenizer: TOKENIZER })[0]!;
}

async function understand(mapping: Mapping, from: Session, to: Session) {
  const { document, faults } = parsePipeline({
    version: 1,
    name: 'test',
    source: { connection: 'a' },
    target: { connection: 'b' },
    streams: [mapping],
  });
  const [source, target] = await Promise.all([from.discover({ signal: never() }), to.discover({ signal: never() })]);
  return { document, source, target, faults: document ? validatePipeline(document, source, target) : faults };
}

/** Starts moving a stream as a worker would, without sealing; `reports` fills as it goes. */
export function startMove(
  stream: CompiledStream,
  source: Session,
  target: Session,
  change: Partial<PartitionMove> = {},
) {
  const reports: CheckpointReport[] = [];
  const move: PartitionMove = {
    stream,
    source,
    target,
    order: 'key',
    bounds: {},
    writeId: 'test',
    attempt: 1,
    // In the product they are sealed; what is tested here is what they lead to.
    marks: { seal: (checkpoint) => JSON.stringify(checkpoint), open: (mark) => JSON.parse(mark) as Checkpoint },
    signal: never(),
    onCheckpoint: async (report) => void reports.push(report),
    ...change,
  };
  return { reports, done: movePartition(move) };
}

/** Two databases and the engine between them. */
export class Bridge {
  private constructor(
    readonly source: TestDatabase,
    readonly target: TestDatabase,
    readonly from: Session,
    readonly to: Session,
  ) {}

  static async open(): Promise<Bridge> {
    const source = await testStack().createDatabase();
    const target = await testStack().createDatabase();
    return Bridge.between(source, target);
  }

  static async between(source: TestDatabase, target: TestDatabase): Promise<Bridge> {
    return new Bridge(source, target, await openSession(source), await openSession(target));
  }

  async close(): Promise<void> {
    await this.source.drop();
    await this.target.drop();
  }

  compile(mapping: Mapping): Promise<CompiledStream> {
    return compileMapping(mapping, this.from, this.to);
  }

  run(stream: CompiledStream, change: Partial<PartitionMove> = {}) {
    return startMove(stream, this.from, this.to, change);
  }

  /** What a statement gives, a line per row, sorted. */
  async lines(side: 'source' | 'target', select: string): Promise<string[]> {
    const rows = await this[side].query<{ line: string }>(`SELECT x::text AS line FROM (${select}) x ORDER BY 1`);
    return rows.map(({ line }) => line);
  }
}
