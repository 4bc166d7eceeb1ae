import type { Slab, SystemSchema } from '@millrace/connector-sdk';

/** A table of six columns that exists in memory only. */
export const ORDERS: SystemSchema = {
  streams: [
    {
      name: 'public.orders',
      sort: 'table',
      fields: (
        [
          ['id', 'int8'],
          ['first_name', 'text'],
          ['last_name', 'text'],
          ['quantity', 'int4'],
          ['price', 'float8'],
          ['active', 'boolean'],
        ] as const
      ).map(([name, kind]) => ({ name, kind, sourceType: kind, nullable: false, privacy: 'unknown' as const })),
      primaryKey: ['id'],
      uniqueKeys: [],
      capabilities: { read: ['snapshot'], write: [], projection: 'request', deletes: 'none', ordered: true },
    },
  ],
};

/** Ten columns that are computed, over texts, numbers and conditions, as people write them. */
const EXPRESSIONS = {
  full_name: 'first_name + " " + last_name',
  initial: 'first_name.startsWith("J") ? "J" : "other"',
  name_length: 'size(first_name) + size(last_name)',
  total: 'price * double(quantity)',
  with_tax: 'price * double(quantity) * 1.19',
  size_class: 'quantity > 500 ? "large" : quantity > 50 ? "medium" : "small"',
  discount: 'active && quantity >= 10 ? 0.1 : 0.0',
  label: 'string(quantity) + " x " + last_name',
  parity: 'quantity % 2 == 0',
  is_vip: 'active && price * double(quantity) > 10000.0',
};

export const ORDERS_DOCUMENT = {
  version: 1,
  name: 'orders',
  source: { connection: 'source' },
  target: { connection: 'target', schema: 'public' },
  streams: [
    {
      from: 'public.orders',
      to: 'orders',
      key: ['id'],
      fields: [
        { from: 'id' },
        ...Object.entries(EXPRESSIONS).map(([to, expression]) => ({ to, value: { expression } })),
      ],
    },
  ],
};

/** Fills a batch with orders, in the order of the fields that are read. */
export function fillOrders(batch: Slab, fields: readonly string[], firstId: number, rows: number): void {
  for (let id = firstId; id < firstId + rows; id++) {
    batch.startRow(fields.length);
    for (const field of fields) writeField(batch, field, id);
  }
}

function writeField(batch: Slab, field: string, id: number): void {
  if (field === 'first_name') return batch.writeText(id % 3 === 0 ? 'Jane' : `Person${id % 1_000}`);
  if (field === 'last_name') return batch.writeText(`Doe${id % 5_000}`);
  // A cell that is started may move the batch to another buffer.
  const at = batch.startCell(BYTES[field] ?? 1);
  if (field === 'id') batch.bytes.writeBigInt64BE(BigInt(id), at);
  else if (field === 'quantity') batch.bytes.writeInt32BE(id % 1_000, at);
  else if (field === 'price') batch.bytes.writeDoubleBE((id % 10_000) / 100, at);
  else batch.bytes[at] = id % 2;
}

const BYTES: Readonly<Record<string, number>> = { id: 8, quantity: 4, price: 8 };
