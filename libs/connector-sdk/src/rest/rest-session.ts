import { Secret } from '@millrace/kernel';
import type { SessionContext } from '../connector.js';
import { ConnectorError } from '../connector-error.js';
import { HttpClient } from '../http/http-client.js';
import { findPath, pathNames, scalarText } from '../json/path.js';
import type { SystemSchema } from '../schema/stream-schema.js';
import type { CheckResult, Estimate, KeyPosition, ReadBatch, ReadRequest, Session, Writer } from '../session.js';
import { fetchJson } from './fetch-page.js';
import type { RestDefinition } from './rest-definition.js';
import { readStream } from './read-stream.js';
import { type RestStream, streamSchema } from './rest-stream.js';

export interface RestSessionOptions<Config, Credential> {
  readonly definition: RestDefinition<Config, Credential>;
  readonly base: URL;
  readonly hosts: ReadonlySet<string>;
  readonly ca?: string;
  readonly credential: Secret<Credential>;
  readonly context: SessionContext;
}

/** A session with an API: every verb is the framework's, the facts are the definition's. */
export class RestSession<Config, Credential> implements Session {
  private readonly client: HttpClient;
  private credential: Secret<Credential>;

  constructor(private readonly options: RestSessionOptions<Config, Credential>) {
    const { definition, context, hosts, ca } = options;
    const { auth, quota } = definition;
    this.credential = options.credential;
    this.client = new HttpClient({
      dial: context.dial,
      hosts,
      ca,
      quota,
      authorize: () => ({
        'user-agent': context.applicationName,
        ...definition.headers,
        ...auth.headers(this.credential.reveal()),
      }),
      ...(auth.refresh ? { refresh: (signal: AbortSignal) => this.refresh(signal) } : {}),
    });
  }

  async check(signal: AbortSignal): Promise<CheckResult> {
    const { definition, base } = this.options;
    const [[name, first] = []] = Object.entries(definition.streams);
    const found = { ok: true, system: definition.title, missing: [], encrypted: base.protocol === 'https:' };
    const address = definition.probe ?? first?.path;
    if (address === undefined) return found;
    try {
      await fetchJson(this.client, this.address(address), name, signal);
      return found;
    } catch (error) {
      // The provider knows us and does not let us read: a scope is missing, which a person can grant.
      const forbidden = error instanceof ConnectorError && error.code === 'forbidden';
      if (forbidden) return { ...found, ok: false, missing: definition.scopes ?? [address] };
      throw error;
    }
  }

  async discover({ streams }: { streams?: readonly string[] }): Promise<SystemSchema> {
    const entries = Object.entries(this.options.definition.streams);
    const wanted = streams ? entries.filter(([name]) => streams.includes(name)) : entries;
    return { streams: wanted.map(([name, stream]) => streamSchema(name, stream)) };
  }

  async estimate({ stream, signal }: { stream: string; signal: AbortSignal }): Promise<Estimate> {
    const { total, path, pages } = this.stream(stream);
    if (!total) return {};
    const { body, document } = await fetchJson(this.client, pages.ask(this.address(path), ''), stream, signal);
    const records = Number(scalarText(body, findPath(body, document, pathNames(total))));
    return Number.isSafeInteger(records) && records >= 0 ? { records } : {};
  }

  /** An API does not say where its pages end. */
  async lastKey(): Promise<KeyPosition | undefined> {
    return undefined;
  }

  async *read(request: ReadRequest): AsyncGenerator<ReadBatch, void, void> {
    const definition = this.stream(request.partition.stream);
    yield* readStream({ client: this.client, base: this.options.base, definition, request });
  }

  async write({ target }: { target: { name: string } }): Promise<Writer> {
    throw new ConnectorError('unsupported-mode', { stream: target.name });
  }

  async revoke(): Promise<void> {}

  async close(): Promise<void> {
    this.client.close();
  }

  private stream(name: string): RestStream {
    const { streams } = this.options.definition;
    if (!Object.hasOwn(streams, name)) throw new ConnectorError('missing-stream', { stream: name });
    return streams[name]!;
  }

  private address(path: string): URL {
    return new URL(this.options.base.pathname.replace(/\/$/, '') + path, this.options.base);
  }

  /** The new credential lives as long as the session. */
  private async refresh(signal: AbortSignal): Promise<void> {
    const { auth } = this.options.definition;
    const fresh = await auth.refresh!(this.credential.reveal(), (request) => this.client.send(request, signal));
    this.credential = new Secret(fresh);
  }
}
