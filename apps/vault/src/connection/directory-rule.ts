import { type FileConfig, kernelProblems } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { RegionConfig } from '@millrace/service';

/**
 * Checks that files are asked for where the region's operator offers them. What lies in a directory belongs to the
 * organization whose folder it is in, so a name is all that a person can choose.
 * @param directories the region's `files.directories`
 * @throws Problem `kernel.invalid-input` that points at the directory
 */
export function checkDirectory({ directory }: FileConfig, directories: RegionConfig['files']['directories']): void {
  if (directories.some(({ name }) => name === directory)) return;
  const message =
    directories.length === 0
      ? 'cannot be used, because this region’s operator offers no directory for files'
      : 'must be the name of a directory that this region’s operator offers for files';
  const errors = [{ path: '/config/directory', message }];
  throw new Problem(kernelProblems.invalidInput, { detail: `The directory ${message}.`, errors });
}
