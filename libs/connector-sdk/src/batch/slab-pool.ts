import { Slab } from './slab.js';

/** What a run held in memory and that it is gone: part of the receipt. */
export interface DiscardAttestation {
  /** Buffers that ever held record bytes. */
  readonly buffers: number;
  /** Most bytes held at one time, the buffers' unused room included. */
  readonly peakBytes: number;
  /** Buffers overwritten with zeros and released. Equal to `buffers` after an orderly end. */
  readonly released: number;
  /** Whether nothing is held any more. */
  readonly complete: boolean;
}

/** Hands out slabs, takes them back, counts what is held, and overwrites everything with zeros at the end. */
export class SlabPool {
  private readonly idle: Slab[] = [];
  private readonly all = new Set<Slab>();
  private heldBytes = 0;
  private peakBytes = 0;
  private buffers = 0;
  private released = 0;

  /** `slabBytes` is the first capacity of a slab. */
  constructor(readonly slabBytes: number) {}

  take(): Slab {
    const slab = this.idle.pop() ?? this.create();
    slab.clear();
    return slab;
  }

  give(slab: Slab): void {
    if (this.all.has(slab)) this.idle.push(slab);
  }

  /** Overwrites and forgets every slab, in use or not; call it when no one reads them any more. */
  discard(): DiscardAttestation {
    for (const slab of this.all) {
      slab.wipe();
      this.released++;
    }
    this.all.clear();
    this.idle.length = 0;
    this.heldBytes = 0;
    return this.attest();
  }

  attest(): DiscardAttestation {
    const { buffers, peakBytes, released } = this;
    return { buffers, peakBytes, released, complete: this.all.size === 0 };
  }

  private create(): Slab {
    const slab = new Slab(this.slabBytes, (added) => this.grew(added));
    this.all.add(slab);
    this.buffers++;
    this.grew(this.slabBytes);
    return slab;
  }

  private grew(added: number): void {
    this.heldBytes += added;
    this.peakBytes = Math.max(this.peakBytes, this.heldBytes);
  }
}
