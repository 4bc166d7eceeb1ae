import { describe, expect, it } from '@jest/globals';
import { type Manifest, ofKind, podsOf, regions, render, STAFF, TRANSIT, without } from './release.js';

interface Peer {
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
  readonly namespaceSelector?: { readonly matchLabels: Record<string, string> };
  readonly podSelector?: { readonly matchLabels: Record<string, string> };
}

interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports: readonly { readonly protocol: string; readonly port: number }[];
}

interface Policy {
  readonly podSelector: { readonly matchLabels?: Record<string, string> };
  readonly policyTypes: readonly string[];
  readonly ingress?: readonly Rule[];
  readonly egress?: readonly Rule[];
}

const policiesOf = (objects: readonly Manifest[]) => ofKind(objects, 'NetworkPolicy').map(({ spec }) => spec as Policy);
const nameOf = (peer: Peer) =>
  peer.ipBlock?.cidr ?? peer.namespaceSelector!.matchLabels['kubernetes.io/metadata.name']!;

/** Who a pod may talk to (or hear), as `<peer>:<port>`, by the policies that select it. */
function allowed(objects: readonly Manifest[], component: string, direction: 'ingress' | 'egress'): string[] {
  const { labels } = podsOf(objects).get(component)!.metadata;
  const selecting = policiesOf(objects).filter(({ podSelector }) =>
    Object.entries(podSelector.matchLabels ?? {}).every(([key, value]) => labels[key] === value),
  );
  const rules = selecting.flatMap((policy) => policy[direction] ?? []);
  return rules
    .flatMap(({ from, to, ports }) =>
      (from ?? to)!.flatMap((peer) => ports.map(({ port }) => `${nameOf(peer)}:${port}`)),
    )
    .filter((one, at, all) => all.indexOf(one) === at)
    .sort();
}

const dnsAndNats = ['kube-system:53', 'nats:4222'];
const database = (network: string) => [`${network}:5432`, ...dnsAndNats];

describe('the network of a region', () => {
  const us = render('us-east-1');
  const eu = render('eu-west-1');

  it.each([
    ['gateway', database('10.20.32.0/20')],
    ['identity', database('10.20.32.0/20')],
    ['vault', ['0.0.0.0/0:443', ...database('10.20.32.0/20')]],
    ['sync', database('10.20.32.0/20')],
    ['sync-worker', ['0.0.0.0/0:5432', ...dnsAndNats]],
    ['compliance', database('10.20.32.0/20')],
    ['notifications', ['10.20.32.0/20:5432', '10.20.48.0/24:587', ...dnsAndNats]],
    ['migration', database('10.20.32.0/20')],
  ])('lets %s reach no more than it needs', (component, expected) => {
    expect(allowed(us, component, 'egress')).toEqual(expected);
  });

  it('lets the vault, and nobody else, reach the transit engine', () => {
    const objects = render('us-east-1', ...TRANSIT);
    const reaching = [...podsOf(objects).keys()].filter((one) => allowed(objects, one, 'egress').includes('keys:8200'));
    expect(reaching).toEqual(['vault']);
  });

  it.each([
    ['gateway', ['ingress:8080', 'monitoring:9090']],
    ['identity', ['monitoring:9090']],
    ['vault', ['monitoring:9090']],
    ['sync', ['monitoring:9090']],
    ['sync-worker', ['monitoring:9090']],
    ['compliance', ['monitoring:9090']],
    ['notifications', ['monitoring:9090']],
    ['migration', []],
  ])('lets nobody else reach %s', (component, expected) => {
    expect(allowed(us, component, 'ingress')).toEqual(expected);
  });

  it.each([
    ['us', us],
    ['eu', eu],
  ])('denies by default whatever runs in the namespace (%s)', (_name, objects) => {
    const everywhere = policiesOf(objects).filter(({ podSelector }) => !podSelector.matchLabels);
    expect(everywhere).toEqual([{ podSelector: {}, policyTypes: ['Ingress', 'Egress'] }]);
  });

  it('governs both directions of every pod and names a peer in every rule', () => {
    for (const { policyTypes, ingress = [], egress = [] } of [...policiesOf(us), ...policiesOf(eu)]) {
      expect(policyTypes).toEqual(['Ingress', 'Egress']);
      for (const rule of ingress) expect(rule).toEqual({ from: [expect.anything()], ports: expect.anything() });
      for (const rule of egress) expect(rule.to!.length).toBeGreaterThan(0);
    }
  });

  it('keeps the platform’s own networks and the cloud’s metadata out of "everywhere"', () => {
    const blocks = policiesOf(us).flatMap(({ egress = [] }) =>
      egress.flatMap(({ to }) => to!.flatMap(({ ipBlock }) => ipBlock ?? [])),
    );
    const everywhere = blocks.filter(({ cidr }) => cidr === '0.0.0.0/0');
    expect(everywhere).toHaveLength(2);
    for (const { except } of everywhere) {
      expect(except).toEqual(
        expect.arrayContaining(['10.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10']),
      );
    }
  });

  it('opens named customers’ networks for the worker alone', () => {
    expect(allowed(eu, 'sync-worker', 'egress')).toEqual(['10.44.0.0/16:5432', '198.51.100.0/24:5432', ...dnsAndNats]);
    expect(allowed(eu, 'sync', 'egress')).toEqual(database('10.30.32.0/20'));
  });

  it('opens nothing for customers when none is named, and nothing for mail where there is none', () => {
    const closed = render(without('us-east-1', 'customers', 'mail', 'metrics', 'providers'));
    expect(allowed(closed, 'vault', 'egress')).toEqual(database('10.20.32.0/20'));
    expect(allowed(closed, 'sync-worker', 'egress')).toEqual(dnsAndNats);
    expect(allowed(closed, 'notifications', 'egress')).toEqual(database('10.20.32.0/20'));
    expect(allowed(closed, 'notifications', 'ingress')).toEqual([]);
  });

  it('opens the providers that organizations bring for identity, where they are named', () => {
    const named = render('us-east-1', '--set', 'organizationProviders.cidrs={0.0.0.0/0}');
    expect(allowed(named, 'identity', 'egress')).toEqual(['0.0.0.0/0:443', ...database('10.20.32.0/20')]);
  });

  it('opens the identity provider of the staff for identity alone', () => {
    const staffed = render('us-east-1', ...STAFF);
    expect(allowed(staffed, 'identity', 'egress')).toEqual(
      ['198.51.100.0/24:443', ...database('10.20.32.0/20')].sort(),
    );
    expect(allowed(us, 'identity', 'egress')).toEqual(database('10.20.32.0/20'));
  });

  it('is not that of another region', () => {
    const networks = (objects: readonly Manifest[]) => JSON.stringify(policiesOf(objects)).match(/10\.\d+/g)!;
    const [first, second] = regions.map((region) => new Set(networks(render(region)).filter((one) => one !== '10.0')));
    expect([...first!].filter((one) => second!.has(one))).toEqual([]);
  });
});
