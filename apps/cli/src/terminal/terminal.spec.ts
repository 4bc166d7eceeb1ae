import { describe, expect, it } from '@jest/globals';
import { factsLine } from './facts-line.js';
import { type Output, Terminal } from './terminal.js';

function said(speak: (terminal: Terminal) => void, isTTY = false): string {
  let text = '';
  const output: Output = { isTTY, columns: 80, write: (part: string | Uint8Array) => Boolean((text += String(part))) };
  speak(new Terminal(output));
  return text;
}

describe('a terminal', () => {
  const everything = (terminal: Terminal) => {
    terminal.section('Title');
    terminal.tick('done', 'by the way');
    terminal.fact('label', 'value');
    terminal.transient('moving');
    terminal.clearTransient();
  };

  it('has neither colour nor movement where it is none', () => {
    expect(said(everything)).toBe(`\nTitle\n  ✓ done  by the way\n    ${'label'.padEnd(24)}value\n`);
    expect(said(everything, true)).toContain('\u001b[');
  });

  it('aligns numbers to the right and words to the left', () => {
    const text = said((terminal) =>
      terminal.table(
        ['stream', 'rows'],
        [
          ['a', '1,000'],
          ['longer', '7'],
        ],
      ),
    );
    expect(text.split('\n').map((line) => line.trimEnd())).toEqual([
      '    stream   rows',
      '    a       1,000',
      '    longer      7',
      '',
    ]);
  });
});

describe('facts in a line', () => {
  it('are read without their brackets', () => {
    const facts = {
      weak: 0,
      unsealedPositions: [],
      roles: ['owner', 'viewer'],
      region: { name: 'us-east-1' },
      rows: [{}, {}],
    };
    expect(factsLine(facts, 200)).toBe(
      'weak 0, unsealed positions none, roles owner viewer, region (name us-east-1), rows 2',
    );
    expect(factsLine(facts, 10)).toBe('weak 0, u…');
  });
});
