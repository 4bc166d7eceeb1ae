import { listPipelines, type Pipeline } from '@millrace/contracts';
import type { ApiClient } from '../api/api-client.js';

/** Every pipeline of the organization, page by page. */
export async function allPipelines(client: ApiClient): Promise<Pipeline[]> {
  const all: Pipeline[] = [];
  let after: string | undefined;
  do {
    const { pipelines, next } = await client.call(listPipelines, after === undefined ? {} : { after });
    all.push(...pipelines);
    after = next;
  } while (after !== undefined);
  return all;
}
