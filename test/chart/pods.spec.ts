import { describe, expect, it } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  componentOf,
  type Container,
  type Manifest,
  ofKind,
  podsOf,
  type PodSpec,
  regions,
  render,
  root,
  serviceFacts,
  type Volume,
} from './release.js';

const facts = serviceFacts();
const names = Object.keys(facts);
const rendered = new Map(regions.map((region) => [region, render(region)]));

interface Pod {
  readonly name: string;
  readonly spec: PodSpec;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
}

const pods = regions.flatMap((region) =>
  [...podsOf(rendered.get(region)!)].map(([component, { metadata, spec }]): Pod & { region: string } => ({
    name: `${component} in ${region}`,
    region,
    spec,
    labels: metadata.labels,
    annotations: metadata.annotations ?? {},
  })),
);
const servicePods = pods.filter(({ name }) => !name.startsWith('migration'));
const containersOf = ({ spec }: Pod): readonly Container[] => [...spec.containers, ...(spec.initContainers ?? [])];

/** What holds for every pod, the migration's included. */
const podRules: readonly [string, (pod: Pod & { region: string }) => unknown, unknown][] = [
  [
    'runs as a user that is not root',
    ({ spec }) => spec.securityContext,
    expect.objectContaining({ runAsNonRoot: true, runAsUser: 10001 }),
  ],
  ['filters system calls', ({ spec }) => spec.securityContext.seccompProfile, { type: 'RuntimeDefault' }],
  ['has no token of the cluster', ({ spec }) => spec.automountServiceAccountToken, false],
  ['is not told of other services', ({ spec }) => spec.enableServiceLinks, false],
  [
    'shares nothing of its machine',
    ({ spec }) => [spec.hostNetwork, spec.hostPID, spec.hostIPC],
    [undefined, undefined, undefined],
  ],
  [
    'waits for a machine in its region',
    ({ spec, region }) => (spec.nodeSelector as Record<string, string>)['topology.kubernetes.io/region'] === region,
    true,
  ],
  ['carries its region', ({ labels, region }) => labels['residency/region'] === region, true],
  [
    'writes to memory only',
    ({ spec }) => spec.volumes.filter(({ emptyDir }) => emptyDir).map(({ emptyDir }) => emptyDir),
    [{ medium: 'Memory', sizeLimit: '64Mi' }],
  ],
  [
    'mounts nothing of its machine',
    ({ spec }) => spec.volumes.flatMap((volume) => Object.keys(volume)).includes('hostPath'),
    false,
  ],
  ['keeps its secrets to their owner', ({ spec }) => secretsOf(spec).defaultMode, 0o400],
];

/** What holds for every container. */
const containerRules: readonly [string, (container: Container) => unknown, unknown][] = [
  ['is named by digest', ({ image }) => /^[^:@]+(:\d+\/[^:@]+)?@sha256:[a-f0-9]{64}$/.test(image), true],
  ['cannot gain rights', ({ securityContext }) => securityContext.allowPrivilegeEscalation, false],
  ['is not privileged', ({ securityContext }) => securityContext.privileged, false],
  ['cannot change its file system', ({ securityContext }) => securityContext.readOnlyRootFilesystem, true],
  ['is not root', ({ securityContext }) => securityContext.runAsNonRoot, true],
  ['has no capability', ({ securityContext }) => securityContext.capabilities, { drop: ['ALL'] }],
  ['filters system calls', ({ securityContext }) => securityContext.seccompProfile, { type: 'RuntimeDefault' }],
  [
    'says what it needs and at most takes',
    ({ resources }) => resources,
    { requests: { cpu: expect.any(String), memory: expect.any(String) }, limits: { memory: expect.any(String) } },
  ],
  ['takes nothing from its environment', ({ env, envFrom }) => [env, envFrom], [undefined, undefined]],
  ['needs no shell', ({ command }) => command[0], 'node'],
];

/** What holds for every service. */
const serviceRules: readonly [string, (pod: Pod) => unknown, unknown][] = [
  [
    'is given time to start',
    ({ spec }) => spec.containers[0].startupProbe,
    expect.objectContaining({ httpGet: { path: '/healthz', port: 'operations' } }),
  ],
  [
    'is started again when it hangs',
    ({ spec }) => spec.containers[0].livenessProbe,
    expect.objectContaining({ httpGet: { path: '/healthz', port: 'operations' } }),
  ],
  [
    'gets requests when it is ready',
    ({ spec }) => spec.containers[0].readinessProbe,
    expect.objectContaining({ httpGet: { path: '/readyz', port: 'operations' } }),
  ],
  [
    'is left by its callers before it stops',
    ({ spec }) => spec.containers[0].lifecycle,
    { preStop: { sleep: { seconds: 5 } } },
  ],
  ['has time to finish its work', ({ spec }) => Number(spec.terminationGracePeriodSeconds) >= 45, true],
  [
    'is spread over zones and machines',
    ({ spec }) => (spec.topologySpreadConstraints as { topologyKey: string }[]).map(({ topologyKey }) => topologyKey),
    ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'],
  ],
  [
    'is started again when its configuration changes',
    ({ annotations }) => annotations['checksum/config'],
    expect.stringMatching(/^[a-f0-9]{64}$/),
  ],
];

function secretsOf(spec: PodSpec): NonNullable<Volume['projected']> {
  return spec.volumes.find(({ name }) => name === 'secrets')!.projected!;
}

const objectsOf = (kind: string) => [...rendered.values()].flatMap((objects) => ofKind(objects, kind));

describe.each(podRules)('every pod %s', (_rule, read, expected) => {
  it.each(pods)('$name', (pod) => expect(read(pod)).toEqual(expected));
});

describe.each(containerRules)('every container %s', (_rule, read, expected) => {
  it.each(pods)('of $name', (pod) =>
    expect(containersOf(pod).map(read)).toEqual(containersOf(pod).map(() => expected)),
  );
});

describe.each(serviceRules)('every service %s', (_rule, read, expected) => {
  it.each(servicePods)('$name', (pod) => expect(read(pod)).toEqual(expected));
});

describe('a service', () => {
  it.each(regions)('in %s has a Deployment, an account without token and a disruption budget', (region) => {
    const objects = rendered.get(region)!;
    const components = (kind: string) => ofKind(objects, kind).map(componentOf).sort();
    const accounts = ofKind(objects, 'ServiceAccount');
    expect(components('Deployment')).toEqual([...names].sort());
    expect(components('PodDisruptionBudget')).toEqual([...names].sort());
    expect(components('ServiceAccount')).toEqual([...names, 'migration'].sort());
    expect(accounts.every(({ automountServiceAccountToken }) => automountServiceAccountToken === false)).toBe(true);
    for (const pod of podsOf(objects)) expect(pod[1].spec.serviceAccountName).toBe(`millrace-${pod[0]}`);
  });

  it('is found by its Deployment and its budget through labels that its pods carry', () => {
    const selectors = [...objectsOf('Deployment'), ...objectsOf('PodDisruptionBudget')].map((object) => ({
      component: componentOf(object),
      labels: (object.spec as { selector: { matchLabels: Record<string, string> } }).selector.matchLabels,
    }));
    const pod = podsOf(rendered.get('us-east-1')!);
    for (const { component, labels } of selectors) expect(pod.get(component)!.metadata.labels).toMatchObject(labels);
  });

  it('lets a drain move on from broken pods', () => {
    const specs = objectsOf('PodDisruptionBudget').map(({ spec }) => spec);
    for (const spec of specs)
      expect(spec).toMatchObject({ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' });
  });

  it('is addressed only where it is the edge', () => {
    const services = ofKind(rendered.get('us-east-1')!, 'Service');
    expect(services.map(componentOf)).toEqual(['gateway']);
    expect(services[0]!.spec).toMatchObject({ type: 'ClusterIP', ports: [{ port: 80, targetPort: 'http' }] });
  });

  it('runs a program whose source is in the repository', () => {
    const sources = Object.values(facts).map(({ program }) =>
      program.replace('/dist/', '/src/').replace(/\.js$/, '.ts'),
    );
    const existing = globSync('apps/*/src/{main,worker-main}.ts', { cwd: root });
    expect(sources.filter((source) => !existing.includes(source))).toEqual([]);
  });

  it('has a small young generation, unless it moves records', () => {
    const isSmall = (object: Manifest) => JSON.stringify(object.spec).includes('--max-semi-space-size=16');
    const deployments = objectsOf('Deployment');
    expect(deployments.filter((one) => !isSmall(one)).map(componentOf)).toEqual(
      deployments.map(componentOf).filter((name) => name === 'sync-worker'),
    );
  });

  it('which keeps the keyring is alone: one replica, replaced only after it has gone', () => {
    const vault = objectsOf('Deployment').filter((object) => componentOf(object) === 'vault');
    for (const { spec } of vault) expect(spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
  });
});

describe('a change', () => {
  const jobOf = (objects: readonly Manifest[]) => ofKind(objects, 'Job')[0]!.metadata.name;
  const checksums = (objects: readonly Manifest[]) =>
    ofKind(objects, 'Deployment').map(
      ({ spec }) => (spec as { template: Pod & { metadata: Pod } }).template.metadata.annotations['checksum/config'],
    );
  const before = rendered.get('us-east-1')!;

  it('of the configuration starts every pod again and migrates again', () => {
    const after = render('us-east-1', '--set', 'logs.level=debug');
    expect(checksums(after)).not.toContain(checksums(before)[0]);
    expect(jobOf(after)).not.toBe(jobOf(before));
  });

  it('of the image migrates again and leaves the configuration as it is', () => {
    const after = render('us-east-1', '--set', `image.digest=sha256:${'a'.repeat(64)}`);
    expect(checksums(after)).toEqual(checksums(before));
    expect(jobOf(after)).not.toBe(jobOf(before));
  });

  it('of the charter starts every pod again', () => {
    const after = render('us-east-1', '--set', 'charters={fluxent.yaml}');
    expect(checksums(after)).not.toContain(checksums(before)[0]);
  });
});

describe('secrets', () => {
  const own = (spec: PodSpec) =>
    secretsOf(spec)
      .sources.flatMap(({ secret }) => secret.items.map(({ path: file }) => file))
      .filter((file) => !file.startsWith('public/'));

  it.each([
    ['gateway', ['database/gateway.app', 'database/gateway.region', 'keys/session']],
    ['identity', ['database/identity.app', 'database/identity.region', 'keys/lookup', 'keys/pepper']],
    ['vault', ['database/vault.app', 'database/vault.region', 'sealing/vault']],
    ['sync', ['database/sync.app', 'database/sync.region']],
    ['sync-worker', []],
    ['compliance', ['database/compliance.app', 'database/compliance.region', 'keys/lookup', 'signing/ledger.pem']],
    ['notifications', ['database/notifications.app', 'database/notifications.region']],
  ])('of %s are its own and no other', (name, further) => {
    const { spec } = podsOf(rendered.get('us-east-1')!).get(name)!;
    expect(own(spec).sort()).toEqual([...further, `nats/${name}`, `signing/${name}.pem`].sort());
    expect(spec.volumes.some(({ persistentVolumeClaim }) => persistentVolumeClaim)).toBe(name === 'vault');
  });

  it('of the databases’ owners are the migration’s alone', () => {
    const { spec } = podsOf(rendered.get('us-east-1')!).get('migration')!;
    const owners = ['compliance', 'gateway', 'identity', 'notifications', 'sync', 'vault'].map(
      (name) => `database/${name}.owner`,
    );
    expect(own(spec).sort()).toEqual([...owners, 'nats/migrator']);
    expect(JSON.stringify(ofKind(rendered.get('us-east-1')!, 'Deployment'))).not.toContain('.owner');
  });

  it('of two services never lie in one Secret', () => {
    const secrets = [...podsOf(rendered.get('us-east-1')!).values()].map(
      ({ spec }) => secretsOf(spec).sources[0]!.secret.name,
    );
    expect(new Set(secrets).size).toBe(secrets.length);
  });

  it('are the keys that the services’ sources ask for', () => {
    for (const [name, { keys = [] }] of Object.entries(facts).filter(([, { database }]) => database)) {
      const sources = globSync(`apps/${name}/src/**/*.ts`, { cwd: root }).filter(
        (file) => !/\.(spec|integration|fixture)\.ts$/.test(file),
      );
      const text = sources.map((file) => readFileSync(path.join(root, file), 'utf8')).join('\n');
      const asked = new Set([...text.matchAll(/regionKey(?:Versions)?\('(\w+)'\)/g)].map(([, key]) => key));
      expect({ name, keys: [...asked].sort() }).toEqual({ name, keys: [...keys].sort() });
    }
  });
});
