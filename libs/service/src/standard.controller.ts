import { contextOperations, type Input, kernelProblems } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import { type Call, Handles } from '@millrace/messaging';
import { Database } from '@millrace/persistence';
import { Controller, type Type } from '@nestjs/common';
import type { ServiceDefinition } from './definition.js';
import { Runtime } from './runtime.js';
import { standardEvidence } from './evidence/standard-evidence.js';

/** The controller that answers what every context is asked of itself: evidence, and which keys it holds. */
export function standardController(definition: ServiceDefinition): Type {
  const operations = contextOperations(definition.name);
  const readers = { ...standardEvidence(definition), ...definition.evidence };

  @Controller()
  class StandardController {
    constructor(
      private readonly runtime: Runtime,
      private readonly database: Database,
    ) {}

    @Handles(operations.evidence)
    async evidence({ question, parameters }: Input<typeof operations.evidence>, call: Call) {
      const reader = readers[question];
      if (!reader)
        throw new Problem(kernelProblems.notFound, { detail: `${definition.name} knows no question of that name.` });
      const evidence = await call.tx(
        (tx) =>
          reader({
            tx,
            runtime: this.runtime,
            parameters: parameters as Record<string, unknown>,
            asStranger: (work) => this.database.scoped({}, { kind: 'public' }, work),
          }),
        'region',
      );
      return { evidence: JSON.parse(JSON.stringify(evidence)) };
    }

    @Handles(operations.takeUpKey)
    async takeUpKey({ kind, owner }: Input<typeof operations.takeUpKey>, call: Call) {
      const held = await this.runtime.keys[kind](owner);
      if (!held) throw new Problem(kernelProblems.notFound, { detail: `${definition.name} holds no such key.` });
      return call.act(async (tx, about) => {
        const needed = await definition.keysNeeded?.[kind]?.(tx);
        about({
          details: { kind, owner, held: held.length, inUse: held.find((one) => one.inUse)?.version ?? 'unknown' },
        });
        return { versions: held.map((one) => ({ ...one, neededBy: needed?.get(one.version) ?? 0 })) };
      }, 'region');
    }
  }
  return StandardController;
}
