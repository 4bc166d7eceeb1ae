import type { Page, PageBlock } from './page.js';

/** The page as CommonMark with tables; every text is escaped, so none can become markup. Ends with a line break. */
export function pageMarkdown(page: Page): string {
  const sections = page.sections.flatMap(({ heading, blocks }) => [`## ${escaped(heading)}`, ...blocks.map(blockText)]);
  return `${[`# ${escaped(page.title)}`, ...sections].join('\n\n')}\n`;
}

function blockText(block: PageBlock): string {
  switch (block.kind) {
    case 'paragraph':
      return escaped(block.text);
    case 'list':
      return block.items.map((item) => `- ${escaped(item)}`).join('\n');
    case 'table':
      return [block.columns.map(escaped), block.columns.map(() => '---'), ...block.rows.map((row) => row.map(escaped))]
        .map((cells) => `| ${cells.join(' | ')} |`)
        .join('\n');
  }
}

/** Backslashes before everything that CommonMark or its tables could read as markup, HTML included. */
function escaped(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\\`*_[\]<>|~&]/g, '\\$&')
    .replace(/^(#{1,6}|[-+]|=+)(?=\s|$)/, '\\$1')
    .replace(/^(\d+)([.)])(?=\s|$)/, '$1\\$2');
}
