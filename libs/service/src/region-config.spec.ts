import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { loadRegionConfig } from './region-config.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'region-config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function load(keys?: object) {
  const file = path.join(folder, 'region.yaml');
  const config = {
    region: 'us-east-1',
    charters: ['charter.yaml'],
    secrets: 'secrets',
    postgres: { host: 'localhost', port: 5432 },
    nats: { servers: ['nats://localhost:4222'] },
    http: { host: 'localhost', port: 8080 },
    operations: { host: 'localhost' },
    ...(keys ? { keys } : {}),
  };
  writeFileSync(file, stringify(config));
  return loadRegionConfig(file).keys;
}

describe('who keeps a region’s keys', () => {
  it('is the local keyring unless the file says otherwise', () => {
    expect(load()).toEqual({ provider: 'keyring' });
  });

  it('may be a transit engine, whose files are found from the region’s file', () => {
    const transit = { provider: 'transit', address: 'https://openbao.example.com:8200' };
    expect(load({ ...transit, tokenFile: 'secrets/transit-token', caFile: 'ca.pem' })).toEqual({
      ...transit,
      mount: 'transit',
      tokenFile: path.join(folder, 'secrets/transit-token'),
      caFile: path.join(folder, 'ca.pem'),
    });
    expect(load({ ...transit, tokenFile: '/run/token' })).toMatchObject({ tokenFile: '/run/token' });
  });

  it.each([
    [{ address: 'http://openbao.example.com:8200' }, '/keys/address must be https'],
    [{ mount: '../sys' }, '/keys/mount must be the path of a mount'],
    [{ token: 's.123' }, '/keys'],
    [{ tokenFile: undefined }, '/keys/tokenFile'],
  ])('is refused with %j', (change, fault) => {
    const transit = { provider: 'transit', address: 'https://localhost:8200', tokenFile: 'token' };
    expect(() => load({ ...transit, ...change })).toThrow(fault);
  });
});
