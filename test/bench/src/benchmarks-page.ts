import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import prettier from 'prettier';
import { type Figured, type FigureRow, figureRows } from './figure-table.js';
import type { Figures } from './contest.js';

const PAGE = fileURLToPath(new URL('../../../docs/benchmarks.md', import.meta.url));
const HEAD = '| figure | value | must | aim | measured | what |\n| --- | --- | --- | --- | --- | --- |';

/**
 * Writes figures into their section of docs/benchmarks.md. Rows that this run did not measure stay as they are, each with
 * the circumstances of its own run; all other sections are left alone.
 *
 * @param bench whose section, between two comments of its name
 * @param circumstances when and under what load, in a few words
 */
export async function writeBenchmarks(
  bench: { readonly name: string; readonly contests: readonly Figured[] },
  figures: Figures,
  circumstances: string,
): Promise<void> {
  const start = `<!-- bench:${bench.name} writes what follows -->`;
  const end = `<!-- bench:${bench.name} ends here -->`;
  const page = await readFile(PAGE, 'utf8');
  const [from, to] = [page.indexOf(start), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/benchmarks.md lacks the lines "${start}" and "${end}"`);
  const before = page.slice(from, to).split('\n');
  const lines = figureRows(bench.contests, figures).map((row) =>
    row.name in figures ? lineOf(row, circumstances) : (before.find(isLineOf(row)) ?? lineOf(row, '')),
  );
  const section = [start, '', HEAD, ...lines, '', ''].join('\n');
  const written = page.slice(0, from) + section + page.slice(to);
  const style = await prettier.resolveConfig(PAGE);
  await writeFile(PAGE, await prettier.format(written, { ...style, filepath: PAGE }));
}

const lineOf = ({ name, value, must, aim, work }: FigureRow, measured: string) =>
  `| \`${name}\` | **${value}** | ${must} | ${aim} | ${measured} | ${work} |`;

const isLineOf =
  ({ name }: FigureRow) =>
  (line: string) =>
    line.startsWith(`| \`${name}\``);
