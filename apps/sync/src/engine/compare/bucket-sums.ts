/** Buckets that the records of a stream fall into by their key's fingerprint: three hexadecimal digits' worth. */
export const BUCKETS = 4_096;

/** Sums are taken modulo this, so that they stay whole numbers that a double holds exactly. */
const MODULUS = 2 ** 48;

/** 96 bits of a keyed fingerprint. Two records that differ have the same with a probability of 2^-96. */
export interface ShortPrint {
  readonly high: number;
  readonly low: number;
}

/** The first 24 digits of a fingerprint in hexadecimal. */
export function shortPrint(fingerprint: string): ShortPrint {
  return { high: Number.parseInt(fingerprint.slice(0, 12), 16), low: Number.parseInt(fingerprint.slice(12, 24), 16) };
}

/** The bucket of a key: the first 12 bits of its fingerprint. */
export function bucketOf({ high }: ShortPrint): number {
  return Math.floor(high / 2 ** 36);
}

/** How buckets are called in a report: the fingerprints that begin with these digits. */
export function bucketName(bucket: number): string {
  return bucket.toString(16).padStart(3, '0');
}

/**
 * Counts the records of each bucket and adds up their fingerprints. Sums do not depend on the order in which records come,
 * so two systems that sort differently can be compared, and nothing but the sums is kept.
 */
export class BucketSums {
  private readonly counts = new Float64Array(BUCKETS);
  private readonly highs = new Float64Array(BUCKETS);
  private readonly lows = new Float64Array(BUCKETS);
  total = 0;

  add(bucket: number, record: ShortPrint): void {
    this.total++;
    this.counts[bucket]!++;
    this.highs[bucket] = (this.highs[bucket]! + record.high) % MODULUS;
    this.lows[bucket] = (this.lows[bucket]! + record.low) % MODULUS;
  }

  count(bucket: number): number {
    return this.counts[bucket]!;
  }

  /** Buckets whose records are not the same on both sides. */
  differing(other: BucketSums): number[] {
    const buckets: number[] = [];
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const same =
        this.counts[bucket] === other.counts[bucket] &&
        this.highs[bucket] === other.highs[bucket] &&
        this.lows[bucket] === other.lows[bucket];
      if (!same) buckets.push(bucket);
    }
    return buckets;
  }
}
