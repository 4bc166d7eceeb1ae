import {
  type Input,
  kernelProblems,
  listPauses,
  type Pause,
  pauseRegion,
  pauseWork,
  resumeRegion,
  resumeWork,
} from '@millrace/contracts';
import { newId, Problem } from '@millrace/kernel';
import { type Call, Handles } from '@millrace/messaging';
import type { Row } from '@millrace/privacy';
import { Controller } from '@nestjs/common';
import { Admission } from '../admission/admission.js';
import { ConnectionDesk } from '../connection/inspect-connection.js';
import { pipelines } from '../pipeline/pipeline.table.js';
import { regionPauses, workPauses } from './pause.table.js';

@Controller()
export class PauseOperations {
  constructor(
    private readonly admission: Admission,
    private readonly desk: ConnectionDesk,
  ) {}

  @Handles(pauseWork)
  async pause({ scope, target: named = '' }: Input<typeof pauseWork>, call: Call): Promise<Pause> {
    if ((scope === 'organization') !== (named === ''))
      throw new Problem(kernelProblems.invalidInput, {
        errors: [
          { path: '/target', message: 'must name the pipeline or connection, and be left out for the organization' },
        ],
      });
    const target = scope === 'connection' ? (await this.desk.active(call, call.user.orgId, named)).connectionId : named;
    return call.act(async (tx, about) => {
      if (scope === 'pipeline' && !(await tx.table(pipelines).existsBy({ name: target })))
        throw new Problem(kernelProblems.notFound);
      const known = await tx.table(workPauses).findOneBy({ scope, target });
      const { orgId } = call.user;
      const row = known ?? { id: newId(call.clock), orgId, scope, target, since: call.clock.now() };
      if (!known) await tx.table(workPauses).insert(row);
      about({ target: { kind: 'pause', id: row.id }, details: { scope } });
      return viewPause(row);
    });
  }

  @Handles(resumeWork)
  async resume({ pauseId }: Input<typeof resumeWork>, call: Call) {
    await call.act(async (tx, about) => {
      const known = await tx.table(workPauses).findOneBy({ id: pauseId });
      if (!known) throw new Problem(kernelProblems.notFound);
      await tx.table(workPauses).delete({ id: pauseId });
      about({ target: { kind: 'pause', id: pauseId }, details: { scope: known.scope } });
    });
    this.admission.kick();
    return { pauseId };
  }

  @Handles(listPauses)
  async list(_input: Input<typeof listPauses>, call: Call) {
    const rows = await call.tx((tx) => tx.table(workPauses).find({ order: { since: 'ASC' } }));
    return { pauses: rows.map(viewPause) };
  }

  @Handles(pauseRegion)
  pauseRegion({ provider = '' }: Input<typeof pauseRegion>, call: Call) {
    return call.act(async (tx, about) => {
      const known = await tx.table(regionPauses).findOneBy({ provider });
      const row = known ?? { id: newId(call.clock), provider, since: call.clock.now() };
      if (!known) await tx.table(regionPauses).insert(row);
      about({ target: { kind: 'pause', id: row.id }, details: { provider } });
      const since = row.since.toISOString();
      return {
        pauseId: row.id,
        since,
        ...(provider ? { scope: 'provider' as const, target: provider } : { scope: 'region' as const }),
      };
    }, 'region');
  }

  @Handles(resumeRegion)
  async resumeRegion({ provider = '' }: Input<typeof resumeRegion>, call: Call) {
    const lifted = await call.act(async (tx, about) => {
      about({ details: { provider } });
      return (await tx.table(regionPauses).delete({ provider })).affected ?? 0;
    }, 'region');
    this.admission.kick();
    return { lifted };
  }
}

function viewPause({ id, scope, target, since }: Row<typeof workPauses>): Pause {
  return { pauseId: id, scope, ...(target ? { target } : {}), since: since.toISOString() };
}
