import { describe, expect, it } from '@jest/globals';
import { Problem } from '@millrace/kernel';
import { checkTransport } from './transport-rule.js';

const LISTED = ['10.20.0.0/16', '::1/128'];

function faultOf(host: string, tls: 'verify-full' | 'require' | 'disable'): string | undefined {
  try {
    checkTransport({ host, port: 5432, database: 'shop', tls }, LISTED);
    return undefined;
  } catch (error) {
    return (error as Problem).details.errors![0]!.path;
  }
}

describe('the transport of a connection', () => {
  it.each(['db.example.com', '203.0.113.7', '10.20.3.4', 'localhost'])('may be encrypted to %s', (host) => {
    expect(faultOf(host, 'verify-full')).toBeUndefined();
    expect(faultOf(host, 'require')).toBeUndefined();
  });

  it.each(['10.20.3.4', '10.20.255.255', '::1', '0:0:0:0:0:0:0:1'])(
    'may be unencrypted to the listed address %s',
    (host) => {
      expect(faultOf(host, 'disable')).toBeUndefined();
    },
  );

  it.each([
    'db.example.com',
    'localhost',
    '10.21.0.1',
    '127.0.0.1',
    '8.8.8.8',
    '::2',
    '2606:4700::1',
    '::ffff:8.8.8.8',
  ])('is never unencrypted to %s', (host) => expect(faultOf(host, 'disable')).toBe('/config/tls'));

  it.each(['127.1', '0x7f000001', '2130706433', '010.020.0.1', 'a..b', '-', 'db.example.com:5432'])(
    'never leads to the ambiguous host %s',
    (host) => {
      expect(faultOf(host, 'verify-full')).toBe('/config/host');
    },
  );

  it('tells whoever gave a name to give an address, and whoever gave an address why it will not do', () => {
    const messageFor = (host: string) => {
      try {
        checkTransport({ host, port: 5432, database: 'shop', tls: 'disable' }, LISTED);
      } catch (error) {
        return (error as Problem).details.errors![0]!.message;
      }
      return '';
    };
    expect(messageFor('db.example.com')).toContain('written as numbers');
    expect(messageFor('10.21.0.1')).toContain('a private address that this region lists');
  });

  it('is refused in words that repeat nothing of the input', () => {
    for (const host of ['marker.example.com', '8.8.4.4', 'marker..example']) {
      const refused = () => checkTransport({ host, port: 5432, database: 'shop', tls: 'disable' }, LISTED);
      expect(refused).toThrow(Problem);
      try {
        refused();
      } catch (error) {
        expect(JSON.stringify((error as Problem).toDocument())).not.toContain(host);
      }
    }
  });
});
