import type { Page, PageBlock } from './page.js';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** The page as one HTML `article` without scripts, styles or links to elsewhere; every text is escaped. */
export function pageHtml(page: Page): string {
  const sections = page.sections.map(
    ({ heading, blocks }) =>
      `<section>\n<h2>${escapeHtml(heading)}</h2>\n${blocks.map(blockHtml).join('\n')}\n</section>`,
  );
  return `<article>\n<h1>${escapeHtml(page.title)}</h1>\n${sections.join('\n')}\n</article>\n`;
}

/** The page as a whole document that stands by itself. */
export function pageDocument(page: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(page.title)}</title>
</head>
<body>
<main>
${pageHtml(page)}</main>
</body>
</html>
`;
}

/** Text that is safe as the content of an element and inside a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

function blockHtml(block: PageBlock): string {
  switch (block.kind) {
    case 'paragraph':
      return `<p>${escapeHtml(block.text)}</p>`;
    case 'list':
      return `<ul>\n${block.items.map((item) => `<li>${escapeHtml(item)}</li>`).join('\n')}\n</ul>`;
    case 'table': {
      const head = block.columns.map((column) => `<th scope="col">${escapeHtml(column)}</th>`).join('');
      const rows = block.rows.map((row) => `<tr>${row.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`);
      return `<table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${rows.join('\n')}\n</tbody>\n</table>`;
    }
  }
}
