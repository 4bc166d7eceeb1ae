import { grouped, type Terminal } from '../terminal/terminal.js';
import type { Receipt } from './check-receipt.js';

/** What a run did, as its receipt states it. */
export function showReceipt(terminal: Terminal, receipt: Receipt): void {
  terminal.fact('run', `${receipt.runId}, ${receipt.state}`);
  terminal.fact('mapping', receipt.mappingDigest);
  terminal.fact('receipt', receipt.digest);
  const rows = receipt.streams.map(({ stream, counts, dropped, hashed, rejects }) => [
    stream,
    grouped(counts.read),
    grouped(counts.written),
    grouped(rejects.reduce((sum, one) => sum + one.count, 0)),
    hashed.join(', ') || '—',
    dropped.join(', ') || '—',
  ]);
  terminal.table(['stream', 'read', 'written', 'rejected', 'hashed', 'never read'], rows);
}
