/** Most characters of one event; ours are a few kilobytes. */
const MAX_EVENT_LENGTH = 1_000_000;

/** The data of each event of an event stream (WHATWG HTML §9.2.6); comments and other fields are passed over. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let buffer = '';
  let data: string[] = [];
  for await (const bytes of body) {
    buffer += decoder.decode(bytes, { stream: true });
    const lines = buffer.split(/\r\n|\n|\r/);
    buffer = lines.pop()!;
    for (const line of lines) {
      if (line.startsWith('data:')) data.push(line.slice('data:'.length).replace(/^ /, ''));
      if (line !== '') continue;
      if (data.length) yield data.join('\n');
      data = [];
    }
    if (buffer.length + data.join('').length > MAX_EVENT_LENGTH) throw new Error('An event of the stream is too long');
  }
}
