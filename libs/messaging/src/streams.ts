import {
  type ContextName,
  eventConsumer,
  eventFilter,
  events,
  eventStream,
  type ServiceName,
  subscriptions,
  workQueue,
} from '@millrace/contracts';
import { AckPolicy, DeliverPolicy, type NatsConnection, nanos, RetentionPolicy, StorageType } from 'nats';

const DAY_MS = 86_400_000;
/** Events carry identifiers only; a week is the longest that a stopped service may take to catch up. */
const EVENT_AGE_MS = 7 * DAY_MS;
/** JetStream drops a repeat of a message id within this time. */
const DUPLICATE_WINDOW_MS = 120_000;
const EVENT_ACK_WAIT_MS = 30_000;
/** A worker says that it is alive far more often; after this silence its partition goes to another. */
export const WORK_ACK_WAIT_MS = 15_000;

/** Creates or updates every stream and durable consumer. Run by the migrate step; services only bind to what it made. */
export async function createStreams(connection: NatsConnection): Promise<void> {
  const manager = await connection.jetstreamManager();
  const contexts = new Set([...events.keys()].map((name) => name.split('.')[0] as ContextName));
  for (const context of contexts) {
    await upsertStream(connection, eventStream(context), [`evt.${context}.>`], RetentionPolicy.Limits, EVENT_AGE_MS);
  }
  await upsertStream(connection, workQueue.stream, [workQueue.subject], RetentionPolicy.Workqueue, 0);
  for (const [service, kinds] of Object.entries(subscriptions) as [
    ServiceName,
    (typeof subscriptions)[ServiceName],
  ][]) {
    for (const kind of kinds ?? []) {
      await manager.consumers.add(eventStream(kind.name.split('.')[0] as ContextName), {
        durable_name: eventConsumer(service, kind),
        filter_subject: eventFilter(kind),
        ack_policy: AckPolicy.Explicit,
        deliver_policy: DeliverPolicy.All,
        ack_wait: nanos(EVENT_ACK_WAIT_MS),
        max_deliver: -1,
      });
    }
  }
  await manager.consumers.add(workQueue.stream, {
    durable_name: workQueue.consumer,
    filter_subject: workQueue.subject,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: nanos(WORK_ACK_WAIT_MS),
    max_deliver: -1,
    max_ack_pending: 1_000,
  });
}

async function upsertStream(
  connection: NatsConnection,
  name: string,
  subjects: string[],
  retention: RetentionPolicy,
  maxAgeMs: number,
) {
  const manager = await connection.jetstreamManager();
  const shape = { subjects, max_age: nanos(maxAgeMs), duplicate_window: nanos(DUPLICATE_WINDOW_MS) };
  const known = await manager.streams.info(name).catch(() => undefined);
  if (known) await manager.streams.update(name, shape);
  else await manager.streams.add({ name, retention, storage: StorageType.File, num_replicas: 1, ...shape });
}
