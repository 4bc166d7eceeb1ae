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

/** Enough for a few hundred records. */
const SHORT_SLAB_BYTES = 64 * 1024;

/** Hands out slabs, takes them back, counts what is held, and overwrites everything with zeros at the end. */
export class SlabPool {
  private isShort = true;
  private readonly idle: Slab[] = [];
  private readonly all = new Set<Slab>();
  private heldBytes = 0;
  private peakBytes = 0;
  private buffers = 0;
  private released = 0;

  /**
   * `slabBytes` is the capacity that a batch usually needs. The first slabs are smaller, because most streams are: whole
   * ones cost a short run more than its records. One that does not suffice shows that whole ones are wanted.
   */
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
    const capacity = this.isShort ? Math.min(SHORT_SLAB_BYTES, this.slabBytes) : this.slabBytes;
    const onGrow = (added: number) => {
      this.isShort = false;
      this.grew(added);
    };
    const slab = new Slab(capacity, onGrow, this.slabBytes);
    this.all.add(slab);
    this.buffers++;
    this.grew(capacity);
    return slab;
  }

  private grew(added: number): void {
    this.heldBytes += added;
    this.peakBytes = Math.max(this.peakBytes, this.heldBytes);
  }
}
