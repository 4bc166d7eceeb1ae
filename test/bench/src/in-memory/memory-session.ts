import type { BatchCounts, ReadBatch, ReadRequest, Writer } from '@millrace/connector-sdk';
import { fillOrders } from './orders.js';

/** Rows that are written once and then copied again and again, so that making them costs next to nothing. */
const TEMPLATE_ROWS = 10_000;

/** Gives `rows` orders without any input, in batches of `TEMPLATE_ROWS`. */
export function memorySource(rows: number) {
  return {
    async *read({ partition, slabs }: ReadRequest): AsyncGenerator<ReadBatch, void, void> {
      const template = slabs.take();
      fillOrders(
        template,
        partition.projection.map(({ field }) => field),
        1,
        Math.min(rows, TEMPLATE_ROWS),
      );
      for (let left = rows; left > 0; left -= TEMPLATE_ROWS) {
        const batch = slabs.take();
        batch.reserve(template.end);
        template.bytes.copy(batch.bytes, 0, 0, template.end);
        const count = Math.min(left, template.rowCount);
        for (let row = 0; row < count; row++) batch.markRow(template.rowStarts[row]!);
        batch.end = count < template.rowCount ? template.rowStarts[count]! : template.end;
        yield { batch, lastKey: [String(rows - left + count)] };
      }
      slabs.give(template);
    },
  };
}

/** Takes every batch and forgets it. */
export function memorySink() {
  const writer: Writer = {
    window: 1,
    apply: async ({ rowCount }): Promise<BatchCounts> => ({
      inserted: rowCount,
      updated: 0,
      unchanged: 0,
      unknown: 0,
      refused: [],
    }),
    close: async () => {},
    abort: async () => {},
  };
  return { write: () => Promise.resolve(writer) };
}
