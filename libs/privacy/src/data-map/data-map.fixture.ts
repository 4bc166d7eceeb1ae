import { readFileSync } from 'node:fs';
import { type Charter, loadCharter } from '@millrace/charter';
import {
  type DataMap,
  DataMapSchema,
  dataMapUnder,
  declareDataMap,
  type MappedColumn,
  type MappedTable,
  personal,
  plain,
  secret,
  table,
} from '@millrace/privacy';

/** A charter that ships with the product, with its text changed if need be. */
export function shippedCharter(name: string, edit: (text: string) => string = (text) => text): Charter {
  const text = readFileSync(new URL(`../../../../deploy/charters/${name}.yaml`, import.meta.url), 'utf8');
  return loadCharter(edit(text), name);
}

const account = { category: 'identity', purposes: ['account'], retention: 'account', onErase: 'delete' } as const;

/** Two services that hold little. */
export const smallDataMap = (): DataMap =>
  declareDataMap([
    {
      service: 'shop',
      tables: [
        table(
          'buyer',
          {
            id: personal.userId(account, { primary: true }),
            orgId: plain.tenant(),
            createdAt: plain.instant(),
            name: personal.text(90, account),
            email: personal.email({ ...account, category: 'contact', purposes: ['account', 'communication'] }),
            note: plain.word(),
          },
          { guards: [], retention: { rule: 'account', from: 'createdAt' }, subject: 'id' },
        ),
      ],
    },
    {
      service: 'till',
      tables: [
        table(
          'visit',
          {
            address: personal.text(90, {
              category: 'security-log',
              purposes: ['security'],
              retention: 'access-log',
              onErase: 'blank',
              of: 'userId',
            }),
            userId: plain.uuid(),
            key: secret.digest('sha-256', { retention: 'session' }),
          },
          { guards: [], retention: { livesWith: 'the day' } },
        ),
      ],
    },
  ]);

export const smallDataMapUnder = (name: string): DataMap => dataMapUnder(shippedCharter(name), smallDataMap());

/** The map with something changed in it; whatever comes out must still be one. */
export function changedMap(map: DataMap, change: (copy: DataMap) => void): DataMap {
  const copy = structuredClone(map);
  change(copy);
  return DataMapSchema.parse(copy);
}

export function tableOf(map: DataMap, path: string): MappedTable {
  const [service, name] = path.split('.');
  return map.services.find((one) => one.service === service)!.tables.find(({ table }) => table === name)!;
}

export function columnOf(map: DataMap, path: string): MappedColumn {
  const [service, name, column] = path.split('.');
  return tableOf(map, `${service}.${name}`).columns.find((one) => one.column === column)!;
}
