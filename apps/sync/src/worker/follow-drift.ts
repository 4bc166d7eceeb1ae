import { driftPartition, syncProblems } from '@millrace/contracts';
import type { StreamSchema } from '@millrace/connector-sdk';
import { Problem } from '@millrace/kernel';
import type { Runtime } from '@millrace/service';
import { fieldPrivacy } from '../connection/field-privacy.js';
import { shapeDigest, shapeOf, type StreamMapping } from '../engine/index.js';
import type { Held } from './checkpoint-reports.js';
import type { Claim } from './claimed-state.js';

const SELF = { kind: 'service', name: 'sync-worker' } as const;

/** Asks what to do about a stream that is not what it was. */
export class FollowDrift {
  constructor(
    private readonly runtime: Runtime,
    private readonly held: Held,
    private readonly claim: Pick<Claim, 'shapes'>,
  ) {}

  /**
   * The mapping with which stream `index` goes on, given what it is now.
   * @throws Problem `sync.schema-drift` when its owner wants the run to stop
   */
  async mappingFor(index: number, mapping: StreamMapping, found: StreamSchema): Promise<StreamMapping> {
    const known = this.claim.shapes.find(({ stream }) => stream === index);
    if (!known || known.digest === shapeDigest(shapeOf(found))) return mapping;
    const fields = found.fields.map(({ name, sourceType: type, privacy }) => ({
      name,
      type,
      personal: fieldPrivacy(privacy) !== 'none',
    }));
    const { client } = this.runtime;
    const answer = await client.call(driftPartition, { ...this.held, stream: index, fields }, SELF);
    if (answer.stop !== undefined) throw new Problem(syncProblems.schemaDrift, { detail: answer.stop });
    return answer.mapping ? (answer.mapping as unknown as StreamMapping) : mapping;
  }
}
