import { readPrivateFile } from '@millrace/crypto';
import { Secret } from '@millrace/kernel';

/**
 * The secret in a file that the region's configuration names. Read at each use, so that replacing the file is enough to
 * replace the secret.
 * @returns undefined when there is no such file
 * @throws CryptoError `key-file-permissions` for a file that others may read
 */
export async function readSecretFile(file: string): Promise<Secret | undefined> {
  const content = await readPrivateFile(file);
  return content && new Secret(content.bytes.toString('utf8').trim());
}
