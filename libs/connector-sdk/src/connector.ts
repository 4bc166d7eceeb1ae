import type { Socket } from 'node:net';
import type { Secret } from '@millrace/kernel';
import type { z } from 'zod';
import type { FileRoot } from './file/file-root.js';
import type { Session } from './session.js';

/** How a person proves to a provider that we may connect. */
export type AuthClass =
  | { readonly kind: 'none' }
  | { readonly kind: 'password' }
  | { readonly kind: 'token' }
  | {
      readonly kind: 'oauth2-pkce';
      readonly authorizeUrl: string;
      readonly tokenUrl: string;
      readonly scopes: readonly string[];
    };

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/**
 * Opens a TCP connection for a connector; connectors open none themselves. The egress guard resolves the name, checks the
 * address and pins it. The socket is connected and carries no TLS yet.
 */
export type Dial = (address: HostPort, signal: AbortSignal) => Promise<Socket>;

/** What a session is given besides configuration and credential. */
export interface SessionContext {
  readonly dial: Dial;
  /** Shown to the system's operator where it has a field for that (PostgreSQL's `application_name`). */
  readonly applicationName: string;
  readonly signal: AbortSignal;
  /**
   * The one directory in which files may be read and written; undefined unless the region's operator listed it. A
   * connector touches no file by any other way.
   */
  readonly files?: FileRoot;
  /** Where connections may wait for the next session; undefined where each session has to have its own. */
  readonly shelf?: ConnectionShelf;
}

/** An open connection of which nobody makes use. Nothing of the session that left it is in it any more. */
export interface IdleConnection {
  /** Whether it is still open, as far as this side knows. */
  readonly isOpen: boolean;
  /** Closes it at once. Never fails. */
  destroy(): void;
}

/**
 * Connections that sessions leave to later ones: opening one costs both sides more than moving a few hundred records. A
 * shelf belongs to one system as one organization reaches it under one credential; another credential has another shelf.
 */
export interface ConnectionShelf {
  take(): IdleConnection | undefined;
  put(connection: IdleConnection): void;
}

export interface ConnectorDefinition<Config, Credential> {
  /** Stable lower-case name, such as `postgres`. */
  readonly id: string;
  readonly title: string;
  /** What a person fills in; secrets belong into the credential. Its descriptions are shown in the form. */
  readonly config: z.ZodType<Config>;
  readonly credential: z.ZodType<Credential>;
  readonly auth: readonly AuthClass[];
  /** What the connector can be in a pipeline. */
  readonly roles: readonly ('source' | 'target')[];
  /** The hosts that a connection will talk to: the allow-list of its egress. */
  readonly hosts: (config: Config) => readonly HostPort[];
  /** Opens a session. Raises only `ConnectorError`. */
  readonly open: (config: Config, credential: Secret<Credential>, context: SessionContext) => Promise<Session>;
}

/** Declares a connector. See {@link ConnectorDefinition}. */
export function connector<Config, Credential>(
  definition: ConnectorDefinition<Config, Credential>,
): ConnectorDefinition<Config, Credential> {
  return Object.freeze(definition);
}
