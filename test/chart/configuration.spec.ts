import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { contextNames, type ServiceName } from '@millrace/contracts';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { loadRegionConfig, RegionConfig } from '../../libs/service/src/region-config.js';
import { readCharters } from '../../libs/service/src/runtime.js';
import { createLocalSecrets, SecretsDirectory } from '../../libs/service/src/secrets-directory.js';
import {
  chart,
  FILES,
  helm,
  type Manifest,
  ofKind,
  podsOf,
  type PodSpec,
  regions,
  render,
  root,
  serviceFacts,
  STAFF,
  TRANSIT,
  without,
} from './release.js';

const chartersOf = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => [file, readFileSync(path.join(folder, file), 'utf8')]),
  );
const configOf = (objects: readonly Manifest[]) => ofKind(objects, 'ConfigMap')[0]!.data as Record<string, string>;
const regionFile = (objects: readonly Manifest[]) =>
  parse(configOf(objects)['region.yaml']!) as Record<string, unknown>;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'millrace chart '));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the configuration that a release mounts', () => {
  it.each(regions)('is one that the services of %s accept, charter and all', (region) => {
    const objects = render(region);
    mountConfig(objects, podsOf(objects).get('identity')!.spec, folder);
    const config = loadRegionConfig(path.join(folder, 'region.yaml'));
    expect(config).toMatchObject({
      region,
      secrets: '/run/secrets/millrace',
      http: { port: 8080, secureCookies: true },
    });
    expect(readCharters(config).versions.map(({ name }) => name)).toEqual(['fluxcascade']);
  });

  it('gives every service the port that its probes ask', () => {
    const objects = render('us-east-1');
    const { operations } = RegionConfig.parse(regionFile(objects));
    const probed = [...podsOf(objects)].flatMap(([name, { spec }]) =>
      (spec.containers[0].ports ?? [])
        .filter((port) => port.name === 'operations')
        .map((port) => [name, port.containerPort]),
    );
    expect(operations).toEqual({ host: '0.0.0.0', ports: Object.fromEntries(probed) });
    expect(Object.keys(operations.ports)).toHaveLength(Object.keys(serviceFacts()).length);
  });

  it('tells the egress guard of the private networks that the worker may reach, and of no other', () => {
    const cidrs = regions.map((region) => RegionConfig.parse(regionFile(render(region))).egress.privateCidrs);
    expect(cidrs).toEqual([[], ['10.44.0.0/16']]);
  });

  it('names the clients at providers and the staff’s identity provider, with their secrets where they are mounted', () => {
    const objects = render('us-east-1', ...STAFF, '--set', 'providers.clients.jira.clientId=millrace');
    const config = RegionConfig.parse(regionFile(objects));
    expect(config.providers).toEqual({
      jira: {
        clientId: 'millrace',
        clientSecretFile: '/run/secrets/millrace/providers/jira',
        endpoints: {},
      },
    });
    expect(config.staff).toMatchObject({ groups: { helpdesk: 'support' }, secondFactor: { amr: ['mfa'], acr: [] } });
    const mounted = (component: string) =>
      podsOf(objects)
        .get(component)!
        .spec.volumes.find(({ name }) => name === 'secrets')!
        .projected!.sources.flatMap(({ secret }) => secret.items.map(({ path: at }) => `/run/secrets/millrace/${at}`));
    const holding = (file: string) => [...podsOf(objects).keys()].filter((one) => mounted(one).includes(file));
    expect(holding(config.providers.jira!.clientSecretFile!)).toEqual(['vault']);
    expect(holding(config.staff!.clientSecretFile)).toEqual(['identity']);
    expect(RegionConfig.parse(regionFile(render('eu-west-1')))).toMatchObject({ providers: {} });
    expect(RegionConfig.parse(regionFile(render('eu-west-1'))).staff).toBeUndefined();
  });

  it('keeps organizations’ keys in a transit engine where a region says so, and needs no keyring then', () => {
    const objects = render('us-east-1', ...TRANSIT, '--set', 'services.vault.replicas=2');
    expect(RegionConfig.parse(regionFile(objects)).keys).toEqual({
      provider: 'transit',
      address: 'https://bao.keys.svc:8200',
      mount: 'transit',
      caFile: '/run/secrets/millrace/transit/ca.pem',
      tokenFile: '/run/secrets/millrace/transit/token',
    });
    const holders = [...podsOf(objects)].filter(([, { spec }]) => JSON.stringify(spec).includes('transit/token'));
    expect(holders.map(([name]) => name)).toEqual(['vault']);
    const { spec } = podsOf(objects).get('vault')!;
    expect(JSON.stringify(spec)).not.toContain('keyring');
    expect(RegionConfig.parse(regionFile(render('us-east-1'))).keys).toEqual({ provider: 'keyring' });
  });

  it('gives the workers, and nobody else, the directories of files', () => {
    const objects = render('us-east-1', ...FILES);
    const [directory] = RegionConfig.parse(regionFile(objects)).files.directories;
    expect(directory).toEqual({ name: 'exchange', path: '/var/lib/millrace/files/exchange' });
    const mounting = [...podsOf(objects)].filter(([, { spec }]) =>
      spec.containers[0].volumeMounts.some(({ mountPath }) => mountPath === directory!.path),
    );
    expect(mounting.map(([name]) => name)).toEqual(['sync-worker']);
    const [, { spec }] = mounting[0]!;
    expect(spec.volumes).toContainEqual({ name: 'files-exchange', persistentVolumeClaim: { claimName: 'shared' } });
  });

  it('leaves mail out where a region has none', () => {
    expect(RegionConfig.parse(regionFile(render(without('us-east-1', 'mail')))).mail).toBeUndefined();
  });

  it.each(['us-east-1', 'us', 'U', 'us_east', '-us', 'us-', `a${'b'.repeat(40)}`, 'a', 'a1'])(
    'takes %s as a region’s code just where the services do',
    (code) => {
      const { pattern } = (
        JSON.parse(readFileSync(path.join(chart, 'values.schema.json'), 'utf8')) as {
          properties: { region: { properties: { code: { pattern: string } } } };
        }
      ).properties.region.properties.code;
      expect(new RegExp(pattern).test(code)).toBe(RegionConfig.shape.region.safeParse(code).success);
    },
  );
});

describe('the charters in the chart', () => {
  it('are those of deploy/charters (else: cp deploy/charters/*.yaml charts/millrace/files/charters/)', () => {
    expect(chartersOf(path.join(chart, 'files/charters'))).toEqual(chartersOf(path.join(root, 'deploy/charters')));
  });

  it('are in the package that is released, and rendering the package gives the same', () => {
    const packed = helm(['package', chart, '--destination', folder]);
    expect(packed).toMatchObject({ status: 0 });
    const [file] = readdirSync(folder);
    const again = helm([
      'template',
      'millrace',
      path.join(folder, file!),
      '--kube-version',
      '1.34.0',
      '--values',
      'deploy/regions/us-east-1.yaml',
      '--show-only',
      'templates/configmap.yaml',
    ]);
    expect((parse(again.output.replace(/^---\n/, '')) as { data: object }).data).toEqual(configOf(render('us-east-1')));
  });

  it('reach the pods unchanged', () => {
    for (const file of Object.keys(chartersOf(path.join(root, 'deploy/charters')))) {
      const data = configOf(render('us-east-1', '--set', `charters={${file}}`));
      expect(data[file]).toBe(readFileSync(path.join(root, 'deploy/charters', file), 'utf8'));
    }
  });
});

describe('the secrets that a release mounts', () => {
  it('are laid out as each service reads them, and hold nothing of another', async () => {
    const made = path.join(folder, 'made');
    await createLocalSecrets(made);
    for (const [name, { spec }] of podsOf(render('us-east-1'))) {
      const mounted = path.join(folder, name);
      mountSecrets(spec, made, mounted);
      const secrets = new SecretsDirectory(mounted);
      if (name === 'migration') {
        for (const context of contextNames) expect(await secrets.databasePassword(context, 'owner')).toBeDefined();
        expect(await secrets.natsPassword('migrator')).toBeDefined();
      } else {
        await readOwn(secrets, name as ServiceName);
        const other = name === 'identity' ? 'vault' : 'identity';
        await expect(secrets.databasePassword(other, 'app')).rejects.toThrow('missing');
        await expect(secrets.signingKey(other)).rejects.toThrow('missing');
        await expect(secrets.databasePassword(name, 'owner')).rejects.toThrow('missing');
      }
      await expect(secrets.superuserPassword()).rejects.toThrow('missing');
    }
  });
});

async function readOwn(secrets: SecretsDirectory, name: ServiceName): Promise<void> {
  const { database, keys = [], ledger, sealing = false } = serviceFacts()[name]!;
  expect(await secrets.natsPassword(name)).toBeDefined();
  expect(await secrets.signingKey(name)).toBeDefined();
  expect(secrets.verifyingKeys().size).toBe(8);
  if (database)
    for (const role of ['app', 'region'] as const) expect(await secrets.databasePassword(name, role)).toBeDefined();
  for (const key of keys) expect(await keyBytes(secrets, key)).toHaveLength(32);
  if (ledger) expect(await secrets.signingKey('ledger')).toBeDefined();
  const own = secrets.sealingKeys('vault').current();
  if (!sealing) return expect(own).rejects.toThrow('missing');
  const { keyId } = await secrets.sealingPublicKey('vault').current();
  expect((await own).map(({ thumbprint }) => thumbprint)).toEqual([keyId]);
}

async function keyBytes(secrets: SecretsDirectory, name: string): Promise<Buffer> {
  if (name !== 'pepper') return (await secrets.regionKey(name as 'lookup')).reveal();
  return (await secrets.regionKeyVersions(name).newest()).key.reveal();
}

/** Writes files as the kubelet does: in a dated folder, with links of one level into it. */
function mount(target: string, files: readonly { path: string; from: string }[], mode: number): void {
  const dated = path.join(target, '..2026_11_01');
  for (const file of files) {
    mkdirSync(path.dirname(path.join(dated, file.path)), { recursive: true });
    cpSync(file.from, path.join(dated, file.path));
    chmodSync(path.join(dated, file.path), mode);
  }
  symlinkSync('..2026_11_01', path.join(target, '..data'));
  for (const top of new Set(files.map((file) => file.path.split('/')[0]!)))
    symlinkSync(`..data/${top}`, path.join(target, top));
}

/** Each item comes from the file of the same path that `createLocalSecrets` made. */
function mountSecrets(spec: PodSpec, made: string, target: string): void {
  const { sources, defaultMode } = spec.volumes.find(({ name }) => name === 'secrets')!.projected!;
  const items = sources.flatMap(({ secret }) => secret.items);
  mount(
    target,
    items.map((item) => ({ path: item.path, from: path.join(made, item.path) })),
    defaultMode,
  );
}

function mountConfig(objects: readonly Manifest[], spec: PodSpec, target: string): void {
  const { items } = spec.volumes.find(({ name }) => name === 'config')!.configMap!;
  const data = path.join(target, 'data');
  mkdirSync(data);
  for (const [key, text] of Object.entries(configOf(objects))) writeFileSync(path.join(data, key), text);
  mount(
    target,
    items.map((item) => ({ path: item.path, from: path.join(data, item.key) })),
    0o644,
  );
}
