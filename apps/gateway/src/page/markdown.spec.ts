import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { markdownToHtml } from './markdown.js';

const shown = (text: string) => markdownToHtml(text).text;

describe('a policy', () => {
  it('is shown with its headings, lists, tables and paragraphs', () => {
    expect(
      shown('# Policy\n\nWe keep **nothing**.\nReally.\n\n- one\n- two `x`\n\n| A | B |\n| --- | --- |\n| 1 | 2 |'),
    ).toBe(
      [
        '<h1>Policy</h1>',
        '<p>We keep <strong>nothing</strong>. Really.</p>',
        '<ul><li>one</li><li>two <code>x</code></li></ul>',
        '<table><thead><tr><th>A</th><th>B</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>',
      ].join('\n'),
    );
  });

  it('needs no blank line after a heading', () => {
    expect(shown('## Kept\nFor 90 days.')).toBe('<h2>Kept</h2>\n<p>For 90 days.</p>');
  });

  it('cannot bring tags of its own', () => {
    expect(shown('# <script>alert(1)</script>\n\n**<img src=x>** `<b>`')).not.toMatch(/<(?!\/?(?:h1|p|strong|code)>)/);
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('<', '>', '"', '&', 'a', '*', '`', '#', '-', '|', ' ', '\n') }),
        (text) => {
          expect(shown(text)).not.toMatch(/<(?!\/?(?:h[1-6]|p|ul|li|strong|code|table|thead|tbody|tr|th|td)>)/);
        },
      ),
    );
  });
});
