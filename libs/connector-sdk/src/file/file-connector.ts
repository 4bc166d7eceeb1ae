import { z } from 'zod';
import { connector, type ConnectorDefinition } from '../connector.js';
import { ConnectorError } from '../connector-error.js';
import { FILE_TYPES, type FileFormat, type FileType } from './file-format.js';
import { FileSession } from './file-session.js';

/** Most files of one connection whose fields are described by hand, and most fields of each. */
const MAX_DESCRIBED = 1_000;

const FileStream = z.strictObject({
  key: z.array(z.string().min(1).max(1_000)).min(1).max(32).optional().describe('Fields that identify a record'),
  types: z
    .record(z.string().min(1).max(1_000), z.enum(Object.keys(FILE_TYPES) as [FileType, ...FileType[]]))
    .optional()
    .describe('Types by field, such as bigint, numeric(…) without its modifiers, or timestamptz'),
});

/** What every file connector is told: where the files lie, and what the files themselves cannot say. */
export const fileSettings = {
  /** Opened by the framework before the connector sees it. */
  directory: z.string().min(1).max(100).describe("Name of a directory that the region's operator lists"),
  folder: z
    .string()
    .max(500)
    .regex(/^[^/\\.\0][^/\\\0]*(\/[^/\\.\0][^/\\\0]*)*$/, 'must be names with slashes between them')
    .optional()
    .describe('Folder in it, such as imports/2026'),
  streams: z
    .record(z.string().min(1).max(1_000), FileStream)
    .refine((streams) => Object.keys(streams).length <= MAX_DESCRIBED)
    .default({})
    .describe('What a file cannot say itself: keys and types, by file name'),
} as const;

/** Files need no proof of who we are: whoever may use the directory was decided by the region's operator. */
export const NoCredential = z.strictObject({});
export type NoCredential = z.infer<typeof NoCredential>;

interface FileConfig {
  readonly directory: string;
  readonly folder?: string | undefined;
  readonly streams: z.infer<(typeof fileSettings)['streams']>;
}

/** Makes a connector, source and target, of a file format. */
export function fileConnector<Config extends FileConfig>(definition: {
  readonly id: string;
  readonly title: string;
  readonly config: z.ZodType<Config>;
  readonly format: FileFormat<Config>;
}): ConnectorDefinition<Config, NoCredential> {
  const { id, title, config, format } = definition;
  return connector({
    id,
    title,
    config,
    credential: NoCredential,
    auth: [{ kind: 'none' }],
    roles: ['source', 'target'],
    hosts: () => [],
    open: async (options, _credential, { files, signal }) => {
      signal.throwIfAborted();
      if (!files) throw new ConnectorError('files-not-offered');
      return new FileSession({ title, root: files, format, options, streams: options.streams });
    },
  });
}
