import { type Contest, type Figures, reaches, type Requirement } from './contest.js';

/** One row as people read it. */
export interface FigureRow {
  readonly name: string;
  readonly value: string;
  readonly must: string;
  readonly aim: string;
  readonly work: string;
}

/** What a table needs of the contests it shows. */
export type Figured = Pick<Contest, 'figures'>;

/** A row for every figure of every contest, measured or not. */
export function figureRows(contests: readonly Figured[], figures: Figures): FigureRow[] {
  return contests.flatMap((contest) =>
    Object.entries(contest.figures).map(([name, requirement]) => toRow(name, requirement, figures[name])),
  );
}

/** The rows as lines of equal columns. What falls short of its requirement says so. */
export function printedTable(contests: readonly Figured[], figures: Figures): string[] {
  const rows = figureRows(contests, figures);
  const all = [{ name: 'figure', value: 'value', must: 'must', aim: 'aim', work: 'what' }, ...rows];
  const width = (column: 'name' | 'value' | 'must' | 'aim') => Math.max(...all.map((row) => row[column].length));
  const [name, value, must, aim] = [width('name'), width('value'), width('must'), width('aim')];
  return all.map((row) =>
    [row.name.padEnd(name), row.value.padStart(value), row.must.padEnd(must), row.aim.padEnd(aim), row.work].join('  '),
  );
}

function toRow(name: string, requirement: Requirement, measured: number | undefined): FigureRow {
  const { atLeast, atMost, aim, unit = '', work } = requirement;
  const show = (value: number) => `${value.toLocaleString('en-US')}${unit ? ` ${unit}` : ''}`;
  const value = measured === undefined ? 'not measured' : show(measured);
  const isShort = measured !== undefined && reaches(requirement, measured) === false;
  return {
    name,
    value: isShort ? `${value}, short` : value,
    must: atLeast !== undefined ? `≥ ${show(atLeast)}` : atMost !== undefined ? `≤ ${show(atMost)}` : '',
    aim: aim === undefined ? '' : show(aim),
    work,
  };
}
