import { csv } from '@millrace/connector-csv';
import { ndjson } from '@millrace/connector-ndjson';
import { postgres } from '@millrace/connector-postgres';
import { type ConnectorDefinition, ConnectorError, type Session, type SessionContext } from '@millrace/connector-sdk';
import { type ConfigOf, type LeasedCredential, type Provider } from '@millrace/contracts';
import { Secret } from '@millrace/kernel';

type Proof = Omit<LeasedCredential, 'fieldKey'>;

/** Opens a session with a provider's system. */
type Open<P extends Provider> = (config: ConfigOf<P>, proof: Proof, context: SessionContext) => Promise<Session>;

export type Connectors = { readonly [P in Provider]?: Open<P> };

/** The connector of each provider whose records can be moved; the others can be connected, and no pipeline can use them yet. */
export const connectors = {
  postgres: opening(
    postgres,
    ({ host, port, database, tls }) => ({ host, port, database, sslmode: tls }),
    ({ username = '', password = '' }) => ({ user: username, password }),
  ),
  csv: opening(csv, (config) => config, nothing),
  ndjson: opening(ndjson, (config) => config, nothing),
} satisfies Connectors;

/** Turns what the contracts call settings and credential into the connector's own, which it checks once more. */
function opening<Settings, Config, Credential>(
  connector: ConnectorDefinition<Config, Credential>,
  toConfig: (settings: Settings) => unknown,
  toCredential: (proof: Proof) => Credential,
): (settings: Settings, proof: Proof, context: SessionContext) => Promise<Session> {
  return async (settings, proof, context) => {
    const config = connector.config.safeParse(toConfig(settings));
    if (!config.success) throw new ConnectorError('invalid-config');
    return connector.open(config.data, new Secret(toCredential(proof)), context);
  };
}

function nothing(): Record<string, never> {
  return {};
}
