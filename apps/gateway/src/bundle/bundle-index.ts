import { type BundleHead, bundleFiles, type ContextName, contextNames, dataFileOf } from '@millrace/contracts';
import { Html, markup, STYLE } from '../page/html.js';
import type { WrittenTable } from './bundle-tables.js';

/** What each part of the product is to the person, and what it holds about them. */
const parts: Readonly<Record<ContextName, { readonly title: string; readonly holds: string }>> = {
  identity: {
    title: 'Your account',
    holds: 'Who you are here, how you sign in and from where, what you agreed to, and the organizations you belong to.',
  },
  vault: {
    title: 'Connections to other systems',
    holds: 'Connections that you made or used. Passwords and keys are never part of a copy.',
  },
  sync: { title: 'Pipelines and their runs', holds: 'What you set up or started, and what came of it.' },
  compliance: {
    title: 'Your rights, and the ledger',
    holds: 'What you asked for about your data, and what the ledger of everything that was done says about you.',
  },
  notifications: { title: 'Messages to you', holds: 'What was sent to you or put into your inbox.' },
  gateway: { title: 'Your visits', holds: 'Which pages and operations you asked for, and when.' },
};

/** `index.html`: what is held, by which part of the product, and how to check that nothing was changed. It loads nothing. */
export function indexPage(
  { caseId, exportedAt, charter, region }: BundleHead,
  tables: readonly WrittenTable[],
): string {
  const rows = tables.reduce((sum, one) => sum + one.rows, 0);
  const title = 'Everything that is held about you';
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p>This is a copy of what the region ${region} held about you on <time datetime="${exportedAt}">${exportedAt}</time>, under the
charter ${charter}: ${counted(rows, 'row')} in ${counted(tables.length, 'table')}. The number of your request is ${caseId}.</p>
<p>Each table comes twice with the same rows: as CSV, which spreadsheets open, and as JSON for programs. A cell that a spreadsheet
could take for a formula has an apostrophe before it. <a href="${bundleFiles.schema}">${bundleFiles.schema}</a> describes the files.</p>
${contextNames.map((context) =>
  partOf(
    context,
    tables.filter((one) => one.context === context),
  ),
)}
<h2>How to check it</h2>
<p><a href="${bundleFiles.manifest}">${bundleFiles.manifest}</a> names every file with its SHA-256, and
<a href="${bundleFiles.signature}">${bundleFiles.signature}</a> is the signature of the region’s ledger over it. Take the key from the
region at <code>/api/v1/ledger/key</code>, keep it in a file, and ask:</p>
<pre><code>millrace bundle check bundle.zip --key ledger.key</code></pre>
<p>It says which file was changed, removed or added, if one was. It asks nobody, and needs no account.</p>
</main>
</body>
</html>
`.text;
}

function partOf(context: ContextName, tables: readonly WrittenTable[]): Html {
  const { title, holds } = parts[context];
  const heading = markup`<h2>${title}</h2>
<p>${holds}</p>
`;
  if (tables.length === 0)
    return markup`${heading}<p>Nothing about you is held here.</p>
`;
  return markup`${heading}<table>
<caption>What the service ${context} holds</caption>
<thead><tr><th scope="col">Table</th><th scope="col">Rows</th><th scope="col">Files</th></tr></thead>
<tbody>
${tables.map(rowOf)}</tbody>
</table>
`;
}

function rowOf({ context, table, rows }: WrittenTable): Html {
  const name = table.replaceAll('_', ' ');
  const link = (form: 'json' | 'csv', title: string) =>
    markup`<a href="${dataFileOf(context, table, form)}" aria-label="${title} of ${name}">${title}</a>`;
  return markup`<tr><th scope="row">${name}</th><td>${rows}</td><td>${link('csv', 'CSV')} ${link('json', 'JSON')}</td></tr>
`;
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
