import { z } from 'zod';
import { Audit, Backups, Collected, Data, Egress, Encryption, Erasure, Purposes, Retentions } from './data.schema.js';
import {
  Accounts,
  Controller,
  Lockout,
  Modules,
  Reading,
  Sessions,
  Staff,
  Tokens,
  Version,
} from './operator.schema.js';
import { PromiseEntry } from './promise.schema.js';
import {
  Breach,
  BrowserKey,
  CharterDocumentEntry,
  Cookie,
  Mail,
  Notices,
  Rights,
  SelfServe,
  Tracking,
} from './rights.schema.js';
import { ConnectorRules, Connectors, Evidence, Residency, SubProcessor, Transfer } from './sync.schema.js';
import { distinct, label, slug } from './words.js';

/** The whole file. Every map is closed: an unknown key refuses the charter. */
export const CharterSchema = z.strictObject({
  charter: slug,
  title: label,
  ...Version,
  scope: distinct(slug).min(1),
  controller: Controller,
  modules: Modules,
  accounts: Accounts,
  sessions: Sessions,
  tokens: Tokens,
  lockout: Lockout,
  staff: Staff,
  encryption: Encryption,
  audit: Audit,
  purposes: Purposes,
  data: Data,
  collected: Collected,
  retention: Retentions,
  erasure: Erasure,
  backups: Backups,
  egress: Egress,
  rights: Rights,
  selfServe: z.array(SelfServe),
  cookies: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]*$/), Cookie),
  browserStorage: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]*$/), BrowserKey),
  tracking: Tracking,
  mail: Mail,
  notices: Notices,
  breach: Breach,
  connectorRules: ConnectorRules,
  connectors: Connectors,
  minimumGroupSize: z.int().min(2).max(1000),
  residency: Residency,
  subProcessors: z.array(SubProcessor).min(1),
  transfers: z.array(Transfer),
  documents: z.array(CharterDocumentEntry),
  evidence: Evidence,
  readings: z.array(Reading),
  promises: z.array(PromiseEntry).min(1),
});

/** A charter as its file says it, after the schema. */
export type CharterDocument = z.infer<typeof CharterSchema>;
export type PromiseDocument = CharterDocument['promises'][number];
export type RetentionDocument = NonNullable<CharterDocument['retention'][keyof CharterDocument['retention']]>;
