import type { Session } from '@millrace/connector-sdk';
import { createFieldHasher, createFieldTokenizer } from '@millrace/crypto';
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

  async compile(mapping: Mapping): Promise<CompiledStream> {
    const { document, faults } = parsePipeline({
      version: 1,
      name: 'test',
      source: { connection: 'a' },
      target: { connection: 'b' },
      streams: [mapping],
    });
    if (!document) throw new Error(JSON.stringify(faults));
    const [left, right] = await Promise.all([
      this.from.discover({ signal: never() }),
      this.to.discover({ signal: never() }),
    ]);
    const wrong = validatePipeline(document, left, right);
    if (wrong.length > 0) throw new Error(JSON.stringify(wrong));
    const keyed = { fieldHasher: HASHER, tokenizer: TOKENIZER };
    return compilePipeline(document, { source: left, target: right, ...keyed })[0]!;
  }

  run(stream: CompiledStream, change: Partial<PartitionMove> = {}) {
    const reports: CheckpointReport[] = [];
    const move: PartitionMove = {
      stream,
      source: this.from,
      target: this.to,
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

  /** What a statement gives, a line per row, sorted. */
  async lines(side: 'source' | 'target', select: string): Promise<string[]> {
    const rows = await this[side].query<{ line: string }>(`SELECT x::text AS line FROM (${select}) x ORDER BY 1`);
    return rows.map(({ line }) => line);
  }
}
