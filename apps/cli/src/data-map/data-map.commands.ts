import { dataMapUnder } from '@millrace/privacy';
import type { Command } from 'commander';
import { charterFile, usableCharter } from '../charter/charter-file.js';
import { DEFAULT_CHARTER } from '../region/charters.js';
import { asJson } from '../region/region-options.js';
import { createConsole } from '../terminal/console.js';
import { readDataMap } from './data-map-file.js';
import { declaredDataMap } from './declared-data-map.js';
import { showDiff } from './show-diff.js';
import { showDataMap } from './show-data-map.js';

interface DataMapOptions {
  readonly json?: boolean;
}

interface ShowOptions extends DataMapOptions {
  readonly charter: string;
}

export function addDataMap(program: Command): void {
  const dataMap = program
    .command('data-map')
    .description('what is held about people: where, why, on which basis, for how long, and who may receive it');
  dataMap
    .command('show')
    .description('every column that holds something, by category, as the tables are declared; needs no region')
    .option('--charter <name or file>', 'the charter that gives bases, periods, places and recipients', DEFAULT_CHARTER)
    .addOption(asJson())
    .action((options: ShowOptions) => show(options));
  dataMap
    .command('diff <before> <after>')
    .description('what changed for people from one data map to another; ends with 0 whether or not something did')
    .addOption(asJson())
    .action((before: string, after: string, { json }: DataMapOptions) =>
      showDiff(readDataMap(before), readDataMap(after), createConsole(json ?? false)),
    );
}

async function show({ charter, json }: ShowOptions): Promise<void> {
  const console = createConsole(json ?? false);
  const loaded = usableCharter(charterFile(charter), console);
  const map = dataMapUnder(loaded, await declaredDataMap());
  showDataMap(map, console.terminal);
  console.result(map);
}
