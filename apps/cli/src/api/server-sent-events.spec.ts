import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readEvents } from './server-sent-events.js';

async function eventsOf(chunks: readonly Uint8Array[]): Promise<string[]> {
  const events: string[] = [];
  for await (const data of readEvents(ReadableStream.from(chunks) as ReadableStream<Uint8Array>)) events.push(data);
  return events;
}

const bytes = (text: string) => new TextEncoder().encode(text);

describe('an event stream', () => {
  it('gives the data of each event and passes over everything else', async () => {
    const text =
      'retry: 2000\n\nevent: progress\ndata: {"read":1}\n\n: still here\n\ndata: a\ndata:b\n\ndata: unfinished';
    expect(await eventsOf([bytes(text)])).toEqual(['{"read":1}', 'a\nb']);
  });

  it('gives the same wherever the line cuts it', async () => {
    const text = 'event: progress\ndata: {"city":"Kraków 🌊"}\n\n: still here\n\ndata: 2\n\n';
    const whole = bytes(text);
    const cuts = fc.uniqueArray(fc.nat(whole.length), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(cuts, async (places) => {
        const edges = [0, ...places.sort((a, b) => a - b), whole.length];
        const chunks = edges.slice(1).map((end, index) => whole.subarray(edges[index], end));
        expect(await eventsOf(chunks)).toEqual(['{"city":"Kraków 🌊"}', '2']);
      }),
    );
  });

  it('is given up when an event does not end', async () => {
    await expect(eventsOf([bytes('data: '), bytes('x'.repeat(1_000_001))])).rejects.toThrow('too long');
  });
});
