import { z } from 'zod';
import type { AuthClass, ConnectorDefinition } from './connector.js';

/** What forms, documentation and other programs need to know of a connector, as data. */
export interface ConnectorSpec {
  readonly id: string;
  readonly title: string;
  readonly roles: readonly ('source' | 'target')[];
  readonly auth: readonly AuthClass[];
  /** JSON Schema (draft 2020-12) of the settings as people write them. */
  readonly config: unknown;
  /** JSON Schema of the credential; each secret in it is marked `writeOnly`. */
  readonly credential: unknown;
}

/** The spec of a connector, read off its definition. */
export function connectorSpec<Config, Credential>(definition: ConnectorDefinition<Config, Credential>): ConnectorSpec {
  const { id, title, roles, auth, config, credential } = definition;
  return { id, title, roles, auth, config: jsonSchema(config), credential: jsonSchema(credential) };
}

function jsonSchema(schema: z.ZodType): unknown {
  return z.toJSONSchema(schema, { io: 'input' });
}
