import { contextOperations, type Input } from '@millrace/contracts';
import { type Call, Handles } from '@millrace/messaging';
import { standardTables } from '@millrace/persistence';
import { eraseHoldings, exportHoldings, findHoldings, type Table } from '@millrace/privacy';
import { Controller, type Type } from '@nestjs/common';
import type { ServiceDefinition } from './definition.js';
import { heldNow, heldRows, keepHolds } from './kept-holds.js';
import { Runtime } from './runtime.js';

/** The controller that answers what every context is asked about people: what it holds, erasing that, what has to stay. */
export function holdingsController(definition: ServiceDefinition): Type {
  const operations = contextOperations(definition.name);
  const tables: readonly Table[] = [...standardTables, ...definition.tables];

  @Controller()
  class HoldingsController {
    constructor(private readonly runtime: Runtime) {}

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
        const waiting = (await definition.beforeErase?.(tx, subject, this.runtime)) ?? [];
        const closingOrgIds = subject.closingOrgIds.filter((orgId) => !waiting.includes(orgId));
        const outcome = await eraseHoldings(tx, tables, { ...subject, closingOrgIds }, held);
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
  }
  return HoldingsController;
}
