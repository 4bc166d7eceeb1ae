import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { selfSigned } from '../../../../egress/src/connection/certificate.fixture.js';

interface Key {
  readonly versions: Buffer[];
  minimum: number;
  deletable: boolean;
  exportable: boolean;
}

type Answer = readonly [status: number, data?: object];
type Body = Readonly<Record<string, unknown>>;

const MOUNT = '/v1/transit/';
const CREATED_AT_SECONDS = 1_760_000_000;
const NOT_FOUND: Answer = [400, { errors: ['encryption key not found'] }];

/** A transit engine as OpenBao 2 answers, over real HTTPS, with what a test may do to it. */
export class TransitServer {
  readonly certificate = selfSigned('localhost', '127.0.0.1');
  readonly token = `s.${randomBytes(12).toString('hex')}`;
  /** An AppRole whose tokens may do the same; each is good until {@link endTokens}. */
  readonly role = { roleId: 'millrace', secretId: randomBytes(12).toString('hex') };
  private readonly roleTokens = new Set<string>();
  readonly requests: { method: string; path: string; headers: http.IncomingHttpHeaders }[] = [];
  /** Statuses that the next requests get instead of an answer; 0 for none at all. */
  readonly failures: number[] = [];
  /** Only requests whose path holds this fail. */
  failing = '';
  upsert = true;
  private readonly keys = new Map<string, Key>();
  private readonly server = https.createServer(
    this.certificate,
    (request, response) => void this.on(request, response),
  );

  async start(): Promise<void> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  get address(): string {
    return `https://localhost:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  makeKey(name: string): void {
    this.keys.set(name, newKey());
  }

  /** What its administrator does: a new version, with the older ones refused. */
  replaceKey(name: string): void {
    const key = this.keys.get(name)!;
    key.versions.push(randomBytes(32));
    key.minimum = key.versions.length;
  }

  removeKey(name: string): void {
    this.keys.delete(name);
  }

  endTokens(): void {
    this.roleTokens.clear();
  }

  /** What an administrator with other habits would make. */
  makeExportableKey(name: string): void {
    this.keys.set(name, { ...newKey(), exportable: true });
  }

  deletable(name: string): boolean | undefined {
    return this.keys.get(name)?.deletable;
  }

  private async on(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    this.requests.push({ method, path: url, headers });
    const failure = url.includes(this.failing) ? this.failures.shift() : undefined;
    if (failure === 0) return;
    const body = JSON.parse(Buffer.concat(chunks).toString() || '{}') as Body;
    const [status, data] = failure ? [failure, { errors: ['failed'] }] : this.answer(method, url, headers, body);
    response.writeHead(status, { 'content-type': 'application/json' });
    const name = url.startsWith('/v1/auth/') ? 'auth' : 'data';
    response.end(status === 204 ? '' : JSON.stringify(status === 200 ? { [name]: data } : (data ?? { errors: [] })));
  }

  private answer(method: string, url: string, headers: http.IncomingHttpHeaders, body: Body): Answer {
    if (url === '/v1/auth/approle/login') return this.login(body);
    const token = String(headers['x-vault-token']);
    if (token !== this.token && !this.roleTokens.has(token)) return [403, { errors: ['permission denied'] }];
    if (!url.startsWith(MOUNT)) return [404];
    const [area = '', name = '', action = ''] = url.slice(MOUNT.length).split('/');
    const found = this.routes[`${method} ${area}${name && area !== 'config' ? '/:name' : ''}${action && `/${action}`}`];
    return found ? found(name, body) : [404];
  }

  private login(body: Body): Answer {
    const { roleId, secretId } = this.role;
    if (body['role_id'] !== roleId || body['secret_id'] !== secretId)
      return [400, { errors: ['invalid role or secret ID'] }];
    const token = `s.${randomBytes(12).toString('hex')}`;
    this.roleTokens.add(token);
    return [200, { client_token: token, lease_duration: 3_600 }];
  }

  private readonly routes: Readonly<Record<string, (name: string, body: Body) => Answer>> = {
    'GET config': () => [200, { disable_upsert: !this.upsert }],
    'POST config': (_, body) => {
      this.upsert = body['disable_upsert'] !== true;
      return [200, { disable_upsert: !this.upsert }];
    },
    'GET keys?list=true': () => (this.keys.size ? [200, { keys: [...this.keys.keys()] }] : [404]),
    'GET keys/:name': (name) => this.described(name, [404]),
    'POST keys/:name': (name) => {
      if (!this.keys.has(name)) this.keys.set(name, newKey());
      return this.described(name, [404]);
    },
    'POST keys/:name/rotate': (name) => {
      this.keys.get(name)?.versions.push(randomBytes(32));
      return this.described(name, NOT_FOUND);
    },
    'POST keys/:name/config': (name, body) => this.configure(name, body),
    'DELETE keys/:name': (name) => {
      if (!this.keys.get(name)?.deletable) return [400, { errors: ['deletion is not allowed for this key'] }];
      this.keys.delete(name);
      return [204];
    },
    'POST encrypt/:name': (name, body) => this.encrypt(name, body),
    'POST decrypt/:name': (name, body) => this.decrypt(name, body),
  };

  private described(name: string, missing: Answer): Answer {
    const key = this.keys.get(name);
    if (!key) return missing;
    const usable = key.versions.map((_, index) => index + 1).filter((version) => version >= key.minimum);
    const data = {
      type: 'aes256-gcm96',
      derived: false,
      exportable: key.exportable,
      allow_plaintext_backup: false,
      deletion_allowed: key.deletable,
      latest_version: key.versions.length,
      min_decryption_version: key.minimum,
      keys: Object.fromEntries(usable.map((version) => [version, CREATED_AT_SECONDS + version])),
    };
    return [200, data];
  }

  private configure(name: string, body: Body): Answer {
    const key = this.keys.get(name);
    if (!key) return [400, { errors: ['no existing key named that could be found'] }];
    const minimum = Number(body['min_decryption_version'] ?? key.minimum);
    if (minimum > key.versions.length) return [400, { errors: ['cannot set min decryption version'] }];
    key.minimum = minimum;
    key.deletable = Boolean(body['deletion_allowed'] ?? key.deletable);
    return this.described(name, [404]);
  }

  private encrypt(name: string, body: Body): Answer {
    if (!this.keys.has(name) && this.upsert) this.keys.set(name, newKey());
    const key = this.keys.get(name);
    if (!key) return NOT_FOUND;
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', key.versions.at(-1)!, nonce);
    cipher.setAAD(bytesOf(body['associated_data']));
    const sealed = Buffer.concat([
      nonce,
      cipher.update(bytesOf(body['plaintext'])),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
    const version = key.versions.length;
    return [200, { ciphertext: `vault:v${version}:${sealed.toString('base64')}`, key_version: version }];
  }

  private decrypt(name: string, body: Body): Answer {
    const key = this.keys.get(name);
    if (!key) return NOT_FOUND;
    const [, digits, text] = /^vault:v(\d+):(.*)$/.exec(String(body['ciphertext'])) ?? [];
    const version = Number(digits) || 1;
    if (version > key.versions.length) return [400, { errors: ['invalid ciphertext: version is too new'] }];
    if (version < key.minimum) return [400, { errors: ['ciphertext version is disallowed by policy (too old)'] }];
    const sealed = bytesOf(text);
    if (sealed.length < 28) return [400, { errors: ['invalid ciphertext length'] }];
    const decipher = createDecipheriv('aes-256-gcm', key.versions[version - 1]!, sealed.subarray(0, 12));
    decipher.setAAD(bytesOf(body['associated_data']));
    decipher.setAuthTag(sealed.subarray(-16));
    try {
      const plaintext = Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
      return [200, { plaintext: plaintext.toString('base64') }];
    } catch {
      return [400, { errors: ['cipher: message authentication failed'] }];
    }
  }
}

const newKey = (): Key => ({ versions: [randomBytes(32)], minimum: 1, deletable: false, exportable: false });
const bytesOf = (text: unknown) => Buffer.from(typeof text === 'string' ? text : '', 'base64');
