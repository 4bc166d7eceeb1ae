import { type Caller, type Input, kernelProblems, type Operation, type Output, subjectOf } from '@millrace/contracts';
import { type Clock, newId, Problem } from '@millrace/kernel';
import { ErrorCode, type NatsConnection, NatsError } from 'nats';
import type { z } from 'zod';
import type { CallSeals, CallTokens, Instruments } from './ports.js';
import { sealCall } from './sealed-call.js';
import { parseInput } from './validation.js';
import { DEADLINE_HEADER, decode, encode, headersOf, type Reply, TOKEN_HEADER } from './wire.js';

export interface ClientDependencies {
  readonly connection: NatsConnection;
  readonly tokens: CallTokens;
  readonly seals: CallSeals;
  readonly instruments: Instruments;
  readonly clock: Clock;
}

/** Calls operations of other services over NATS request and reply. */
export class OperationClient {
  constructor(private readonly dependencies: ClientDependencies) {}

  /**
   * Calls `operation` as `caller` and waits for its answer until the operation's deadline.
   * @throws Problem what the operation answered, or `kernel.unavailable` when nobody answered in time
   */
  async call<Op extends Operation>(
    operation: Op,
    input: z.input<Op['input']>,
    caller: Caller,
    requestId: string = newId(this.dependencies.clock),
  ): Promise<Output<Op>> {
    const { tokens, seals, instruments, clock } = this.dependencies;
    const parsed: Input<Op> = parseInput(operation.input, input) as Input<Op>;
    return instruments.span({ kind: 'client', name: operation.name, requestId }, async () => {
      const body = operation.sealedTo ? await sealCall(parsed, { operation, caller, requestId }, seals, clock) : parsed;
      const token = await tokens.sign({ caller, operation: operation.name, requestId });
      const reply = await this.request(operation, body, token);
      if ('problem' in reply) throw Problem.fromDocument(reply.problem);
      return operation.output.parse(reply.ok) as Output<Op>;
    });
  }

  private async request(operation: Operation, body: unknown, token: string): Promise<Reply> {
    const { connection, instruments, clock } = this.dependencies;
    const deadline = clock.now().getTime() + operation.deadlineMs;
    const headers = headersOf({ ...instruments.carrier(), [TOKEN_HEADER]: token, [DEADLINE_HEADER]: String(deadline) });
    try {
      const message = await connection.request(subjectOf(operation), encode(body), {
        timeout: operation.deadlineMs,
        headers,
      });
      return decode(message.data) as Reply;
    } catch (error) {
      if (isNobodyThere(error)) throw new Problem(kernelProblems.unavailable, { cause: error });
      throw error;
    }
  }
}

function isNobodyThere(error: unknown): boolean {
  const gone: string[] = [
    ErrorCode.NoResponders,
    ErrorCode.Timeout,
    ErrorCode.Disconnect,
    ErrorCode.ConnectionClosed,
    ErrorCode.ConnectionDraining,
  ];
  return error instanceof NatsError && gone.includes(error.code);
}
