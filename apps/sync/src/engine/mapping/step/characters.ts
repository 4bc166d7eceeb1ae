const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
const PLAIN = /^[\x20-\x7e]*$/;

/**
 * The characters of a text as a reader sees them (extended grapheme clusters, UAX 29): a letter with its accents, a family
 * of emoji. Cutting between them never leaves half a character.
 */
export function charactersOf(text: string): readonly string[] {
  return PLAIN.test(text) ? text.split('') : Array.from(segmenter.segment(text), ({ segment }) => segment);
}
