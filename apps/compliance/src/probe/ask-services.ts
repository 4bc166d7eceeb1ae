import { type ContextName, contextNames, contextOperations } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { OperationClient } from '@millrace/messaging';
import type { z } from 'zod';
import { digestOf } from '../promise/digest.js';
import { type Ask, type Evidence, Unanswered } from './probe.js';

/** Questions of one verification. Each service is asked each question once, however many probes want to know. */
export class ServiceQuestions implements Ask {
  private readonly asked = new Map<string, Promise<unknown>>();

  constructor(private readonly client: OperationClient) {}

  async service<S extends z.ZodType>(
    context: ContextName,
    question: string,
    shape: S,
    parameters: Evidence = {},
  ): Promise<z.output<S>> {
    const key = `${context} ${question} ${digestOf(parameters)}`;
    const answer = this.asked.get(key) ?? this.ask(context, question, parameters);
    this.asked.set(key, answer);
    const parsed = shape.safeParse(await answer);
    if (!parsed.success)
      throw new Unanswered(`${context} answered “${question}” in a form that the probe does not know.`);
    return parsed.data;
  }

  everyService<S extends z.ZodType>(question: string, shape: S, parameters: Evidence = {}) {
    return Promise.all(
      contextNames.map(async (context) =>
        Object.assign({}, await this.service(context, question, shape, parameters), { context }),
      ),
    );
  }

  private async ask(context: ContextName, question: string, parameters: Evidence): Promise<unknown> {
    const { evidence: operation } = contextOperations(context);
    try {
      const { evidence } = await this.client.call(
        operation,
        { question, parameters: { ...parameters } as never },
        { kind: 'service', name: 'compliance' },
      );
      return evidence;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      throw new Unanswered(
        error.code === 'kernel.unavailable'
          ? `${context} did not answer.`
          : `${context} could not answer “${question}” (${error.code}).`,
      );
    }
  }
}
