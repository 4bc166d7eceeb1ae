import { type Budget, readBudget, setBudget } from '@millrace/contracts';
import { InvalidArgumentError } from 'commander';
import { type ApiOptions, openApi } from '../api/api-command.js';
import { grouped, type Terminal } from '../terminal/terminal.js';
import { usage } from './connection-settings.js';
import { findConnection } from './find-connection.js';

export interface BudgetOptions extends ApiOptions {
  readonly monthlyBytes?: number;
  readonly monthlyRecords?: number;
  readonly none?: boolean;
}

/** Shows a connection's budget, or sets it when one of the options says so. */
export async function budget(named: string, options: BudgetOptions): Promise<void> {
  const api = await openApi(options);
  const { client, console } = api;
  const { connectionId, name } = await findConnection(api, named);
  const { monthlyBytes, monthlyRecords, none } = options;
  const isSet = monthlyBytes !== undefined || monthlyRecords !== undefined;
  if (none && isSet) throw usage('Say what the limits are, or --none, not both.');
  const before = await client.call(readBudget, { connectionId });
  const limits = {
    monthlyBytes: monthlyBytes ?? before.monthlyBytes,
    monthlyRecords: monthlyRecords ?? before.monthlyRecords,
  };
  const now = none || isSet ? await client.call(setBudget, { connectionId, ...(none ? {} : limits) }) : before;
  console.terminal.mark('dot', `${name}, ${now.month} (UTC)`);
  showBudget(console.terminal, now);
  console.result(now);
}

/** What is limited and what of it is used. */
export function showBudget(terminal: Terminal, { monthlyBytes, monthlyRecords, usedBytes, usedRecords }: Budget): void {
  if (monthlyBytes === undefined && monthlyRecords === undefined) return terminal.fact('budget', 'none');
  if (monthlyBytes !== undefined) terminal.fact('bytes', `${inBytes(usedBytes)} of ${inBytes(monthlyBytes)} used`);
  if (monthlyRecords !== undefined)
    terminal.fact('records', `${grouped(usedRecords)} of ${grouped(monthlyRecords)} used`);
}

/** Powers of a thousand, as sources bill them. */
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Such as 1.5 GB. */
export function inBytes(count: number): string {
  const power = Math.min(UNITS.length - 1, count < 1 ? 0 : Math.floor(Math.log10(count) / 3));
  const size = count / 1_000 ** power;
  return `${size < 10 && power > 0 ? size.toFixed(1) : Math.round(size)} ${UNITS[power]}`;
}

/** An option that takes a size, such as 500GB, 1.5TB or plain bytes. */
export function byteCount(text: string): number {
  const found = /^(\d+(?:\.\d+)?)\s*([kMGTP]?B)?$/.exec(text);
  const count = found && Number(found[1]) * 1_000 ** Math.max(0, UNITS.indexOf((found[2] ?? 'B') as 'B'));
  if (count && Number.isSafeInteger(Math.round(count))) return Math.round(count);
  throw new InvalidArgumentError('It takes a size, such as 500GB, 1.5TB or plain bytes.');
}

/** An option that takes a whole number. */
export function recordCount(text: string): number {
  const count = Number(text.replaceAll(',', ''));
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw new InvalidArgumentError('It takes a whole number of at least 1.');
}
