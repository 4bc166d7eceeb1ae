import { partitionStateContext } from '@millrace/contracts';
import { Sealer, toBase64url, fromBase64url } from '@millrace/crypto';
import type { KeyBounds } from '@millrace/connector-sdk';
import type { Checkpoint } from '../engine/index.js';

/** Where a partition stands: what the run fixed at its start and how far it has come. */
export interface PartitionState {
  readonly bounds: KeyBounds;
  readonly checkpoint?: Checkpoint;
}

/** Seals and opens the state of one partition; only a worker that holds its key can. */
export class PartitionVault {
  private readonly sealer: Sealer;

  constructor(
    private readonly partitionId: string,
    key: Uint8Array,
  ) {
    this.sealer = new Sealer(key);
  }

  seal(state: PartitionState): string {
    return toBase64url(this.sealer.seal(JSON.stringify(state), partitionStateContext(this.partitionId)));
  }

  open(sealed: string): PartitionState {
    return JSON.parse(
      this.sealer.open(fromBase64url(sealed)!, partitionStateContext(this.partitionId)).toString('utf8'),
    ) as PartitionState;
  }
}
