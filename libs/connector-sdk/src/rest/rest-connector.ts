import { connector, type ConnectorDefinition, type HostPort } from '../connector.js';
import { hostOf } from '../http/http-wire.js';
import type { RestDefinition } from './rest-definition.js';
import { RestSession } from './rest-session.js';

/**
 * Makes a connector of facts about an API. Paging, retries with backoff, rate limits, the refresh of a token, deadlines,
 * size limits, refusal of broken answers, typing without loss, projection and the cursor's boundary are the framework's.
 */
export function restConnector<Config, Credential>(
  definition: RestDefinition<Config, Credential>,
): ConnectorDefinition<Config, Credential> {
  const { id, title, config, auth } = definition;
  const baseOf = (settings: Config) =>
    new URL(typeof definition.baseUrl === 'string' ? definition.baseUrl : definition.baseUrl(settings));
  const hosts = (settings: Config): string[] => [
    ...new Set([baseOf(settings), ...(auth.urls ?? []).map((url) => new URL(url))].map(hostOf)),
    ...(definition.hosts ?? []),
  ];
  return connector({
    id,
    title,
    config,
    credential: auth.credential,
    auth: auth.classes,
    roles: ['source'],
    hosts: (settings) => hosts(settings).map(parseHost),
    open: async (settings, credential, context) => {
      context.signal.throwIfAborted();
      const base = baseOf(settings);
      return new RestSession({ definition, base, hosts: new Set(hosts(settings)), credential, context });
    },
  });
}

function parseHost(text: string): HostPort {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
}
