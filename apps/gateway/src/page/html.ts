import { escapeHtml } from '@millrace/charter';

/** HTML that was made here, not typed by anybody. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = string | number | Html | readonly Html[];

/** A piece of HTML; every value in it is escaped unless it is HTML itself. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.map((one, index) => one + (index < parts.length ? shown(parts[index]!) : '')).join(''));
}

function shown(part: Part): string {
  if (part instanceof Html) return part.text;
  return typeof part === 'object' ? part.map((one) => one.text).join('') : escapeHtml(String(part));
}

/**
 * A whole page: no script, one style sheet of our own.
 * @param next where the browser goes on at once
 */
export function page(title: string, body: Html, next?: string): string {
  return markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        ${next === undefined ? markup`` : markup`<meta http-equiv="refresh" content="0;url=${next}" />`}
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html> `.text;
}

/** The style of every page. */
export const STYLE = `:root { color-scheme: light dark; }
body { margin: 0; font: 1rem/1.6 system-ui, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 3rem 1.25rem; }
h1, h2, h3 { line-height: 1.25; }
code { font-size: 0.95em; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.4rem 0.75rem 0.4rem 0; border-bottom: 1px solid #8884; }
input { font: inherit; padding: 0.4rem 0.6rem; width: 100%; max-width: 24rem; box-sizing: border-box; }
input.tick { width: auto; }
button { font: inherit; padding: 0.5rem 1.25rem; cursor: pointer; }
dt { margin-top: 1rem; font-weight: 600; }
dd { margin: 0; }
dt a { font-weight: 400; text-decoration: none; }
.problem { border-left: 0.25rem solid #c33; padding: 0.25rem 1rem; }
footer { margin-top: 3rem; font-size: 0.9rem; }
`;
