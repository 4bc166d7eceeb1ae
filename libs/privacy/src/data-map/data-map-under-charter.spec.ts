import { describe, expect, it } from '@jest/globals';
import { DataMapSchema, dataMapUnder } from '@millrace/privacy';
import { columnOf, shippedCharter, smallDataMap, smallDataMapUnder } from './data-map.fixture.js';

const map = smallDataMapUnder('dataflow-xpert');
const { document } = shippedCharter('dataflow-xpert');

describe('a data map under a charter', () => {
  it('gives each purpose its lawful basis and published words, and the rule its period', () => {
    expect(columnOf(map, 'shop.buyer.email').underCharter).toMatchObject({
      bases: [
        { purpose: 'account', basis: 'contract', title: 'Provide and maintain the platform' },
        { purpose: 'communication', basis: 'contract', title: 'Send transactional messages' },
      ],
      period: document.retention.account,
    });
  });

  it('names who may receive a category, and for an e-mail address those who may receive one', () => {
    expect(columnOf(map, 'shop.buyer.name').underCharter!.recipients).toEqual(['hosting', 'database']);
    expect(columnOf(map, 'shop.buyer.email').underCharter!.recipients).toEqual([
      'hosting',
      'database',
      'email',
      'payments',
    ]);
    expect(columnOf(map, 'shop.buyer.email_lookup').underCharter!.recipients).toEqual(['hosting', 'database']);
  });

  it('leaves out who is not enabled', () => {
    const charter = shippedCharter('dataflow-xpert', (text) => text.replaceAll('enabled: true', 'enabled: false'));
    const without = dataMapUnder(charter, smallDataMap());
    expect(without.charter!.recipients).toEqual([]);
    expect(columnOf(without, 'shop.buyer.name').underCharter!.recipients).toEqual([]);
  });

  it('says where everything may be', () => {
    expect(smallDataMapUnder('fluxcascade').charter!.locations).toEqual([
      { region: 'us-east-1', country: 'US', place: 'the United States' },
      { region: 'eu-west-1', country: 'IE', place: 'the European Union (Ireland)' },
    ]);
  });

  it('has neither basis nor period for what the charter does not have', () => {
    const declared = smallDataMap();
    Object.assign(columnOf(declared, 'shop.buyer.name'), { purposes: ['sync'], retention: 'cached-metrics' });
    const under = columnOf(dataMapUnder(shippedCharter('fluxent'), declared), 'shop.buyer.name').underCharter!;
    expect(under.bases).toEqual([]);
    expect(under).not.toHaveProperty('period');
  });

  it('is refused when it says something about some columns only', () => {
    const half = structuredClone(map);
    delete columnOf(half, 'shop.buyer.name').underCharter;
    expect(DataMapSchema.safeParse(map).success).toBe(true);
    expect(DataMapSchema.safeParse(half).error!.issues[0]!.message).toMatch(/about every column, or about none/);
  });
});
