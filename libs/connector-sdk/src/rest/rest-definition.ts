import type { z } from 'zod';
import type { QuotaRule } from '../http/quota.js';
import type { RestAuth } from './auth.js';
import type { RestStream } from './rest-stream.js';

/** The facts about an API, from which the framework makes a source. */
export interface RestDefinition<Config, Credential> {
  /** Stable lower-case name, such as `jira`. */
  readonly id: string;
  readonly title: string;
  readonly config: z.ZodType<Config>;
  readonly auth: RestAuth<Credential>;
  /** Where the API is, such as `https://api.example.com/v1`. HTTPS, or an address of a private network written as numbers. */
  readonly baseUrl: string | ((config: Config) => string);
  /** Other hosts that may be spoken to, with ports; those of `baseUrl` and `auth` are known. */
  readonly hosts?: readonly string[];
  readonly quota?: QuotaRule;
  /** Sent with every request, such as a version of the API. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A cheap address that answers whoever may read. Default: the first page of the first stream. */
  readonly probe?: string;
  /** The permissions that a person must grant, for the answer of `check`. */
  readonly scopes?: readonly string[];
  readonly streams: Readonly<Record<string, RestStream>>;
}
