import {
  allows,
  events,
  isConfirmed,
  kernelProblems,
  type Operation,
  operations,
  type ServiceName,
  subjectOf,
} from '@millrace/contracts';
import { type Clock, Problem, stopwatch } from '@millrace/kernel';
import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import { type Msg, type NatsConnection, type Subscription } from 'nats';
import { lastValueFrom } from 'rxjs';
import { Call, type CallDependencies } from './call.js';
import { EventConsumer, type HeardEvent } from './event-consumer.js';
import type { CallSeals, CallTokens, Instruments } from './ports.js';
import { openCall } from './sealed-call.js';
import { parseInput } from './validation.js';
import { DEADLINE_HEADER, decode, respond, TOKEN_HEADER, TRACE_HEADER } from './wire.js';

export interface ServerDependencies extends CallDependencies {
  readonly service: ServiceName;
  readonly connection: NatsConnection;
  readonly tokens: CallTokens;
  readonly seals: CallSeals;
  readonly instruments: Instruments;
  readonly clock: Clock;
}

/** Calls that a process works on at once; more are answered with `kernel.unavailable` instead of piling up. */
const MAX_CALLS_AT_ONCE = 256;

/**
 * The transport of every service: answers operations by request and reply and hears events from durable consumers.
 * Nothing reaches a handler that is not signed, allowed and valid; nothing leaves it that its output schema does not know.
 */
export class OperationServer extends Server implements CustomTransportStrategy {
  private readonly subscriptions: Subscription[] = [];
  private readonly consumers: EventConsumer[] = [];
  private readonly atWork = new Set<Promise<void>>();
  private closed: Promise<void> | undefined;

  constructor(private readonly dependencies: ServerDependencies) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    try {
      for (const [pattern, handler] of this.messageHandlers) this.serve(pattern, handler);
      for (const consumer of this.consumers) consumer.start();
      // Ready means that the server knows of every subscription.
      this.dependencies.connection.flush().then(() => callback(), callback);
    } catch (error) {
      callback(error);
    }
  }

  /** Stops taking calls, then waits for those at work. Safe to call twice. */
  close(): Promise<void> {
    return (this.closed ??= this.drain());
  }

  private async drain(): Promise<void> {
    await Promise.all([
      ...this.subscriptions.map((one) => one.drain().catch(() => undefined)),
      ...this.consumers.map((one) => one.stop()),
    ]);
    await Promise.all(this.atWork);
  }

  override on(): void {
    // Nest offers listeners to transport events; ours has none.
  }

  override unwrap<T>(): T {
    return this.dependencies.connection as T;
  }

  private serve(pattern: string, handler: MessageHandler): void {
    if (handler.isEventHandler) {
      const kind = events.get(pattern);
      if (!kind) throw new Error(`No event is called ${pattern}`);
      const hear = async (data: unknown, heard: HeardEvent) => void (await settle(handler, data, heard));
      this.consumers.push(new EventConsumer(kind, hear, this.dependencies));
      return;
    }
    const operation = operations.get(pattern);
    if (!operation) throw new Error(`No operation is called ${pattern}`);
    const { connection, service } = this.dependencies;
    const callback = (error: Error | null, message: Msg) => {
      if (!error) this.take(operation, handler, message);
    };
    this.subscriptions.push(connection.subscribe(subjectOf(operation), { queue: service, callback }));
  }

  private take(operation: Operation, handler: MessageHandler, message: Msg): void {
    if (this.atWork.size >= MAX_CALLS_AT_ONCE)
      return respond(message, { problem: new Problem(kernelProblems.unavailable).toDocument() });
    const work = this.answer(operation, handler, message).finally(() => this.atWork.delete(work));
    this.atWork.add(work);
  }

  private async answer(operation: Operation, handler: MessageHandler, message: Msg): Promise<void> {
    const { instruments, clock } = this.dependencies;
    if (Number(message.headers?.get(DEADLINE_HEADER) ?? Infinity) < clock.now().getTime()) return;
    const elapsed = stopwatch();
    const { name } = operation;
    const carrier = { traceparent: message.headers?.get(TRACE_HEADER) ?? '' };
    let requestId: string | undefined;
    const known = (id: string) => (requestId = id);
    await instruments
      .span({ kind: 'server', name, carrier }, async () => {
        try {
          respond(message, { ok: await this.perform(operation, handler, message, known) });
          instruments.handled('operation', name, 'success', elapsed(), requestId);
        } catch (error) {
          const problem = error instanceof Problem ? error : new Problem(kernelProblems.internal);
          instruments.handled('operation', name, problem.status < 500 ? 'refused' : 'failed', elapsed(), requestId);
          // Inside the span, so that the line in the log carries the ids of the trace.
          if (!(error instanceof Problem)) instruments.unexpected(error, { operation: name });
          respond(message, { problem: problem.toDocument() });
          throw problem;
        }
      })
      .catch(() => undefined);
  }

  private async perform(
    operation: Operation,
    handler: MessageHandler,
    message: Msg,
    known: (requestId: string) => void,
  ): Promise<unknown> {
    const { tokens, seals, clock } = this.dependencies;
    const token = message.headers?.get(TOKEN_HEADER) ?? '';
    const { caller, requestId } = await tokens.verify(token, operation.name);
    known(requestId);
    if (!allows(operation.access, caller)) {
      throw new Problem(caller.kind === 'public' ? kernelProblems.notSignedIn : kernelProblems.forbidden);
    }
    if (operation.stepUp && !isConfirmed(caller, clock.now(), operation.access))
      throw new Problem(kernelProblems.confirmFirst);
    const sent = decode(message.data);
    const given = operation.sealedTo ? await openCall(sent, { operation, caller, requestId }, seals, clock) : sent;
    const input: unknown = parseInput(operation.input, given);
    const call = new Call(operation, caller, requestId, this.dependencies);
    await call.noteAccess();
    const output: unknown = await settle(handler, input, call);
    call.assertAudited();
    return operation.output.parse(output ?? {});
  }
}

/** Nest wraps what a handler gives into an observable, its errors too. */
async function settle(handler: MessageHandler, data: unknown, context: unknown): Promise<unknown> {
  const result: unknown = await handler(data, context);
  return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
}

function isObservable(value: unknown): value is Parameters<typeof lastValueFrom>[0] {
  return typeof value === 'object' && value !== null && 'subscribe' in value;
}
