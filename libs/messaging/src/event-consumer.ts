import {
  type CloudEvent,
  type EventData,
  eventConsumer,
  type EventKind,
  eventStream,
  type ContextName,
  type ServiceName,
} from '@millrace/contracts';
import { backoff, delay, stopwatch } from '@millrace/kernel';
import type { Database, Tx } from '@millrace/persistence';
import type { ConsumerMessages, JsMsg, NatsConnection } from 'nats';
import type { Instruments } from './ports.js';
import { decode } from './wire.js';

/** One event, as its handler sees it. */
export interface HeardEvent {
  readonly id: string;
  readonly at: Date;
  /** The transaction in which the event has its effect; the inbox remembers it there, so that a repeat has none. */
  readonly tx: Tx;
}

/** Hears an event inside the transaction that makes it count once. Throw to have it delivered again. */
export type EventHandler<E extends EventKind> = (data: EventData<E>, heard: HeardEvent) => Promise<void>;

export interface ConsumerDependencies {
  readonly service: ServiceName;
  readonly connection: NatsConnection;
  readonly database: Database;
  readonly instruments: Instruments;
}

const MAX_UNHANDLED = 32;

/** Pulls one kind of event from its durable consumer and handles each exactly once in effect. */
export class EventConsumer {
  private messages: ConsumerMessages | undefined;
  private stopped = false;
  private loop: Promise<void> | undefined;

  constructor(
    private readonly kind: EventKind,
    private readonly handle: (data: unknown, heard: HeardEvent) => Promise<void>,
    private readonly dependencies: ConsumerDependencies,
  ) {}

  start(): void {
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.messages?.close();
    await this.loop;
  }

  private async run(): Promise<void> {
    const { connection, service, instruments } = this.dependencies;
    for (let attempt = 1; !this.stopped; attempt++) {
      try {
        const stream = eventStream(this.kind.name.split('.')[0] as ContextName);
        const consumer = await connection.jetstream().consumers.get(stream, eventConsumer(service, this.kind));
        this.messages = await consumer.consume({ max_messages: MAX_UNHANDLED });
        if (this.stopped) return void (await this.messages.close());
        attempt = 0;
        for await (const message of this.messages) await this.deliver(message);
      } catch (error) {
        if (!this.stopped && attempt > 10) instruments.unexpected(error, { event: this.kind.name });
      }
      if (!this.stopped) await delay(backoff(attempt, 100, 5_000));
    }
  }

  private async deliver(message: JsMsg): Promise<void> {
    const { instruments } = this.dependencies;
    const elapsed = stopwatch();
    const name = this.kind.name;
    await instruments
      .span({ kind: 'consumer', name }, async () => {
        try {
          await this.once(decode(message.data) as CloudEvent);
          message.ack();
          instruments.handled('event', name, 'success', elapsed());
        } catch (error) {
          message.nak(backoff(message.info.redeliveryCount, 200, 30_000));
          instruments.handled('event', name, 'failed', elapsed());
          instruments.unexpected(error, { event: name });
          throw error;
        }
      })
      .catch(() => undefined);
  }

  private async once(envelope: CloudEvent): Promise<void> {
    const { service, database } = this.dependencies;
    const at = new Date(envelope.time);
    await database.region({ kind: 'service' }, async (tx) => {
      const fresh = await tx.query(
        'insert into inbox (event_id, consumer, handled_at) values ($1, $2, $3) on conflict do nothing returning 1',
        [envelope.id, `${service}:${this.kind.name}`, at],
      );
      if (fresh.length) await this.handle(this.kind.schema.parse(envelope.data), { id: envelope.id, at, tx });
    });
  }
}
