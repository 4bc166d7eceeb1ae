import { ConnectorError, FileRoot } from '@millrace/connector-sdk';
import type { ConfigOf, Provider } from '@millrace/contracts';
import type { RegionConfig } from '@millrace/service';

/**
 * The folder of an organization in a directory that the region's operator listed; undefined for a connection that asks
 * for none. Organizations never share a folder: its name is the organization's id, whatever the connection says.
 * @throws ConnectorError `files-not-offered`, `unsafe-path`
 */
export async function organizationFiles(
  { directories }: RegionConfig['files'],
  orgId: string,
  config: ConfigOf<Provider>,
): Promise<FileRoot | undefined> {
  if (!('directory' in config)) return undefined;
  const offered = directories.find(({ name }) => name === config.directory);
  if (!offered) throw new ConnectorError('files-not-offered');
  return FileRoot.open(offered.path, [orgId, ...(config.folder?.split('/') ?? [])].join('/'));
}
