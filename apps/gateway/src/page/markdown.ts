import { Html, markup } from './html.js';

/** The little Markdown that the charter's renderer writes: headings, lists, tables, paragraphs, `**strong**` and `` `code` ``. */
export function markdownToHtml(text: string): Html {
  const blocks = text.replaceAll('\r', '').split(/\n{2,}|\n(?=#{1,6} )|(?<=^#{1,6} .*)\n/m);
  return new Html(
    blocks
      .filter((block) => block.trim() !== '')
      .map((block) => blockOf(block.trim()).text)
      .join('\n'),
  );
}

function blockOf(block: string): Html {
  const heading = /^(#{1,6}) (.+)$/.exec(block);
  if (heading) return new Html(`<h${heading[1]!.length}>${inline(heading[2]!).text}</h${heading[1]!.length}>`);
  const lines = block.split('\n');
  if (lines.every((line) => /^\s*[-*] |^\s{2,}\S/.test(line))) return markup`<ul>${itemsOf(lines)}</ul>`;
  if (lines.length > 1 && lines.every((line) => line.startsWith('|'))) return tableOf(lines);
  return markup`<p>${inline(lines.join(' '))}</p>`;
}

function itemsOf(lines: readonly string[]): Html[] {
  const items: string[] = [];
  for (const line of lines) {
    const item = /^\s*[-*] (.*)$/.exec(line);
    if (item || items.length === 0) items.push(item?.[1] ?? line);
    else items[items.length - 1] += ` ${line.trim()}`;
  }
  return items.map((item) => markup`<li>${inline(item)}</li>`);
}

function tableOf([head, ...rows]: readonly string[]): Html {
  const cells = (line: string) =>
    line
      .replace(/^\||\|$/g, '')
      .split('|')
      .map((cell) => inline(cell.trim()));
  const body = rows.filter((row) => !/^[|\s:-]+$/.test(row));
  const header = cells(head!).map((cell) => markup`<th>${cell}</th>`);
  const shown = body.map((row) => markup`<tr>${cells(row).map((cell) => markup`<td>${cell}</td>`)}</tr>`);
  return markup`<table><thead><tr>${header}</tr></thead><tbody>${shown}</tbody></table>`;
}

/** Escaped first: what is left to turn into tags cannot be a tag. */
function inline(text: string): Html {
  const safe = markup`${text}`.text;
  return new Html(
    safe.replaceAll(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>').replaceAll(/`([^`]+)`/g, '<code>$1</code>'),
  );
}
