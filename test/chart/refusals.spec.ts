import { describe, expect, it } from '@jest/globals';
import { chart, helm, refusal, without } from './release.js';

const set = (...changes: string[]) => changes.flatMap((change) => ['--set', change]);
const json = (change: string) => ['--set-json', change];

/** Each wrong change of the values of us-east-1, and what helm must say. */
const wrong: readonly [string, readonly string[], string][] = [
  ['a region code that is no name', set('region.code=US East'), 'region.code'],
  [
    'a charter that the chart does not have',
    set('charters={other.yaml}'),
    'the chart has no file files/charters/other.yaml',
  ],
  ['a path for a charter', set('charters={../services.yaml}'), 'charters.0'],
  ['an unknown key at the top', set('extraObjects={}'), 'Additional property extraObjects is not allowed'],
  ['an unknown key of the region', set('region.cod=x'), 'Additional property cod is not allowed'],
  ['an unknown key of a service', set('services.vault.replica=2'), 'Additional property replica is not allowed'],
  ['an unknown service', set('services.shadow.replicas=1'), 'Additional property shadow is not allowed'],
  [
    'a key for a service that has none',
    set('services.gateway.keyringClaim=x'),
    'Additional property keyringClaim is not allowed',
  ],
  ['an unknown key of a limit', set('services.vault.resources.limits.gpu=1'), 'Additional property gpu is not allowed'],
  ['an unknown key below global', set('global.region=x'), 'Additional property region is not allowed'],
  ['a tag', set('image.tag=latest'), 'Additional property tag is not allowed'],
  ['a tag in the repository', set('image.repository=ghcr.io/millrace/millrace:1.0'), 'image.repository'],
  ['a digest that is a tag', set('image.digest=latest'), 'image.digest'],
  ['a short digest', set('image.digest=sha256:abc'), 'image.digest'],
  ['no replica', set('services.gateway.replicas=0'), 'services.gateway.replicas'],
  ['replicas in words', set('services.gateway.replicas=two'), 'services.gateway.replicas'],
  ['two keepers of one keyring', set('services.vault.replicas=2'), 'services.vault.replicas must be 1'],
  [
    'a transit engine without TLS',
    json('transit={"address":"http://bao:8200","mount":"transit","secret":"x","peers":[{"namespace":"keys"}]}'),
    'transit',
  ],
  [
    'a transit engine that anybody could be',
    json('transit={"address":"https://bao:8200","mount":"transit","secret":"x","peers":[]}'),
    'transit',
  ],
  [
    'a directory of files outside of its place',
    json('files.directories=[{"name":"../etc","claim":"x"}]'),
    'files.directories',
  ],
  [
    'two directories of one name',
    json('files.directories=[{"name":"x","claim":"a"},{"name":"x","claim":"b"}]'),
    'two of the name x',
  ],
  ['a database by address', set('postgres.host=10.0.0.1'), 'postgres.host'],
  [
    'a database in another region',
    set('postgres.host=db.eu-west-1.example.com'),
    'postgres.host: db.eu-west-1.example.com is neither',
  ],
  ['a database of no region', set('postgres.host=db.example.com'), 'nor named after the region us-east-1'],
  [
    'a region that is part of a longer name',
    set('postgres.host=db.us-east-12.example.com'),
    'nor named after the region us-east-1',
  ],
  [
    'a broker in another region',
    json('nats.servers=["nats://nats.eu-west-1.example.com:4222"]'),
    'nats.servers: nats.eu-west-1',
  ],
  ['a password in an address', json('nats.servers=["nats://user:word@nats:4222"]'), 'nats.servers'],
  ['peers that would be everybody', json('postgres.peers=[]'), 'postgres.peers'],
  ['a peer without a name', json('nats.peers=[{}]'), 'nats.peers'],
  ['the whole Internet as a peer', json('postgres.peers=[{"cidr":"0.0.0.0/0"}]'), 'postgres.peers'],
  ['half of the Internet for customers', json('customers.cidrs=["0.0.0.0/1"]'), 'customers.cidrs'],
  ['the cloud’s metadata for customers', json('customers.cidrs=["169.254.169.254/32"]'), 'customers.cidrs'],
  ['a public network as a private one', json('customers.privateCidrs=["8.8.0.0/16"]'), 'customers.privateCidrs'],
  ['a provider that the catalog does not have', set('providers.clients.github.clientId=x'), 'github is not allowed'],
  ['a staff’s provider without TLS', json('staff.issuer="http://login.example.com"'), 'staff'],
  ['no port of customers, which would be every port', json('customers.ports=[]'), 'customers.ports'],
];

/** Values that make a region and so have no default. */
const required = [
  'region',
  'region.code',
  'region.nodes',
  'charters',
  'image.repository',
  'image.digest',
  'postgres',
  'nats.servers',
  'ingress',
];

describe('the chart refuses', () => {
  it.each(required)('values without %s', (value) => {
    expect(refusal(without('us-east-1', value))).toContain(`${value.split('.').at(-1)!} is required`);
  });

  it.each(wrong)('%s', (_what, changes, reason) => {
    expect(refusal('us-east-1', ...changes)).toContain(reason);
  });

  it.each(['fluxent', 'dataflow-xpert'])(
    'a region that the charter %s does not allow, and says which it allows',
    (charter) => {
      const said = refusal('eu-west-1', ...set(`charters={${charter}.yaml}`));
      expect(said).toContain(`the charter ${charter} does not allow the region eu-west-1, only us-east-1`);
    },
  );

  it('a region when any version of its charter does not allow it', () => {
    expect(refusal('eu-west-1', ...set('charters={fluxcascade.yaml,fluxent.yaml}'))).toContain(
      'does not allow the region',
    );
  });

  it('a region whose other values were forgotten', () => {
    const said = refusal('eu-west-1', ...set('region.code=us-east-1', 'region.nodes=us-east-1'));
    expect(said).toContain('nor named after the region us-east-1');
  });

  it('to be installed without a region', () => {
    const { status, output } = helm(['template', 'millrace', chart, '--kube-version', '1.34.0']);
    expect({ status, output }).toEqual({ status: 1, output: expect.stringContaining('region is required') });
  });

  it('an older Kubernetes', () => {
    expect(refusal('us-east-1', '--kube-version', '1.29.9')).toContain('chart requires kubeVersion');
  });
});
