import { type Input, kernelProblems, liveSubject, type Operation, type Output } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import { decode, parseInput } from '@millrace/messaging';
import { type Runtime } from '@millrace/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpOperation } from '../operation/http-operation.js';
import { type CallerOfRequest } from '../session/caller-of-request.js';
import { EventStream } from './event-stream.js';

/** Streams that one session may have open: a few tabs and a command line. */
const MAX_PER_SESSION = 8;
/** Streams that one gateway keeps open. */
const MAX_STREAMS = 2_000;
/** One word of a NATS subject, without the signs that have a meaning there. */
const SUBJECT_WORD = /^[A-Za-z0-9_-]{1,64}$/;

/** Answers operations whose state people watch: the state first, then what is published about it until it ends. */
export class LiveStreams {
  private readonly open = new Map<EventStream, string>();

  constructor(
    private readonly runtime: Runtime,
    private readonly callers: CallerOfRequest,
  ) {}

  async answer(
    operation: HttpOperation,
    input: object,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const { caller } = request;
    if (caller.kind !== 'user') throw new Problem(kernelProblems.notSignedIn);
    this.assertRoom(caller.sessionId);
    const read = () => this.runtime.client.call(operation as Operation, input as Input<Operation>, caller, request.id);
    const stream = new EventStream();
    // First listening, then reading: what is published in between is not missed.
    const listening = await this.listen(this.subject(operation, input, caller.orgId), stream);
    stream.closed
      .then(() => listening.unsubscribe())
      .finally(() => this.open.delete(stream))
      .catch(() => undefined);
    this.open.set(stream, caller.sessionId);
    try {
      const state = await read();
      reply.hijack();
      stream.begin(reply, state, () => this.again(request, read));
    } catch (error) {
      stream.close();
      throw error;
    }
    return reply;
  }

  /** Ends every stream; browsers come back by themselves. */
  stop(): void {
    for (const stream of this.open.keys()) stream.close();
  }

  private assertRoom(sessionId: string): void {
    const own = [...this.open.values()].filter((one) => one === sessionId).length;
    if (own >= MAX_PER_SESSION) {
      throw new Problem(kernelProblems.tooMany, {
        detail: `A session may watch ${MAX_PER_SESSION} things at once; close one of them.`,
        retryAfterSeconds: 5,
      });
    }
    if (this.open.size >= MAX_STREAMS) throw new Problem(kernelProblems.unavailable);
  }

  private subject({ http, input: schema }: HttpOperation, input: object, orgId: string): string {
    const { topic, id } = http.live!;
    const word = (parseInput(schema, input) as Readonly<Record<string, unknown>>)[id];
    if (typeof word !== 'string' || !SUBJECT_WORD.test(word)) throw new Problem(kernelProblems.notFound);
    return liveSubject(orgId, topic, word);
  }

  private async listen(subject: string, stream: EventStream): Promise<{ unsubscribe(): void }> {
    const { connection } = this.runtime;
    const subscription = connection.subscribe(subject, {
      callback: (error, message) => {
        if (!error) stream.show(readable(message.data));
      },
    });
    // The server knows of the subscription once it has answered this.
    await connection.flush();
    return subscription;
  }

  /** The present state, for a stream that has heard nothing for a while; undefined when its session has ended. */
  private async again(request: FastifyRequest, read: () => Promise<Output<Operation>>): Promise<unknown> {
    return (await this.callers.stillStands(request)) ? read() : undefined;
  }
}

/** What a message says; a broken one says nothing. */
function readable(data: Uint8Array): unknown {
  try {
    return decode(data);
  } catch {
    return undefined;
  }
}
