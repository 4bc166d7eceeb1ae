import { contextOperations, type Input, kernelProblems } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import { type Call, Handles } from '@millrace/messaging';
import { Database, standardTables } from '@millrace/persistence';
import { eraseHoldings, exportHoldings, findHoldings, type Table } from '@millrace/privacy';
import { Controller, type Type } from '@nestjs/common';
import type { ServiceDefinition } from './definition.js';
import { heldNow, heldRows, keepHolds } from './kept-holds.js';
import { Runtime } from './runtime.js';
import { standardEvidence } from './standard-evidence.js';

/** The controller that answers what every context is asked: holdings, erasure, evidence. */
export function standardController(definition: ServiceDefinition): Type {
  const operations = contextOperations(definition.name);
  const readers = { ...standardEvidence(definition), ...definition.evidence };
  const tables: readonly Table[] = [...standardTables, ...definition.tables];

  @Controller()
  class StandardController {
    constructor(
      private readonly runtime: Runtime,
      private readonly database: Database,
    ) {}

    @Handles(operations.exportHoldings)
    exportHoldings({ subject, cursor }: Input<typeof operations.exportHoldings>, call: Call) {
      return call.tx(
        async (tx) => JSON.parse(JSON.stringify(await exportHoldings(tx, tables, subject, cursor))),
        'region',
      );
    }

    @Handles(operations.eraseHoldings)
    eraseHoldings({ caseId, subject }: Input<typeof operations.eraseHoldings>, call: Call) {
      return call.act(async (tx, about) => {
        const held = await heldRows(tx, tables);
        await definition.beforeErase?.(tx, subject, this.runtime);
        const outcome = await eraseHoldings(tx, tables, subject, held);
        const rows = outcome.erased.reduce((sum, one) => sum + one.rows, 0);
        about({ target: { kind: 'case', id: caseId }, details: { context: definition.name, rowsErased: rows } });
        return outcome;
      }, 'region');
    }

    @Handles(operations.findHoldings)
    findHoldings({ subject }: Input<typeof operations.findHoldings>, call: Call) {
      return call.tx(async (tx) => findHoldings(tx, tables, subject, await heldNow(tx, tables)), 'region');
    }

    @Handles(operations.keepHolds)
    keepHolds(order: Input<typeof operations.keepHolds>, call: Call) {
      return call.act(async (tx, about) => {
        const version = await keepHolds(tx, order);
        about({ details: { version, holds: order.holds.length } });
        return { version };
      }, 'region');
    }

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
