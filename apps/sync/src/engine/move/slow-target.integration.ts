import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Session } from '@millrace/connector-sdk';
import { delay } from '@millrace/kernel';
import { Bridge, startMove } from './move.fixture.js';

const MIB = 1024 * 1024;
/** Three hundred megabytes, many times what a worker may hold. */
const ROWS = 80_000;
const ROW_BYTES = 4_000;
/** Time that the target takes for a batch beyond the usual. */
const SLOW_MS = 20;

let bridge: Bridge;

beforeAll(async () => {
  bridge = await Bridge.open();
  await bridge.source.query(
    `CREATE TABLE large (id integer PRIMARY KEY, v text); ALTER TABLE large ALTER v SET STORAGE EXTERNAL;
     INSERT INTO large SELECT i, repeat('x', ${ROW_BYTES}) FROM generate_series(1, ${ROWS}) i`,
  );
});
afterAll(() => bridge.close());

/** The same target, which takes its time before it commits, and tells how many batches were with it at once. */
function slowed(target: Session): { readonly session: Session; readonly most: () => number } {
  let held = 0;
  let most = 0;
  const write: Session['write'] = async (request) => {
    const writer = await target.write(request);
    const apply: typeof writer.apply = async (batch, mark) => {
      most = Math.max(most, ++held);
      await delay(SLOW_MS);
      return writer.apply(batch, mark).finally(() => held--);
    };
    return Object.assign(Object.create(writer) as typeof writer, {
      apply,
      close: () => writer.close(),
      abort: () => writer.abort(),
    });
  };
  return { session: Object.assign(Object.create(target) as Session, { write }), most: () => most };
}

describe('a target that is slower than the source', () => {
  it('slows the reading, and memory stays within its bound', async () => {
    const { session, most } = slowed(bridge.to);
    const stream = await bridge.compile({
      from: 'public.large',
      to: 'large',
      key: ['id'],
      fields: [{ from: 'id' }, { from: 'v' }],
    });
    const before = process.memoryUsage().rss;
    let grown = 0;
    const onCheckpoint = async () => void (grown = Math.max(grown, process.memoryUsage().rss - before));
    const { counts, discard } = await startMove(stream, bridge.from, session, { onCheckpoint }).done;
    expect(counts).toMatchObject({ read: ROWS, inserted: ROWS });
    expect(counts.bytes).toBeGreaterThan(300 * MIB);
    expect(most()).toBeLessThanOrEqual(3);
    expect(discard.complete).toBe(true);
    // Five buffers of a batch: two that are written, one that waits, one that is mapped, one that is read.
    expect(discard.peakBytes).toBeLessThan(6 * 4.5 * MIB);
    expect(grown).toBeLessThan(200 * MIB);
  });
});
