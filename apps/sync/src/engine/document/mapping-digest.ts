import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { PipelineDocument } from './pipeline-document.js';

/** SHA-256 (hex) of the document's canonical JSON (RFC 8785): which mapping a receipt speaks of. Key order and layout do not matter. */
export function mappingDigest(document: PipelineDocument): string {
  return createHash('sha256')
    .update(canonicalize(document) as string)
    .digest('hex');
}
