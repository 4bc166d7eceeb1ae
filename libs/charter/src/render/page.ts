/** A rendered page, before it is Markdown or HTML. Texts are plain; each printer escapes them in its own way. */
export interface Page {
  readonly title: string;
  readonly sections: readonly PageSection[];
}

export interface PageSection {
  readonly heading: string;
  readonly blocks: readonly PageBlock[];
}

export type PageBlock =
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'table'; readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] };

export function paragraph(text: string): PageBlock {
  return { kind: 'paragraph', text };
}

export function list(items: readonly string[]): PageBlock {
  return { kind: 'list', items };
}

export function table(columns: readonly string[], rows: readonly (readonly string[])[]): PageBlock {
  return { kind: 'table', columns, rows };
}

/** A heading with its blocks; blocks that hold nothing are left out. */
export function section(heading: string, ...blocks: readonly PageBlock[]): PageSection {
  return { heading, blocks: blocks.filter(holdsSomething) };
}

function holdsSomething(block: PageBlock): boolean {
  if (block.kind === 'paragraph') return block.text !== '';
  return block.kind === 'list' ? block.items.length > 0 : block.rows.length > 0;
}
