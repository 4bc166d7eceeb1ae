import { createSocket } from 'node:dgram';
import { decode, encode } from 'dns-packet';

/** A name server on loopback that knows the text records which a test publishes. */
export interface TestNameServer {
  readonly address: string;
  publish(name: string, ...values: string[]): void;
  withdraw(name: string): void;
  /** It answers that it could not find out (SERVFAIL) from now on, or does its work again. */
  fail(isFailing: boolean): void;
  stop(): Promise<void>;
}

const [SERVER_FAILURE, NO_SUCH_NAME] = [2, 3];

export async function startNameServer(): Promise<TestNameServer> {
  const records = new Map<string, string[]>();
  const socket = createSocket('udp4');
  let isFailing = false;
  socket.on('message', (message, { port, address }) => {
    const { id, questions = [] } = decode(message);
    const name = questions[0]?.name.toLowerCase() ?? '';
    const values = records.get(name);
    const code = isFailing ? SERVER_FAILURE : values ? 0 : NO_SUCH_NAME;
    const answers = (code === 0 ? values! : []).map((data) => ({ type: 'TXT', name, ttl: 60, data }) as const);
    socket.send(encode({ type: 'response', id, flags: code, questions, answers }), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${socket.address().port}`,
    publish: (name, ...values) => void records.set(name.toLowerCase(), values),
    withdraw: (name) => void records.delete(name.toLowerCase()),
    fail: (failing) => void (isFailing = failing),
    stop: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}
