import type { Consumer, NatsConnection } from 'nats';
import { decode } from './wire.js';

/** One item of work. Nobody else gets it until it is given back or its holder falls silent. */
export interface WorkMessage {
  /** What was enqueued: ids only. Validate before use. */
  readonly item: unknown;
  /** How often it has been delivered, this time included. */
  readonly deliveries: number;
  /** Says that the holder is alive and at it. */
  working(): void;
  done(): void;
  /** Gives it back, to be delivered again after `delayMs`. */
  again(delayMs: number): void;
}

/** How long one request for work waits at the server; an idle worker asks again. */
const WAIT_MS = 2_000;

/** Pulls work from a durable queue, one item at a time, so that a busy worker holds nothing that another could do. */
export class WorkQueue {
  private consumer: Consumer | undefined;

  constructor(
    private readonly connection: NatsConnection,
    private readonly names: { readonly stream: string; readonly consumer: string },
  ) {}

  /** The next item; undefined when there was none for a while or `signal` was aborted. */
  async next(signal: AbortSignal): Promise<WorkMessage | undefined> {
    if (signal.aborted) return undefined;
    this.consumer ??= await this.connection.jetstream().consumers.get(this.names.stream, this.names.consumer);
    const message = await this.consumer.next({ expires: WAIT_MS });
    if (!message) return undefined;
    if (signal.aborted) {
      message.nak();
      return undefined;
    }
    return {
      item: decode(message.data),
      deliveries: message.info.redeliveryCount,
      working: () => message.working(),
      done: () => message.ack(),
      again: (delayMs) => message.nak(delayMs),
    };
  }
}

/** How many items a work queue holds, those that somebody works on included. */
export async function countWaiting(connection: NatsConnection, stream: string): Promise<number> {
  const manager = await connection.jetstreamManager({ checkAPI: false });
  const { state } = await manager.streams.info(stream);
  return state.messages;
}
