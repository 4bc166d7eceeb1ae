import { Problem } from '@millrace/kernel';
import type { FastifyReply } from 'fastify';
import { LatestValue } from './latest-value.js';

/** Proxies and browsers close what is silent for longer; some after 30 seconds. */
export const HEARTBEAT_MS = 15_000;
/** Milliseconds that a browser waits before it comes back. */
const RETRY_MS = 2_000;
const FINAL_STATES: readonly unknown[] = ['succeeded', 'failed', 'cancelled'];

/** Whether nothing can follow this state. */
export function isFinal(state: unknown): boolean {
  return typeof state === 'object' && state !== null && FINAL_STATES.includes((state as { state?: unknown }).state);
}

/** One answer of server-sent events (WHATWG HTML §9.2): `event: progress` with a JSON document each, until a final state. */
export class EventStream {
  /** Resolves when the stream has ended, whoever ended it. */
  readonly closed: Promise<void>;
  private resolveClosed!: () => void;
  private reply: FastifyReply | undefined;
  private early: unknown;
  private heartbeat: NodeJS.Timeout | undefined;
  private isQuiet = true;
  private isClosed = false;
  private readonly values = new LatestValue<unknown>((value) => this.write(value));

  constructor(private readonly heartbeatMs = HEARTBEAT_MS) {
    this.closed = new Promise((resolve) => (this.resolveClosed = resolve));
  }

  /**
   * Starts the answer with `state`, then shows what came while it was read.
   * @param again reads the state anew when nothing was heard between two heartbeats, since what is published is not
   *   kept anywhere; undefined ends the stream
   */
  begin(reply: FastifyReply, state: unknown, again: () => Promise<unknown>): void {
    const { raw } = reply;
    this.reply = reply;
    const headers = Object.fromEntries(
      Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined),
    ) as Record<string, string>;
    raw.writeHead(200, { ...headers, 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
    raw.write(`retry: ${RETRY_MS}\n\n`);
    raw.on('drain', () => this.values.resume());
    raw.once('close', () => this.close());
    this.show(state);
    if (this.early !== undefined && !this.isClosed) this.show(this.early);
    if (!this.isClosed) this.heartbeat = setInterval(() => void this.beat(again), this.heartbeatMs);
  }

  /** Sends a state; one that arrives before the answer has begun waits for it. */
  show(state: unknown): void {
    if (this.isClosed || state === undefined) return;
    if (!this.reply) {
      this.early = state;
      return;
    }
    this.isQuiet = false;
    this.values.offer(state);
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    clearInterval(this.heartbeat);
    this.reply?.raw.end();
    this.resolveClosed();
  }

  private write(value: unknown): boolean {
    const hasRoom = this.reply!.raw.write(`event: progress\ndata: ${JSON.stringify(value)}\n\n`);
    if (isFinal(value)) this.close();
    return hasRoom;
  }

  private async beat(again: () => Promise<unknown>): Promise<void> {
    this.reply!.raw.write(': still here\n\n');
    if (!this.isQuiet) {
      this.isQuiet = true;
      return;
    }
    try {
      const state = await again();
      if (state === undefined) return this.close();
      this.show(state);
      this.isQuiet = true;
    } catch (error) {
      // A part that does not answer now may answer at the next beat; what is gone or forbidden stays so.
      if (error instanceof Problem && error.status < 500) this.close();
    }
  }
}
