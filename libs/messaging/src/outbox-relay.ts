import { headers, type NatsConnection } from 'nats';
import type { Database } from '@millrace/persistence';
import { encode } from './wire.js';

const BATCH = 200;

/**
 * Publishes what transactions decided. A row leaves the outbox only after JetStream has confirmed it; the message id makes
 * a repeat after a crash count once. Answers whether there may be more.
 */
export async function relayOutbox(database: Database, connection: NatsConnection): Promise<boolean> {
  const waiting = await database.region({ kind: 'service' }, (tx) =>
    tx.query<{ id: string; subject: string; envelope: unknown }>(
      'select id, subject, envelope from outbox order by created_at, id limit $1',
      [BATCH],
    ),
  );
  if (waiting.length === 0) return false;
  const jetstream = connection.jetstream();
  const sent = await Promise.allSettled(
    waiting.map(async (row) =>
      jetstream.publish(row.subject, encode(row.envelope), { msgID: row.id, headers: headers() }),
    ),
  );
  // One that is refused must not keep the others back.
  const confirmed = waiting.filter((_, index) => sent[index]!.status === 'fulfilled').map((row) => row.id);
  await database.region({ kind: 'service' }, (tx) =>
    tx.query('delete from outbox where id = any($1::uuid[])', [confirmed]),
  );
  const refused = sent.find((one) => one.status === 'rejected');
  if (refused) throw refused.reason;
  return waiting.length === BATCH;
}
