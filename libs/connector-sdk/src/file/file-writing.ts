import type { WriteRequest } from '../session.js';
import type { RecordPrinter } from './file-format.js';
import type { FileRoot } from './file-root.js';

/** One write to a file. */
export interface FileWriting {
  readonly root: FileRoot;
  /** Name of the target file. */
  readonly name: string;
  readonly printer: RecordPrinter;
  readonly request: WriteRequest;
}
