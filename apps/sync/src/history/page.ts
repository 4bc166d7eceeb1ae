/** What an answer may hold, well below the largest message (1 MiB): the envelope and the text around it need room too. In bytes. */
const MAX_ANSWER_BYTES = 700_000;

/** A page of a list: as many items as an answer can hold, at least one, and whether more follow. */
export interface Page<Item> {
  readonly items: Item[];
  /** The last item, where the next page goes on; undefined at the end of the list. */
  readonly last: Item | undefined;
}

/** Cuts `found`, which was read with one item more than `limit`, to a page. */
export function pageOf<Item>(found: readonly Item[], limit: number): Page<Item> {
  const items: Item[] = [];
  let bytes = 0;
  for (const item of found.slice(0, limit)) {
    bytes += Buffer.byteLength(JSON.stringify(item));
    if (items.length > 0 && bytes > MAX_ANSWER_BYTES) break;
    items.push(item);
  }
  return { items, last: items.length < found.length ? items.at(-1) : undefined };
}
