import { describe, expect, it } from '@jest/globals';
import { Slab } from './slab.js';
import { SlabPool } from './slab-pool.js';

describe('a slab', () => {
  it('holds rows of length-prefixed cells and grows as needed', () => {
    const slab = new Slab(1);
    for (let row = 0; row < 10_000; row++) {
      slab.startRow(3);
      slab.writeText('ü');
      slab.writeNull();
      slab.writeCell(Uint8Array.of(row & 255));
    }
    expect(slab.rowCount).toBe(10_000);
    const start = slab.rowStarts[9_999]!;
    expect(slab.bytes.subarray(start, slab.end).toString('hex')).toBe('000300000002c3bcffffffff000000010f');
  });

  it('forgets an abandoned row', () => {
    const slab = new Slab(64);
    slab.startRow(1);
    slab.writeText('kept');
    const { end } = slab;
    slab.startRow(1);
    slab.writeText('gone');
    slab.abandonRow();
    expect([slab.rowCount, slab.end]).toEqual([1, end]);
  });
});

describe('a pool of slabs', () => {
  it('reuses buffers, counts the most it held, and leaves zeros', () => {
    const pool = new SlabPool(100);
    const first = pool.take();
    const second = pool.take();
    first.writeText('personal');
    second.reserve(1_000);
    pool.give(first);
    expect(pool.take()).toBe(first);
    const { bytes } = first;
    expect(pool.attest()).toEqual({ buffers: 2, peakBytes: 1_100, released: 0, complete: false });
    expect(pool.discard()).toEqual({ buffers: 2, peakBytes: 1_100, released: 2, complete: true });
    expect(bytes.every((byte) => byte === 0)).toBe(true);
  });

  it('begins small, and gives whole slabs once one did not suffice', () => {
    const whole = 4_500_000;
    const pool = new SlabPool(whole);
    const short = pool.take();
    const other = pool.take();
    expect(short.bytes.length).toBeLessThan(100_000);
    short.reserve(short.bytes.length + 1);
    expect(short.bytes.length).toBe(whole);
    expect(pool.take().bytes.length).toBe(whole);
    other.reserve(2 * whole);
    expect(other.bytes.length).toBe(2 * whole);
    expect(pool.attest().peakBytes).toBe(4 * whole);
  });

  it('leaves zeros in the buffer that a slab outgrew', () => {
    const slab = new Slab(16);
    slab.writeText('personal');
    const outgrown = slab.bytes;
    slab.reserve(1_000);
    expect(outgrown.every((byte) => byte === 0)).toBe(true);
    expect(slab.bytes.toString('utf8', 4, 12)).toBe('personal');
  });
});
