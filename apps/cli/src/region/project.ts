import path from 'node:path';

/** The root of the project, seen from the built and from the source file alike. */
export const projectRoot = path.resolve(import.meta.dirname, '../../../..');

/** Where regions of this machine lie unless another directory is named: one folder for each charter. */
export const regionsHome = path.join(projectRoot, '.millrace');

/** The charters that ship with the product. */
export const chartersFolder = path.join(projectRoot, 'deploy', 'charters');
