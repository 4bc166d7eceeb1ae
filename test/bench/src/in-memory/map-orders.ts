import { createFieldHasher, createFieldTokenizer } from '@millrace/crypto';
import {
  compilePipeline,
  movePartition,
  parsePipeline,
  validatePipeline,
} from '../../../../apps/sync/dist/engine/index.js';
import { memorySink, memorySource } from './memory-session.js';
import { ORDERS, ORDERS_DOCUMENT } from './orders.js';

const KEY = Buffer.alloc(32, 7);

/** Moves orders from memory to memory through ten expressions a record: nothing but the worker's processor is busy. */
export async function mapOrders(rows: number): Promise<void> {
  const { document, faults } = parsePipeline(ORDERS_DOCUMENT);
  const wrong = document ? validatePipeline(document, ORDERS, { streams: [] }) : faults;
  if (wrong.length > 0) throw new Error(JSON.stringify(wrong));
  const [stream] = compilePipeline(document!, {
    source: ORDERS,
    target: { streams: [] },
    fieldHasher: createFieldHasher(KEY),
    tokenizer: createFieldTokenizer(KEY),
  });
  const { counts } = await movePartition({
    stream: stream!,
    source: memorySource(rows),
    target: memorySink(),
    order: 'key',
    bounds: {},
    marks: { seal: unused, open: unused },
    writeId: 'bench',
    attempt: 1,
    signal: new AbortController().signal,
    onCheckpoint: async () => {},
  });
  if (counts.written !== rows) throw new Error(`Only ${counts.written} of ${rows} records came through the mapping`);
}

/** An upsert keeps no marks in its target. */
const unused = (): never => {
  throw new Error('Marks were asked for');
};
